/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A system's state, as a sign with its word: never by colour alone. */

import { mark, t } from '../i18n';
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
  up: { word: mark('Up'), icon: 'up', tone: 'good', meaning: mark('Answers') },
  suspect: { word: mark('Suspect'), icon: 'suspect', tone: 'warn', meaning: mark('Missed its last answer') },
  down: { word: mark('Down'), icon: 'down', tone: 'bad', meaning: mark('Does not answer') },
  pending: { word: mark('Pending'), icon: 'pending', tone: 'rest', meaning: mark('Its agent has not come yet') },
  paused: { word: mark('Paused'), icon: 'paused', tone: 'rest', meaning: mark('Not asked at present') },
  unconfirmed: {
    word: mark('Unconfirmed'),
    icon: 'key',
    tone: 'warn',
    meaning: mark('Came with a universal token, and waits to be confirmed'),
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

const UNKNOWN: StateLook = { word: mark('Unknown'), icon: 'unknown', tone: 'rest', meaning: '' };

/* A later hub may know states that this page does not. */
export function lookOf(state: SystemState): StateLook {
  return STATES[state] ?? UNKNOWN;
}

export function StateBadge({ state }: { state: SystemState }) {
  const look = lookOf(state);
  return (
    <span class={`state ${look.tone}`} data-state={state} title={look.meaning === '' ? '' : t(look.meaning)}>
      <Icon name={look.icon} />
      {t(look.word)}
    </span>
  );
}
