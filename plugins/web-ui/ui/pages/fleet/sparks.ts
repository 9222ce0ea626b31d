/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The last hour of what is in sight, for the small pictures in the rows: asked for a while after the
 * scrolling has stopped, for all rows in sight at once, and again when it is a minute old. */

import { useEffect } from 'preact/hooks';
import { getTrends } from '../../api';
import type { SparkValues } from '../../controls/spark';
import { Store } from '../../store';

export const SPARK_METRICS = ['cpu.usage', 'memory.usage', 'network.received', 'network.sent'] as const;
const POINTS = 30;
const MOST_SYSTEMS = 100;
const SETTLE = 150;
const FRESH = 60_000;
/* What is kept of systems that were scrolled past. */
const MOST_KEPT = 1000;

interface Kept {
  at: number;
  sparks: ReadonlyMap<string, SparkValues>;
}

const NONE: ReadonlyMap<string, SparkValues> = new Map();
const kept = new Map<string, Kept>();
const changed = new Store(0);

export function sparksOf(id: string): ReadonlyMap<string, SparkValues> {
  return kept.get(id)?.sparks ?? NONE;
}

export function forgetSparks(): void {
  kept.clear();
}

async function ask(ids: readonly string[], signal: AbortSignal): Promise<void> {
  const answer = await getTrends(ids, SPARK_METRICS, POINTS, signal);
  const found = new Map<string, Map<string, SparkValues>>(ids.map((id) => [id, new Map()]));
  for (const { system, metric, values } of answer.trends) {
    found.get(system)?.set(metric, values);
  }
  const at = Date.now();
  for (const [id, sparks] of found) {
    /* The newest ones are last, so the oldest go first. */
    kept.delete(id);
    kept.set(id, { at, sparks });
  }
  for (const id of [...kept.keys()].slice(0, Math.max(0, kept.size - MOST_KEPT))) {
    kept.delete(id);
  }
  changed.set(changed.value + 1);
}

/* Keeps the pictures of these systems up to date while they are in sight. */
export function useSparks(ids: readonly string[], open: boolean): Store<number> {
  const key = ids.join();
  useEffect(() => {
    if (!open || ids.length === 0) {
      return;
    }
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = (): void => {
      const now = Date.now();
      const wanted = ids.filter((id) => now - (kept.get(id)?.at ?? 0) >= FRESH).slice(0, MOST_SYSTEMS);
      const done = wanted.length === 0 ? Promise.resolve() : ask(wanted, controller.signal);
      /* Without them the rows are still right. */
      done
        .catch(() => undefined)
        .then(() => {
          if (!controller.signal.aborted) {
            timer = setTimeout(run, FRESH / 4);
          }
        });
    };
    timer = setTimeout(run, SETTLE);
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [key, open]);
  return changed;
}
