/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The lines of a chart with their values: each shows, hides and brings forward its line. */

import { useState } from 'preact/hooks';
import type { ChartPlan, Line } from '../charts';
import { t, tn } from '../i18n';
import { dashOf, hueToken } from './plot';

/* A legend longer than this is folded, and never longer than the other. */
const MOST_FOLDED = 12;
const MOST_SHOWN = 200;

export function Legend(props: {
  lines: readonly Line[];
  plan: ChartPlan;
  hidden: ReadonlySet<string>;
  valueOf: (line: Line) => string;
  onToggle: (key: string) => void;
  onFocus: (key: string | null) => void;
}) {
  const [unfolded, setUnfolded] = useState(false);
  const { lines, plan, hidden } = props;
  const shown = lines.slice(0, unfolded ? MOST_SHOWN : MOST_FOLDED);
  const rest = lines.length - shown.length;
  return (
    <ul class={`legend ${unfolded ? 'unfolded' : ''}`}>
      {shown.map((line, index) => (
        <li key={line.key}>
          <button
            type="button"
            aria-pressed={!hidden.has(line.key)}
            title={hidden.has(line.key) ? t('Show') : t('Hide')}
            onClick={() => props.onToggle(line.key)}
            onMouseEnter={() => props.onFocus(line.key)}
            onMouseLeave={() => props.onFocus(null)}
          >
            <span
              class={`key ${dashOf(index).length > 0 ? 'dashed' : ''}`}
              style={{ color: `var(${hueToken(plan.hue + index)})` }}
              aria-hidden="true"
            />
            <bdi class="label">{line.label}</bdi>
            <span class="value">{props.valueOf(line)}</span>
          </button>
        </li>
      ))}
      {lines.length > MOST_FOLDED && (unfolded || rest > 0) && (
        <li>
          <button type="button" class="more" aria-expanded={unfolded} onClick={() => setUnfolded(!unfolded)}>
            {unfolded
              ? rest > 0
                ? tn('Fewer (one more is not listed)', 'Fewer ({count} more are not listed)', rest)
                : t('Fewer')
              : tn('One more', '{count} more', rest)}
          </button>
        </li>
      )}
    </ul>
  );
}
