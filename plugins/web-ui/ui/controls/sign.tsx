/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A state by its sign, its colour and its word. */

import type { Tone } from '../module-types';
import { Icon } from './icon';
import type { IconName } from './icon';

const ICONS: Record<Tone, IconName> = { good: 'up', warn: 'suspect', bad: 'down', rest: 'unknown' };

export function Sign({ tone, word }: { tone: Tone; word: string }) {
  return (
    <span class={`state ${tone}`}>
      <Icon name={ICONS[tone]} />
      {word}
    </span>
  );
}
