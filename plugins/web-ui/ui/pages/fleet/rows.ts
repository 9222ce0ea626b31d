/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The list of systems as the page has it: pages of rows that the hub sorted and filtered,
 * fetched as they come into sight, kept up to date by the live stream. Rows lie where the hub put
 * them until a page is fetched again, so nothing jumps under the pointer. */

import { PAGE } from '../../list-query';
import type { ListQuery } from '../../list-query';
import type { StateCounts, SystemList, SystemRow } from '../../schema';
import { Store } from '../../store';

/* Pages that are kept; those farthest from what is in sight go first. */
const MOST_PAGES = 40;

interface Page {
  rows: SystemRow[];
  /* When it was asked for. */
  at: number;
  stale: boolean;
}

export type FetchPage = (
  query: ListQuery,
  offset: number,
  limit: number,
  signal: AbortSignal,
) => Promise<SystemList>;

export class Rows {
  /* Counts up whenever anything below changed. */
  readonly changed = new Store(0);
  /* How many match; null until the hub has said so once. */
  total: number | null = null;
  /* Of those that match whatever their state. */
  states: StateCounts = {};
  /* Why the last request came to nothing. */
  problem: unknown = null;

  private query: ListQuery = { filter: '', sort: '' };
  /* Rows of an earlier query are shown until the first answer to this one. */
  private outdated = false;
  private first = 0;
  private last = PAGE - 1;
  private readonly pages = new Map<number, Page>();
  private readonly places = new Map<string, number>();
  private readonly pending = new Map<number, AbortController>();

  constructor(private readonly fetchPage: FetchPage) {}

  get waiting(): boolean {
    return this.outdated || this.total === null;
  }

  setQuery(query: ListQuery): void {
    if (query.filter === this.query.filter && query.sort === this.query.sort) {
      return;
    }
    this.query = query;
    this.outdated = this.total !== null;
    this.problem = null;
    this.cancel();
    this.first = 0;
    this.last = PAGE - 1;
    this.fetch(0);
    this.touch();
  }

  row(index: number): SystemRow | undefined {
    return this.pages.get(Math.floor(index / PAGE))?.rows[index % PAGE];
  }

  /* The place of a system that is among the fetched ones; -1 otherwise. */
  indexOf(id: string): number {
    const page = this.places.get(id);
    const at = page === undefined ? -1 : (this.pages.get(page)?.rows.findIndex((row) => row.id === id) ?? -1);
    return page === undefined || at < 0 ? -1 : page * PAGE + at;
  }

  /* What is in sight: both indices inclusive. */
  want(first: number, last: number): void {
    this.first = Math.max(0, first);
    this.last = Math.max(this.first, last);
    this.fill();
  }

  /* Has all that is known looked up again, what is in sight at once; not what was asked for since `since`, as
   * performance.now() has it. */
  refresh(since = Infinity): void {
    for (const page of this.pages.values()) {
      page.stale ||= page.at < since;
    }
    this.fill();
  }

  /* Takes rows as they are now; those that were not fetched do not matter here. */
  merge(rows: readonly SystemRow[]): void {
    let touched = false;
    for (const row of rows) {
      const page = this.pages.get(this.places.get(row.id) ?? -1);
      const at = page?.rows.findIndex((one) => one.id === row.id) ?? -1;
      if (page !== undefined && at >= 0) {
        page.rows[at] = row;
        touched = true;
      }
    }
    if (touched) {
      this.touch();
    }
  }

  /* Forgets everything: of another session, say. */
  reset(): void {
    this.cancel();
    this.pages.clear();
    this.places.clear();
    this.total = null;
    this.states = {};
    this.problem = null;
    this.outdated = false;
    this.touch();
  }

  cancel(): void {
    for (const controller of this.pending.values()) {
      controller.abort();
    }
    this.pending.clear();
  }

  private touch(): void {
    this.changed.set(this.changed.value + 1);
  }

  private fill(): void {
    if (this.outdated || this.total === null) {
      this.fetch(0);
      return;
    }
    const end = Math.max(0, Math.ceil(this.total / PAGE) - 1);
    const from = Math.min(Math.floor(this.first / PAGE), end);
    const to = Math.min(Math.floor(this.last / PAGE), end);
    /* What was scrolled past is not worth waiting for. */
    for (const [page, controller] of this.pending) {
      if (page < from - 1 || page > to + 1) {
        controller.abort();
        this.pending.delete(page);
      }
    }
    for (let page = from; page <= to; page += 1) {
      this.fetch(page);
    }
  }

  private fetch(page: number): void {
    const known = this.pages.get(page);
    if (this.pending.has(page) || (known !== undefined && !known.stale && !this.outdated)) {
      return;
    }
    const controller = new AbortController();
    const at = performance.now();
    this.pending.set(page, controller);
    this.fetchPage(this.query, page * PAGE, PAGE, controller.signal).then(
      (answer) => {
        if (this.pending.get(page) === controller) {
          this.pending.delete(page);
          this.take(page, answer, at);
        }
      },
      (error: unknown) => {
        if (this.pending.get(page) === controller) {
          this.pending.delete(page);
          this.problem = error;
          this.touch();
        }
      },
    );
  }

  private take(page: number, answer: SystemList, at: number): void {
    if (this.outdated) {
      this.outdated = false;
      this.pages.clear();
      this.places.clear();
    }
    this.problem = null;
    this.total = answer.total;
    this.states = answer.states;
    this.drop(page);
    if (answer.systems.length > 0) {
      this.pages.set(page, { rows: [...answer.systems], at, stale: false });
      for (const row of answer.systems) {
        this.places.set(row.id, page);
      }
    }
    for (const known of [...this.pages.keys()]) {
      if (known * PAGE >= answer.total) {
        this.drop(known);
      }
    }
    this.evict();
    this.touch();
    this.fill();
  }

  private drop(page: number): void {
    for (const row of this.pages.get(page)?.rows ?? []) {
      if (this.places.get(row.id) === page) {
        this.places.delete(row.id);
      }
    }
    this.pages.delete(page);
  }

  private evict(): void {
    const middle = (this.first + this.last) / 2 / PAGE;
    const byDistance = [...this.pages.keys()].sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle));
    for (const page of byDistance.slice(MOST_PAGES)) {
      this.drop(page);
    }
  }
}
