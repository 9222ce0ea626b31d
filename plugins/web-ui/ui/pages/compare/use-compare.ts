/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The same metrics of several systems in one window, on one axis of time. */

import { useEffect, useState } from 'preact/hooks';
import { getHistory, getSchema, getSystem, hubNow } from '../../api';
import { historyColumns, joinColumns } from '../../columns';
import type { ChartView } from '../../controls/chart-card';
import { inWords } from '../../schema-words';
import type { Columns, Schema } from '../../schema';
import { seriesKey } from '../../schema';
import { windowEnds } from '../../window';
import type { Window } from '../../window';

const LEAST_PERIOD = 20;
const MOST_PERIOD = 300;

export interface Compared {
  /* By "kind.metric": a column for each system, under its id. */
  views: ReadonlyMap<string, ChartView>;
  failed: boolean;
  busy: boolean;
}

/* The columns of one metric, with the systems' ids for keys. */
function columnsOf(parts: ReadonlyMap<string, Columns>, metric: string): Columns {
  const [kind = '', name = ''] = metric.split(/\.(?=[^.]+$)/);
  const key = seriesKey(kind, '', name);
  const own = [...parts].map(([id, columns]) => {
    const column = columns.values.get(key);
    return { times: columns.times, values: new Map(column === undefined ? [] : [[id, column]]) };
  });
  return joinColumns(own);
}

export function useCompared(ids: readonly string[], metrics: readonly string[], window: Window, points: number): Compared {
  const [state, setState] = useState<Compared>({ views: new Map(), failed: false, busy: true });
  const key = `${ids.join()} ${metrics.join()}`;
  useEffect(() => {
    if (ids.length === 0 || metrics.length === 0) {
      setState({ views: new Map(), failed: false, busy: false });
      return;
    }
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const kinds = [...new Set(metrics.map((metric) => metric.replace(/\.[^.]+$/, '')))];
    const ask = async (): Promise<void> => {
      if (!document.hidden) {
        setState((before) => ({ ...before, busy: true }));
        const ends = windowEnds(window, hubNow());
        const parts = new Map<string, Columns>();
        let step = window.span / points;
        let failed = false;
        await Promise.all(
          ids.map(async (id) => {
            try {
              const history = await getHistory(id, { ...ends, points, kinds }, controller.signal);
              step = Math.max(step, history.step);
              parts.set(id, historyColumns(history));
            } catch {
              failed = true;
            }
          }),
        );
        if (controller.signal.aborted) {
          return;
        }
        const views = new Map(metrics.map((metric) => [metric, { columns: columnsOf(parts, metric), ...ends, step }]));
        setState((before) => ({ views: parts.size > 0 ? views : before.views, failed, busy: false }));
      }
      if (window.last !== null) {
        const period = Math.max(LEAST_PERIOD, Math.min(MOST_PERIOD, window.span / points / 2));
        timer = setTimeout(() => void ask(), period * 1000);
      }
    };
    void ask();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [key, window, points]);
  return state;
}

/* What the systems are called; one that is not there is missing. */
export function useNames(ids: readonly string[]): ReadonlyMap<string, string> {
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  useEffect(() => {
    const controller = new AbortController();
    for (const id of ids) {
      if (!names.has(id)) {
        getSystem(id, controller.signal).then(
          (answer) => setNames((before) => new Map([...before, [id, answer.system.name]])),
          () => undefined,
        );
      }
    }
    return () => controller.abort();
  }, [ids.join()]);
  return names;
}

/* What can be compared: what the first of the systems measures. */
export function useSchema(id: string | undefined): Schema | null {
  const [schema, setSchema] = useState<Schema | null>(null);
  useEffect(() => {
    if (id === undefined) {
      return;
    }
    const controller = new AbortController();
    getSchema(id, controller.signal).then((answer) => setSchema(inWords(answer)), () => undefined);
    return () => controller.abort();
  }, [id]);
  return schema;
}
