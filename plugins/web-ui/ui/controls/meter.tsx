/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A share as a number and a small bar. */

import { formatValue, MISSING } from '../format';

const WARN = 0.8;
const BAD = 0.9;

export function Meter({ value, label, stale }: { value: number | undefined; label: string; stale: boolean }) {
  if (value === undefined) {
    return <span class="meter missing">{MISSING}</span>;
  }
  const share = Math.max(0, Math.min(1, value));
  const tone = stale ? 'rest' : share >= BAD ? 'bad' : share >= WARN ? 'warn' : '';
  return (
    <span class={`meter ${tone}`}>
      <span class="number">{formatValue(value, 'ratio')}</span>
      <span
        class="track"
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
      >
        <span class="fill" style={{ transform: `scaleX(${share.toFixed(4)})` }} />
      </span>
    </span>
  );
}
