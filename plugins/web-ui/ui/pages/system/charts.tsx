/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The grid of charts: every chart of the schema that has data in the window. */

import { useMemo } from 'preact/hooks';
import { hubNow } from '../../api';
import { planCharts, planLines } from '../../charts';
import { lastValue, withTail } from '../../columns';
import type { LiveBuffer } from '../../columns';
import { ChartCard } from '../../controls/chart-card';
import { Icon } from '../../controls/icon';
import { formatAgo } from '../../format';
import type { Columns, Schema, SystemRow } from '../../schema';
import { rangeOf } from './ranges';
import type { RangeId } from './ranges';
import type { HistoryState } from './use-history';

/* A live value older than this is not the present one. */
const FRESH = 10;
/* Longer ranges do not show the minute since their last row. */
const TAIL_SPAN = 3600;

interface View {
  columns: Columns;
  from: number;
  to: number;
}

/* What is in the window: live samples, or history with the present at its end. */
function viewOf(range: RangeId, history: HistoryState, buffer: LiveBuffer): View | null {
  const { span } = rangeOf(range);
  if (range === 'live') {
    const now = hubNow();
    const last = buffer.lastTime;
    const to = last !== null && Math.abs(now - last) < 3 ? last : now;
    return { columns: buffer.window(to, span), from: to - span, to };
  }
  const { loaded } = history;
  if (loaded === null || loaded.range !== range) {
    return null;
  }
  if (span > TAIL_SPAN) {
    return { columns: loaded.columns, from: loaded.from, to: loaded.to };
  }
  const live = buffer.window(hubNow(), 3 * loaded.step);
  const columns = withTail(loaded.columns, live, loaded.step);
  const to = Math.max(loaded.to, columns.times.at(-1) ?? 0);
  return { columns, from: to - span, to };
}

function Waiting({ text }: { text: string }) {
  return (
    <div class="chart-grid" role="status">
      <span class="unseen">{text}</span>
      {[0, 1, 2, 3].map((card) => (
        <div key={card} class="card chart-card waiting">
          <div class="ghost short" />
          <div class="ghost tall" />
        </div>
      ))}
    </div>
  );
}

function Nothing({ row, range, failed }: { row: SystemRow | null; range: RangeId; failed: boolean }) {
  const { title } = rangeOf(range);
  const last = row?.last ?? null;
  let text = 'The first samples arrive as soon as the agent answers.';
  if (failed) {
    text = 'The hub could not be asked. The page tries again by itself.';
  } else if (row?.state === 'pending') {
    text = 'Its agent has not come yet. Start it with the command that reevectl systems add printed.';
  } else if (last !== null && row?.state !== 'up') {
    text = `The system was last heard ${formatAgo(hubNow() - last)}. A longer range may show more.`;
  }
  return (
    <div class="card notice" role="status">
      <Icon name={failed ? 'away' : 'clock'} />
      <h2>{failed ? 'No answer' : `Nothing to draw for ${title.toLowerCase()}`}</h2>
      <p>{text}</p>
    </div>
  );
}

export function ChartGrid(props: {
  schema: Schema | null;
  row: SystemRow | null;
  range: RangeId;
  history: HistoryState;
  buffer: LiveBuffer;
}) {
  const { schema, range, buffer, history, row } = props;
  const plans = useMemo(() => (schema === null ? [] : planCharts(schema)), [schema]);
  const view = viewOf(range, history, buffer);
  if (view === null && history.failed) {
    return <Nothing row={row} range={range} failed />;
  }
  if (schema === null || view === null) {
    return <Waiting text="Asking the hub" />;
  }
  const fresh = hubNow() - (buffer.lastTime ?? 0) < FRESH;
  const present = (key: string): number | null =>
    (fresh ? buffer.now.get(key) : undefined) ??
    lastValue(view.columns.values.get(key)?.slice(-2));
  const drawn = plans.filter((plan) => planLines(plan, [view.columns]).length > 0);
  if (drawn.length === 0) {
    return range === 'live' && row?.state === 'up' ? (
      <Waiting text="Waiting for the first sample" />
    ) : (
      <Nothing row={row} range={range} failed={false} />
    );
  }
  return (
    <div class="chart-grid">
      {drawn.map((plan) => (
        <ChartCard
          key={plan.id}
          plan={plan}
          columns={view.columns}
          from={view.from}
          to={view.to}
          present={present}
          rangeTitle={rangeOf(range).title.toLowerCase()}
        />
      ))}
    </div>
  );
}
