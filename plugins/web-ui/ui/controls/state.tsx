/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A system's state, as a sign with its word: never by colour alone. */

import { Icon } from './icon';
import type { IconName } from './icon';
import type { SystemState } from '../schema';

interface StateLook {
  word: string;
  icon: IconName;
  tone: 'good' | 'warn' | 'bad' | 'rest';
  meaning: string;
}

export const STATES: Record<SystemState, StateLook> = {
  up: { word: 'Up', icon: 'up', tone: 'good', meaning: 'Answers' },
  suspect: { word: 'Suspect', icon: 'suspect', tone: 'warn', meaning: 'Missed its last answer' },
  down: { word: 'Down', icon: 'down', tone: 'bad', meaning: 'Does not answer' },
  pending: { word: 'Pending', icon: 'pending', tone: 'rest', meaning: 'Its agent has not come yet' },
  paused: { word: 'Paused', icon: 'paused', tone: 'rest', meaning: 'Not asked at present' },
  unconfirmed: {
    word: 'Unconfirmed',
    icon: 'key',
    tone: 'warn',
    meaning: 'Came with a universal token, and waits to be confirmed',
  },
};

/* In the order in which they want attention. */
export const STATE_ORDER: readonly SystemState[] = [
  'down',
  'suspect',
  'unconfirmed',
  'up',
  'pending',
  'paused',
];

const UNKNOWN: StateLook = { word: 'Unknown', icon: 'unknown', tone: 'rest', meaning: '' };

/* A later hub may know states that this page does not. */
export function lookOf(state: SystemState): StateLook {
  return STATES[state] ?? UNKNOWN;
}

export function StateBadge({ state }: { state: SystemState }) {
  const look = lookOf(state);
  return (
    <span class={`state ${look.tone}`} data-state={state} title={look.meaning}>
      <Icon name={look.icon} />
      {look.word}
    </span>
  );
}
