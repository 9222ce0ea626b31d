/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The live stream of the hub: changed rows of the fleet, and the samples of one system while its
 * page is open. One stream a tab; it comes back by itself, and rests while nobody looks, so that
 * the hub may poll at its usual pace. */

import { send, ApiError } from './api';
import { mark } from './i18n';
import { backOff, EventStreamParser } from './sse';
import type { StreamEvent } from './sse';
import type { LiveSample, SystemRow } from './schema';
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

export class Live {
  /* Null until the hub has sent the whole list once. */
  readonly systems = new Store<Fleet | null>(null);
  /* The hub cannot keep samples now: its disk is full, or fails. */
  readonly refused = new Store(false);
  readonly link = new Store<LinkState>({ state: 'connecting' });

  private system: string | null = null;
  private running = false;
  private controller: AbortController | null = null;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private silenceTimer: ReturnType<typeof setTimeout> | undefined;
  private restTimer: ReturnType<typeof setTimeout> | undefined;
  private attempt = 0;
  private complete = false;
  private readonly sampleFollowers = new Set<(sample: LiveSample) => void>();

  start(): void {
    if (this.running) {
      return;
    }
    this.running = true;
    document.addEventListener('visibilitychange', this.onVisibility);
    addEventListener('online', this.retryNow);
    this.link.set({ state: 'connecting' });
    this.connect();
  }

  stop(): void {
    this.running = false;
    document.removeEventListener('visibilitychange', this.onVisibility);
    removeEventListener('online', this.retryNow);
    clearTimeout(this.restTimer);
    this.disconnect();
    this.systems.set(null);
    this.link.set({ state: 'connecting' });
  }

  /* Follows the samples of `id` too, or of no system. */
  watch(id: string | null): void {
    if (id === this.system) {
      return;
    }
    this.system = id;
    if (this.running && this.link.value.state !== 'away' && this.link.value.state !== 'resting') {
      this.connect();
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
    this.controller?.abort();
    this.controller = null;
  }

  private connect(): void {
    this.disconnect();
    const controller = new AbortController();
    this.controller = controller;
    this.complete = false;
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
    const query = `?system=${encodeURIComponent(this.system ?? '')}`;
    this.heard(controller);
    const response = await send(`/api/v1/live${query}`, {
      headers: { Accept: 'text/event-stream' },
      signal: controller.signal,
    });
    const reader = response.body?.getReader();
    if (reader === undefined) {
      throw new Error('no body');
    }
    const parser = new EventStreamParser((event) => {
      if (controller === this.controller) {
        this.take(event);
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
    if (event.event === 'systems') {
      this.takeSystems((data as { systems: SystemRow[] }).systems);
    } else if (event.event === 'removed') {
      const rows = new Map(this.systems.value);
      rows.delete((data as { id: string }).id);
      this.systems.set(rows);
    } else if (event.event === 'history') {
      this.refused.set((data as { refused: boolean }).refused);
    } else if (event.event === 'sample') {
      const sample = data as LiveSample;
      if (sample.system === this.system) {
        for (const follower of [...this.sampleFollowers]) {
          follower(sample);
        }
      }
    }
  }

  /* The first list on a stream is the whole fleet and replaces what was known before. */
  private takeSystems(rows: SystemRow[]): void {
    const fleet = new Map(this.complete ? this.systems.value : null);
    this.complete = true;
    for (const row of rows) {
      fleet.set(row.id, row);
    }
    this.systems.set(fleet);
  }
}

export const live = new Live();
