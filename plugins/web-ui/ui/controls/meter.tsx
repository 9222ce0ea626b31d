/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A share as a number and a small bar. Past a threshold it has a sign besides its colour. */

import type { ComponentChildren } from 'preact';
import { formatValue, MISSING } from '../format';
import { t } from '../i18n';
import { settings } from '../settings';
import { Icon } from './icon';

export type Tone = '' | 'warn' | 'bad';

export function toneOf(share: number, { warn, critical }: { warn: number; critical: number }): Tone {
  return share >= critical ? 'bad' : share >= warn ? 'warn' : '';
}

/* The sign of a tone, with its word for whoever does not see it. */
export function ToneSign({ tone }: { tone: Tone }) {
  if (tone === '') {
    return null;
  }
  return (
    <span class={`tone-sign ${tone}`}>
      <Icon name={tone === 'bad' ? 'alarm' : 'suspect'} label={tone === 'bad' ? t('Bad') : t('Worth a look')} />
    </span>
  );
}

/* There are hundreds of them in a list: who shows them follows the settings and draws them anew. */
export function Meter(props: {
  value: number | undefined;
  label: string;
  stale: boolean;
  /* A low value is what is bad, as of a battery's charge. */
  inverse?: boolean;
  children?: ComponentChildren;
}) {
  const { value, label, stale } = props;
  if (value === undefined) {
    return <span class="meter missing">{MISSING}</span>;
  }
  const share = Math.max(0, Math.min(1, value));
  const tone = stale ? '' : toneOf(props.inverse === true ? 1 - share : share, settings.value);
  return (
    <span class={`meter ${stale ? 'rest' : tone}`}>
      <span class="number">
        {formatValue(value, 'ratio')}
        <ToneSign tone={tone} />
      </span>
      {props.children}
      <span
        class="track"
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
      >
        <span class="fill" style={{ width: `${(share * 100).toFixed(2)}%` }} />
      </span>
    </span>
  );
}
