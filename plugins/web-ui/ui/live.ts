/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The live stream of the hub: the rows that are in sight, the counts of the whole fleet, and the
 * samples of the systems whose charts are open. One stream a tab; it comes back by itself and goes on
 * where it was, and rests while nobody looks, so that the hub may poll at its usual pace. */

import { send, ApiError, TIMEOUT } from './api';
import { mark } from './i18n';
import { backOff, EventStreamParser } from './sse';
import type { StreamEvent } from './sse';
import type { LiveSample, StateCounts, SystemRow } from './schema';
import { Store } from './store';

/* The hub sends a comment each 15 s; a stream silent for longer than two of them is dead. */
const SILENCE = 40_000;
/* A tab that nobody sees gives its stream back after this time. */
const REST_AFTER = 30_000;

export type LinkState =
  | { state: 'connecting' }
  | { state: 'open' }
  | { state: 'resting' }
  | { state: 'away'; since: number; retryAt: number; reason: string };

export type Fleet = ReadonlyMap<string, SystemRow>;

/* Of the whole fleet. The revision grows when systems come, go or change their state. */
export interface Counts {
  total: number;
  states: StateCounts;
  revision: number;
}

/* What one stream may be told of. */
const MOST_ROWS = 200;
const MOST_FOLLOWED = 16;
/* Rows come and go in bursts while somebody scrolls. */
const SETTLE = 80;

export class Live {
  /* The rows that are watched, as they were heard last. */
  readonly systems = new Store<Fleet>(new Map());
  readonly counts = new Store<Counts | null>(null);
  /* The hub cannot keep samples now: its disk is full, or fails. */
  readonly refused = new Store(false);
  readonly link = new Store<LinkState>({ state: 'connecting' });

  private followed: readonly string[] = [];
  /* A system that a dialog waits for. */
  private awaited: string | null = null;
  private rows: readonly string[] = [];
  /* The stream's own name, once it has said it. */
  private stream: string | null = null;
  private lastId = '';
  private running = false;
  private controller: AbortController | null = null;
  /* Of the stream whose hub is being told what is in sight. */
  private telling: AbortController | null = null;
  private settleTimer: ReturnType<typeof setTimeout> | undefined;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private silenceTimer: ReturnType<typeof setTimeout> | undefined;
  private restTimer: ReturnType<typeof setTimeout> | undefined;
  private attempt = 0;
  private readonly sampleFollowers = new Set<(sample: LiveSample) => void>();
  private readonly rowFollowers = new Set<(rows: readonly SystemRow[]) => void>();
  private readonly removedFollowers = new Set<(id: string) => void>();

  start(): void {
    if (this.running) {
      return;
    }
    this.running = true;
    document.addEventListener('visibilitychange', this.onVisibility);
    addEventListener('online', this.retryNow);
    /* Opened behind others: each stream would hold one of the few connections of the browser. */
    if (document.hidden) {
      this.link.set({ state: 'resting' });
    } else {
      this.link.set({ state: 'connecting' });
      this.connect();
    }
  }

  stop(): void {
    this.running = false;
    document.removeEventListener('visibilitychange', this.onVisibility);
    removeEventListener('online', this.retryNow);
    clearTimeout(this.restTimer);
    this.disconnect();
    this.systems.set(new Map());
    this.counts.set(null);
    this.lastId = '';
    this.link.set({ state: 'connecting' });
  }

  /* Follows the rows and the samples of these systems too, in place of those before. */
  watch(ids: readonly string[]): void {
    if (ids.join() !== this.followed.join()) {
      this.followed = ids.slice(0, MOST_FOLLOWED);
      this.prune();
      this.tell();
    }
  }

  /* Follows the row of `id` too, whatever else is in sight. */
  await(id: string | null): void {
    if (id !== this.awaited) {
      this.awaited = id;
      this.prune();
      this.tell();
    }
  }

  /* Follows these rows, in place of those before. */
  watchRows(ids: readonly string[]): void {
    if (ids.length === this.rows.length && ids.every((id, index) => id === this.rows[index])) {
      return;
    }
    this.rows = ids;
    this.prune();
    this.tell();
  }

  onRows(follower: (rows: readonly SystemRow[]) => void): () => void {
    this.rowFollowers.add(follower);
    return () => {
      this.rowFollowers.delete(follower);
    };
  }

  onRemoved(follower: (id: string) => void): () => void {
    this.removedFollowers.add(follower);
    return () => {
      this.removedFollowers.delete(follower);
    };
  }

  private wanted(): string[] {
    const first = this.awaited === null ? this.followed : [...this.followed, this.awaited];
    return [...new Set([...first, ...this.rows])].slice(0, MOST_ROWS);
  }

  /* A row that is no longer watched grows old. */
  private prune(): void {
    const kept = new Set(this.wanted());
    this.systems.set(new Map([...this.systems.value].filter(([id]) => kept.has(id))));
  }

  /* Has the hub know what is in sight now, once that has settled. */
  private tell(): void {
    clearTimeout(this.settleTimer);
    if (this.running && this.stream !== null) {
      this.settleTimer = setTimeout(() => void this.put(), SETTLE);
    }
  }

  private inSight(): string {
    return JSON.stringify({ systems: this.wanted(), system: this.followed.join() });
  }

  /* One at a time, or an older one could come last. */
  private async put(): Promise<void> {
    const { stream, controller } = this;
    if (stream === null || controller === null || controller === this.telling) {
      return;
    }
    this.telling = controller;
    try {
      let body = '';
      while (controller === this.controller && body !== this.inSight()) {
        body = this.inSight();
        await send(`/api/v1/live/${encodeURIComponent(stream)}`, {
          method: 'PUT',
          headers: { 'Content-Type': 'application/json' },
          body,
          signal: AbortSignal.any([controller.signal, AbortSignal.timeout(TIMEOUT)]),
        });
      }
      if (controller === this.telling) {
        this.telling = null;
      }
    } catch (error) {
      /* A stream that has ended, or a hub that is away: opening it again tells all anew. */
      if (!(error instanceof DOMException)) {
        this.failed(controller, mark('the live stream broke off.'));
      }
    }
  }

  onSample(follower: (sample: LiveSample) => void): () => void {
    this.sampleFollowers.add(follower);
    return () => {
      this.sampleFollowers.delete(follower);
    };
  }

  readonly retryNow = (): void => {
    if (this.running && this.link.value.state === 'away') {
      this.connect();
    }
  };

  private readonly onVisibility = (): void => {
    clearTimeout(this.restTimer);
    if (document.hidden) {
      this.restTimer = setTimeout(() => {
        this.disconnect();
        this.link.set({ state: 'resting' });
      }, REST_AFTER);
    } else if (this.link.value.state === 'resting') {
      this.link.set({ state: 'connecting' });
      this.connect();
    } else {
      this.retryNow();
    }
  };

  private disconnect(): void {
    clearTimeout(this.retryTimer);
    clearTimeout(this.silenceTimer);
    clearTimeout(this.settleTimer);
    this.controller?.abort();
    this.controller = null;
    this.stream = null;
  }

  private connect(): void {
    this.disconnect();
    const controller = new AbortController();
    this.controller = controller;
    this.refused.set(false);
    this.listen(controller).then(
      () => this.failed(controller, mark('it closed the live stream.')),
      (error: unknown) => {
        const message = error instanceof ApiError ? `${error.message}.` : mark('the live stream broke off.');
        this.failed(controller, message);
      },
    );
  }

  private failed(controller: AbortController, reason: string): void {
    if (controller !== this.controller || !this.running) {
      return;
    }
    this.disconnect();
    const delay = backOff(this.attempt);
    this.attempt += 1;
    const before = this.link.value;
    this.link.set({
      state: 'away',
      since: before.state === 'away' ? before.since : Date.now(),
      retryAt: Date.now() + delay,
      reason,
    });
    this.retryTimer = setTimeout(() => this.connect(), delay);
  }

  private async listen(controller: AbortController): Promise<void> {
    const headers: Record<string, string> = { Accept: 'text/event-stream' };
    if (this.lastId !== '') {
      headers['Last-Event-ID'] = this.lastId;
    }
    this.heard(controller);
    const response = await send('/api/v1/live', {
      cache: 'no-store',
      headers,
      signal: controller.signal,
    });
    const reader = response.body?.getReader();
    if (reader === undefined) {
      throw new Error('no body');
    }
    const parser = new EventStreamParser((event) => {
      if (controller === this.controller) {
        this.take(event);
        this.lastId = parser.lastId;
      }
    });
    for (;;) {
      const { done, value } = await reader.read();
      if (done || controller !== this.controller) {
        return;
      }
      this.heard(controller);
      this.attempt = 0;
      this.link.set(this.link.value.state === 'open' ? this.link.value : { state: 'open' });
      parser.push(value);
    }
  }

  private heard(controller: AbortController): void {
    clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(() => {
      this.failed(controller, mark('nothing was heard of it.'));
    }, SILENCE);
  }

  private take(event: StreamEvent): void {
    const data: unknown = JSON.parse(event.data);
    if (event.event === 'hello') {
      this.stream = (data as { stream: string }).stream;
      void this.put();
    } else if (event.event === 'systems') {
      this.takeSystems((data as { systems: SystemRow[] }).systems);
    } else if (event.event === 'fleet') {
      this.counts.set(data as Counts);
    } else if (event.event === 'removed') {
      this.takeRemoved((data as { id: string }).id);
    } else if (event.event === 'history') {
      this.refused.set((data as { refused: boolean }).refused);
    } else if (event.event === 'sample') {
      const sample = data as LiveSample;
      if (this.followed.includes(sample.system)) {
        for (const follower of [...this.sampleFollowers]) {
          follower(sample);
        }
      }
    }
  }

  private takeRemoved(id: string): void {
    const rows = new Map(this.systems.value);
    rows.delete(id);
    this.systems.set(rows);
    for (const follower of [...this.removedFollowers]) {
      follower(id);
    }
  }

  private takeSystems(rows: readonly SystemRow[]): void {
    const before = this.systems.value;
    const fleet = new Map(before);
    for (const row of rows) {
      fleet.set(row.id, row);
    }
    this.systems.set(fleet);
    for (const follower of [...this.rowFollowers]) {
      follower(rows);
    }
  }
}

export const live = new Live();
