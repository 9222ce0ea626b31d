/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Samples as columns: the answer of a history request, the buffer of live samples, and the two
 * joined. */

import type { Columns, History, LiveSample } from './schema';
import { seriesKey } from './schema';

/* Live samples kept in the page, in seconds and in rows. */
const KEEP = 180;
const MOST_ROWS = 400;
/* Samples come each second; a longer silence is a gap. */
const LIVE_GAP = 5;
/* The newest row of history is a minute old, or two. */
const PAST_GAP = 150;

export const EMPTY: Columns = { times: [], values: new Map() };

/* Infinity has no place on an axis; a hub writes null for it, another one might write 1e999. */
function finite(values: (number | null)[]): (number | null)[] {
  return values.every((value) => value === null || Number.isFinite(value))
    ? values
    : values.map((value) => (value !== null && Number.isFinite(value) ? value : null));
}

/* Where rows are missing there is a gap: a row of nothing, so that no line leads across. */
function gapRows(times: readonly number[], step: number): number[] {
  const rows: number[] = [];
  for (let row = 1; row < times.length; row += 1) {
    if ((times[row] ?? 0) - (times[row - 1] ?? 0) > step * 1.5) {
      rows.push(row);
    }
  }
  return rows;
}

function withGaps<T>(column: readonly T[], rows: readonly number[], value: (row: number) => T): T[] {
  const out: T[] = [];
  let from = 0;
  for (const row of rows) {
    for (let at = from; at < row; at += 1) {
      out.push(column[at] as T);
    }
    out.push(value(row));
    from = row;
  }
  for (let at = from; at < column.length; at += 1) {
    out.push(column[at] as T);
  }
  return out;
}

export function historyColumns(history: History): Columns {
  const rows = gapRows(history.times, history.step);
  const fill = (column: (number | null)[]): (number | null)[] =>
    rows.length === 0 ? finite(column) : withGaps(finite(column), rows, () => null);
  const columns = { values: new Map(), least: new Map(), most: new Map() };
  for (const series of history.series) {
    const key = seriesKey(series.kind, series.instance, series.metric);
    columns.values.set(key, fill(series.values));
    if (series.least !== undefined && series.most !== undefined) {
      columns.least.set(key, fill(series.least));
      columns.most.set(key, fill(series.most));
    }
  }
  const times =
    rows.length === 0
      ? history.times
      : withGaps(history.times, rows, (row) => (history.times[row - 1] ?? 0) + history.step);
  return { times, ...columns };
}

/* Value of a column at `time`, which is one of its times or lies between two of them. Where either is
 * missing there is a gap. */
function valueAt(times: readonly number[], column: readonly (number | null)[], row: number, time: number): number | null {
  const [begin, end] = [times[row], times[row + 1]];
  const value = column[row] ?? null;
  if (begin === time || begin === undefined || value === null) {
    return begin === time ? value : null;
  }
  const next = column[row + 1] ?? null;
  return end === undefined || next === null ? null : value + ((next - value) * (time - begin)) / (end - begin);
}

/* Several answers over the same window on one axis of time. They may have different steps, so a value is
 * taken from the line between two rows. */
export function joinColumns(parts: readonly Columns[]): Columns {
  const times = [...new Set(parts.flatMap((part) => part.times))].sort((a, b) => a - b);
  const joined = { values: new Map(), least: new Map(), most: new Map() };
  for (const part of parts) {
    let row = -1;
    const rows = times.map((time) => {
      while ((part.times[row + 1] ?? Infinity) <= time) {
        row += 1;
      }
      return row;
    });
    for (const name of ['values', 'least', 'most'] as const) {
      for (const [key, column] of part[name] ?? []) {
        joined[name].set(key, times.map((time, at) => valueAt(part.times, column, rows[at] ?? -1, time)));
      }
    }
  }
  return { times, ...joined };
}

/* The row whose time is nearest to `time`; null where there is none. */
export function nearestRow(times: readonly number[], time: number): number | null {
  if (times.length === 0) {
    return null;
  }
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const before = Math.max(0, low - 1);
  return time - (times[before] ?? 0) < (times[low] ?? 0) - time ? before : low;
}

export class LiveBuffer {
  private times: number[] = [];
  private values = new Map<string, (number | null)[]>();
  /* Rows of history before the samples. */
  private past = 0;
  private readonly latest = new Map<string, number>();

  /* Newest value of each series in the newest sample. */
  get now(): ReadonlyMap<string, number> {
    return this.latest;
  }

  get lastTime(): number | null {
    return this.times.at(-1) ?? null;
  }

  push(sample: LiveSample): void {
    const last = this.lastTime;
    if (last !== null && sample.time <= last) {
      return;
    }
    if (last !== null && sample.time - last > (this.past === this.times.length ? PAST_GAP : LIVE_GAP)) {
      this.addRow(last + 1);
    }
    this.addRow(sample.time);
    this.latest.clear();
    const row = this.times.length - 1;
    for (const series of sample.series) {
      if (series.value === null || !Number.isFinite(series.value)) {
        continue;
      }
      const key = seriesKey(series.kind, series.instance, series.metric);
      let column = this.values.get(key);
      if (column === undefined) {
        column = new Array<number | null>(this.times.length).fill(null);
        this.values.set(key, column);
      }
      column[row] = series.value;
      this.latest.set(key, series.value);
    }
    this.trim(sample.time);
  }

  /* Puts rows of history before the first sample, in place of those before: so a line is seen at once. */
  fill(history: Columns): void {
    const begin = this.times[this.past] ?? Infinity;
    const rows = history.times.findIndex((time) => time >= begin);
    const count = rows < 0 ? history.times.length : rows;
    const keys = new Set([...this.values.keys(), ...history.values.keys()]);
    const empty = new Array<number | null>(this.times.length - this.past).fill(null);
    for (const key of keys) {
      const before = history.values.get(key)?.slice(0, count) ?? new Array<number | null>(count).fill(null);
      this.values.set(key, [...before, ...(this.values.get(key)?.slice(this.past) ?? empty)]);
    }
    this.times = [...history.times.slice(0, count), ...this.times.slice(this.past)];
    this.past = count;
  }

  /* Whether samples of all of this time are here. */
  covers(from: number, to: number): boolean {
    const first = this.times[this.past];
    const last = this.lastTime;
    return first !== undefined && last !== null && first <= from && last >= to - 2;
  }

  /* The samples of the last `span` seconds before `end`, and one at each side of them to draw from. */
  window(end: number, span: number): Columns {
    let first = this.times.findIndex((time) => time >= end - span);
    if (first < 0) {
      return EMPTY;
    }
    first = Math.max(0, first - 1);
    const past = this.times.findIndex((time) => time >= end);
    const stop = past < 0 ? this.times.length : past + 1;
    const values = new Map<string, (number | null)[]>();
    for (const [key, column] of this.values) {
      values.set(key, column.slice(first, stop));
    }
    return { times: this.times.slice(first, stop), values };
  }

  private addRow(time: number): void {
    this.times.push(time);
    for (const column of this.values.values()) {
      column.push(null);
    }
  }

  private trim(now: number): void {
    let drop = Math.max(0, this.times.length - MOST_ROWS);
    while ((this.times[drop] ?? now) < now - KEEP) {
      drop += 1;
    }
    /* In blocks, so that a sample a second does not move every column each time. */
    if (drop < 30) {
      return;
    }
    this.times.splice(0, drop);
    this.past = Math.max(0, this.past - drop);
    for (const [key, column] of this.values) {
      column.splice(0, drop);
      if (column.every((value) => value === null)) {
        this.values.delete(key);
      }
    }
  }
}

/* History with one more point: the mean of the live samples since its last one. So the line ends at
 * the present, and the next row of history takes the point's place. */
export function withTail(history: Columns, live: Columns, step: number): Columns {
  const last = history.times.at(-1);
  const end = live.times.at(-1);
  if (last === undefined || end === undefined || end <= last || end - last > 4 * step) {
    return history;
  }
  const first = live.times.findIndex((time) => time > last);
  const values = new Map<string, (number | null)[]>();
  for (const [key, column] of history.values) {
    values.set(key, [...column, meanFrom(live.values.get(key), first)]);
  }
  const more = (side: Columns['least']): Columns['values'] =>
    new Map([...(side ?? [])].map(([key, column]) => [key, [...column, null]]));
  return { times: [...history.times, end], values, least: more(history.least), most: more(history.most) };
}

function meanFrom(column: readonly (number | null)[] | undefined, first: number): number | null {
  let sum = 0;
  let count = 0;
  for (let row = first; column !== undefined && row < column.length; row += 1) {
    const value = column[row];
    if (value !== null && value !== undefined) {
      sum += value;
      count += 1;
    }
  }
  return count === 0 ? null : sum / count;
}

/* Last value of a column that is not missing. */
export function lastValue(column: readonly (number | null)[] | undefined): number | null {
  for (let row = (column?.length ?? 0) - 1; row >= 0; row -= 1) {
    const value = column?.[row];
    if (value !== null && value !== undefined) {
      return value;
    }
  }
  return null;
}
