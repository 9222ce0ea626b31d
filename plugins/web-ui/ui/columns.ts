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

export const EMPTY: Columns = { times: [], values: new Map() };

export function historyColumns(history: History): Columns {
  const values = new Map<string, (number | null)[]>();
  for (const series of history.series) {
    values.set(seriesKey(series.kind, series.instance, series.metric), series.values);
  }
  return { times: history.times, values };
}

export class LiveBuffer {
  private times: number[] = [];
  private values = new Map<string, (number | null)[]>();
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
    if (last !== null && sample.time - last > LIVE_GAP) {
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

  clear(): void {
    this.times = [];
    this.values = new Map();
    this.latest.clear();
  }

  /* The samples of the last `span` seconds before `end`, and one before them to draw from. */
  window(end: number, span: number): Columns {
    let first = this.times.findIndex((time) => time >= end - span);
    if (first < 0) {
      return EMPTY;
    }
    first = Math.max(0, first - 1);
    const values = new Map<string, (number | null)[]>();
    for (const [key, column] of this.values) {
      values.set(key, column.slice(first));
    }
    return { times: this.times.slice(first), values };
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
  return { times: [...history.times, end], values };
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
