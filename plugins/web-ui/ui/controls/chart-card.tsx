/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One chart with its title, its value now (or under the cursor) and its legend. */

import { useMemo, useState } from 'preact/hooks';
import { planLines } from '../charts';
import type { ChartPlan, Line } from '../charts';
import { formatValue } from '../format';
import type { Columns } from '../schema';
import { Chart } from './chart';
import { dashOf, hueToken } from './plot';
import type { PlotLook } from './plot';

/* A legend longer than this is folded. */
const MOST_SHOWN = 12;

interface LegendProps {
  lines: readonly Line[];
  plan: ChartPlan;
  hidden: ReadonlySet<string>;
  valueOf: (line: Line) => number | null;
  onToggle: (key: string) => void;
  onFocus: (key: string | null) => void;
}

function Legend(props: LegendProps) {
  const [unfolded, setUnfolded] = useState(false);
  const { lines, plan, hidden } = props;
  const shown = unfolded || lines.length <= MOST_SHOWN ? lines : lines.slice(0, MOST_SHOWN);
  return (
    <ul class="legend">
      {shown.map((line, index) => (
        <li key={line.key}>
          <button
            type="button"
            aria-pressed={!hidden.has(line.key)}
            title={hidden.has(line.key) ? 'Show' : 'Hide'}
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
            <span class="value">{formatValue(props.valueOf(line), plan.unit)}</span>
          </button>
        </li>
      ))}
      {lines.length > shown.length && (
        <li>
          <button type="button" class="more" onClick={() => setUnfolded(true)}>
            Show all {lines.length}
          </button>
        </li>
      )}
    </ul>
  );
}

export interface ChartCardProps {
  plan: ChartPlan;
  columns: Columns;
  from: number;
  to: number;
  /* Value of a series at present; null where none is known. */
  present: (key: string) => number | null;
  rangeTitle: string;
}

export function ChartCard({ plan, columns, from, to, present, rangeTitle }: ChartCardProps) {
  const [cursor, setCursor] = useState<number | null>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const lines = useMemo(() => planLines(plan, [columns]), [plan, columns]);
  const drawn = lines.filter((line) => !hidden.has(line.key));
  const data = useMemo(
    () => ({
      times: columns.times,
      columns: drawn.map((line) => columns.values.get(line.key) ?? []),
      from,
      to,
    }),
    [columns, lines, hidden, from, to],
  );
  const look: PlotLook = {
    unit: plan.unit,
    range: plan.range,
    style: plan.style,
    hue: plan.hue,
    lines: drawn.map((line) => lines.indexOf(line)),
  };
  const valueOf = (line: Line): number | null =>
    cursor === null ? present(line.key) : (columns.values.get(line.key)?.[cursor] ?? null);
  const toggle = (key: string): void => {
    const next = new Set(hidden);
    if (!next.delete(key)) {
      next.add(key);
    }
    setHidden(next);
  };
  const focus = drawn.findIndex((line) => line.key === focused);
  const [single] = lines;
  const alone = lines.length === 1 && single !== undefined;
  return (
    <section class="card chart-card" data-chart={plan.id}>
      <header>
        <div>
          <h2>{plan.title}</h2>
          {plan.text !== '' && <p class="soft">{plan.text}</p>}
        </div>
        {alone && (
          <p class={`now ${cursor === null ? '' : 'past'}`} data-value>
            {formatValue(valueOf(single), plan.unit)}
          </p>
        )}
      </header>
      <Chart
        look={look}
        data={data}
        label={`${plan.title}, ${rangeTitle}`}
        focus={focus < 0 ? null : focus}
        onCursor={setCursor}
      />
      {(!alone || plan.instanced) && (
        <Legend
          lines={lines}
          plan={plan}
          hidden={hidden}
          valueOf={valueOf}
          onToggle={toggle}
          onFocus={setFocused}
        />
      )}
    </section>
  );
}
