/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The history of one system in the window that is looked at. Kinds without instances come together;
 * of kinds with instances first one mean of each series ("the catalogue": which there are, and which
 * are the largest), and their columns only while one of their charts is in sight. What was shown
 * before stays until the new answer has come. */

import { ApiError, getHistory, hubNow } from './api';
import { historyColumns } from './columns';
import type { Columns, Schema } from './schema';
import { whenSeen } from './seen';
import { Store } from './store';
import { windowEnds } from './window';
import type { Window } from './window';

export interface Loaded {
  columns: Columns;
  step: number;
  from: number;
  to: number;
}

/* Parts that are no kinds. */
const PLAIN = '';
const CATALOGUE = '*';

/* Seconds between two requests for a window that ends at the present. */
const LEAST_PERIOD = 20;
const MOST_PERIOD = 300;
/* After a failure, in seconds. */
const RETRY = 10;
/* Values of one answer: more are neither seen nor quickly read. */
const MOST_VALUES = 240_000;
const MOST_SPREAD = 64;
const LEAST_POINTS = 60;
const MOST_POINTS = 1200;
/* Windows whose answers are kept to be shown at once. */
const MOST_KEPT = 8;

function keyOf(window: Window): string {
  return window.last ?? `${window.from}-${window.to}`;
}

export class HistoryLoader {
  /* Counts up with each change of what is below. */
  readonly version = new Store(0);

  private window: Window | null = null;
  private points = LEAST_POINTS;
  private schema: Schema | null = null;
  private shown = new Map<string, Loaded>();
  private readonly kept = new Map<string, Map<string, Loaded>>();
  private readonly wanted = new Map<string, number>();
  private readonly running = new Map<string, AbortController>();
  /* Parts whose last request failed. */
  private readonly failures = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  /* Aborted: nobody waits any more until the tab is looked at. */
  private waiting = new AbortController();

  constructor(private readonly id: string) {}

  /* Columns of the kinds without instances. */
  get plain(): Loaded | null {
    return this.shown.get(PLAIN) ?? null;
  }

  get catalogue(): Loaded | null {
    return this.shown.get(CATALOGUE) ?? null;
  }

  kind(name: string): Loaded | null {
    return this.shown.get(name) ?? null;
  }

  /* Whether anything is on its way. */
  get busy(): boolean {
    return this.running.size > 0;
  }

  /* Whether something could not be had, and nothing of this window is there in its place. */
  get failed(): boolean {
    return [...this.failures].some((part) => !this.isCurrent(part));
  }

  look(window: Window, schema: Schema | null, points: number): void {
    const count = Math.max(LEAST_POINTS, Math.min(MOST_POINTS, Math.round(points)));
    const same = this.window !== null && keyOf(this.window) === keyOf(window);
    if (same && schema === this.schema && count === this.points) {
      return;
    }
    this.window = window;
    this.schema = schema;
    this.points = count;
    this.stop();
    const kept = this.kept.get(keyOf(window));
    if (!same && kept !== undefined) {
      this.shown = new Map([...this.shown, ...kept]);
    }
    this.failures.clear();
    this.changed();
    this.refresh();
  }

  /* A chart of `kind` came in sight. */
  want(kind: string): void {
    const count = this.wanted.get(kind) ?? 0;
    this.wanted.set(kind, count + 1);
    if (count === 0 && !this.isCurrent(kind)) {
      void this.fetch(kind);
    }
  }

  unwant(kind: string): void {
    const count = this.wanted.get(kind) ?? 0;
    if (count <= 1) {
      this.wanted.delete(kind);
      this.failures.delete(kind);
      this.abort(kind);
    } else {
      this.wanted.set(kind, count - 1);
    }
  }

  /* Asks for all again, now and from time to time if the window goes on. */
  refresh(): void {
    this.rest();
    const { window } = this;
    if (window === null || this.schema === null || window.last === 'live') {
      return;
    }
    for (const part of [PLAIN, CATALOGUE, ...this.wanted.keys()]) {
      void this.fetch(part);
    }
    if (window.last !== null || window.to > hubNow() - MOST_PERIOD) {
      const step = this.plain?.step ?? window.span / this.points;
      const period = Math.max(LEAST_PERIOD, Math.min(MOST_PERIOD, step / 2));
      this.timer = setTimeout(() => whenSeen(() => this.refresh(), this.waiting.signal), period * 1000);
    }
  }

  /* A system that is gone stays so. */
  private retryLater(error: unknown): void {
    if (!(error instanceof ApiError && error.status === 404)) {
      this.retryTimer ??= setTimeout(() => whenSeen(() => this.retry(), this.waiting.signal), RETRY * 1000);
    }
  }

  private retry(): void {
    this.retryTimer = undefined;
    for (const part of this.failures) {
      void this.fetch(part);
    }
  }

  stop(): void {
    this.rest();
    for (const part of [...this.running.keys()]) {
      this.abort(part);
    }
  }

  private rest(): void {
    clearTimeout(this.timer);
    clearTimeout(this.retryTimer);
    this.retryTimer = undefined;
    this.waiting.abort();
    this.waiting = new AbortController();
  }

  private isCurrent(part: string): boolean {
    const kept = this.window === null ? undefined : this.kept.get(keyOf(this.window));
    return kept?.has(part) === true;
  }

  private abort(part: string): void {
    this.running.get(part)?.abort();
    this.running.delete(part);
  }

  private changed(): void {
    this.version.set(this.version.value + 1);
  }

  private kindsOf(part: string): string[] {
    if (part !== PLAIN && part !== CATALOGUE) {
      return [part];
    }
    const kinds = this.schema?.kinds ?? [];
    return kinds
      .filter((kind) => kind.instanced === (part === CATALOGUE) && kind.metrics.some((metric) => metric.chart !== 'none'))
      .map((kind) => kind.name);
  }

  private detailOf(part: string): { points: number; spread: boolean } {
    if (part === CATALOGUE) {
      return { points: 1, spread: false };
    }
    if (part === PLAIN) {
      return { points: this.points, spread: true };
    }
    const prefix = `${part}\0`;
    const series = [...(this.catalogue?.columns.values.keys() ?? [])].filter((key) => key.startsWith(prefix));
    const spread = series.length <= MOST_SPREAD;
    const most = Math.floor(MOST_VALUES / (Math.max(1, series.length) * (spread ? 3 : 1)));
    return { points: Math.max(LEAST_POINTS, Math.min(this.points, most)), spread };
  }

  private async fetch(part: string): Promise<void> {
    const { window } = this;
    const kinds = this.kindsOf(part);
    if (window === null || window.last === 'live' || kinds.length === 0) {
      return;
    }
    this.abort(part);
    const controller = new AbortController();
    this.running.set(part, controller);
    const ends = windowEnds(window, hubNow());
    try {
      const wanted = { ...ends, ...this.detailOf(part), kinds };
      const history = await getHistory(this.id, wanted, controller.signal);
      if (!controller.signal.aborted) {
        this.take(window, part, { columns: historyColumns(history), step: history.step, ...ends });
      }
    } catch (error) {
      if (!controller.signal.aborted) {
        this.failures.add(part);
        this.retryLater(error);
      }
    }
    if (this.running.get(part) === controller) {
      this.running.delete(part);
      this.changed();
    }
  }

  private take(window: Window, part: string, loaded: Loaded): void {
    const key = keyOf(window);
    const kept = this.kept.get(key) ?? new Map<string, Loaded>();
    kept.set(part, loaded);
    this.kept.delete(key);
    this.kept.set(key, kept);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= MOST_KEPT) {
        break;
      }
      this.kept.delete(oldest);
    }
    this.shown.set(part, loaded);
    this.failures.delete(part);
  }
}
