/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The history of one system in one range, fetched again as rows are added to it. Ranges that were
 * looked at before are shown at once while the new answer is on its way. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { getHistory, hubNow } from '../../api';
import { historyColumns } from '../../columns';
import { live } from '../../live';
import type { Columns } from '../../schema';
import { rangeOf } from './ranges';
import type { RangeId } from './ranges';

export interface Loaded {
  range: RangeId;
  columns: Columns;
  step: number;
  from: number;
  to: number;
}

const LEAST_PERIOD = 20;
const MOST_PERIOD = 300;

export interface HistoryState {
  loaded: Loaded | null;
  failed: boolean;
}

async function load(id: string, range: RangeId, signal: AbortSignal): Promise<Loaded> {
  const { span, points } = rangeOf(range);
  const to = hubNow();
  const from = to - span;
  const history = await getHistory(id, { from, to, points }, signal);
  return { range, columns: historyColumns(history), step: history.step, from, to };
}

export function useHistory(id: string, range: RangeId): HistoryState {
  const cache = useRef(new Map<RangeId, Loaded>());
  const [state, setState] = useState<HistoryState>({ loaded: null, failed: false });
  useEffect(() => {
    setState({ loaded: cache.current.get(range) ?? null, failed: false });
    if (range === 'live') {
      return;
    }
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = async (): Promise<void> => {
      clearTimeout(timer);
      let period = LEAST_PERIOD;
      try {
        const loaded = await load(id, range, controller.signal);
        if (controller.signal.aborted) {
          return;
        }
        cache.current.set(range, loaded);
        setState({ loaded, failed: false });
        period = Math.max(LEAST_PERIOD, Math.min(MOST_PERIOD, loaded.step / 2));
      } catch {
        if (controller.signal.aborted) {
          return;
        }
        setState((before) => ({ ...before, failed: true }));
      }
      timer = setTimeout(() => void run(), period * 1000);
    };
    void run();
    /* What was missed while the hub was away comes as soon as it is back. */
    let before = live.link.value.state;
    const unfollow = live.link.follow((link) => {
      if (link.state === 'open' && (before === 'away' || before === 'resting')) {
        void run();
      }
      before = link.state;
    });
    return () => {
      controller.abort();
      clearTimeout(timer);
      unfollow();
    };
  }, [id, range]);
  return state;
}
