/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The same metrics of several systems in one window, on one axis of time. */

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, getHistory, getLatest, getPast, getSchema, getSystem, hubNow } from '../../api';
import { historyColumns, joinColumns, LiveBuffer } from '../../columns';
import type { ChartView } from '../../controls/chart-card';
import { live } from '../../live';
import { inWords } from '../../schema-words';
import type { Columns, Schema } from '../../schema';
import { seriesKey } from '../../schema';
import { whenSeen } from '../../seen';
import { windowEnds } from '../../window';
import type { Window } from '../../window';
import { instanceOf, joinSchemas, partsOf } from './choices';
import type { Choice, Parts } from './choices';

const LEAST_PERIOD = 20;
const MOST_PERIOD = 300;
/* Values of one kind of one system in one answer, and the points that there are at least. */
const MOST_VALUES = 60_000;
const LEAST_POINTS = 60;
/* Milliseconds between two drawings: the systems answer at different moments of each second. */
const DRAWN = 500;
/* Seconds after which systems that tell nothing are called silent. */
const SILENT = 10;
/* Kinds that are asked for at once, and how often, in milliseconds. */
const MOST_KINDS = 16;
const PARTS_PERIOD = 60_000;
/* After a failure, in milliseconds. */
const RETRY = 10_000;

/* A count that grows when what failed may be asked for again: when the hub is back, and some time after
 * `again` was called. */
function useAttempts(): { attempt: number; again: () => void } {
  const [attempt, setAttempt] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const left = useRef<AbortController>();
  useEffect(() => {
    const controller = new AbortController();
    left.current = controller;
    let before = live.link.value.state;
    const unfollow = live.link.follow((link) => {
      if (link.state === 'open' && before === 'away') {
        setAttempt((count) => count + 1);
      }
      before = link.state;
    });
    return () => {
      controller.abort();
      clearTimeout(timer.current);
      unfollow();
    };
  }, []);
  const again = useCallback((): void => {
    const controller = left.current;
    clearTimeout(timer.current);
    if (controller?.signal.aborted === false) {
      timer.current = setTimeout(() => whenSeen(() => setAttempt((count) => count + 1), controller.signal), RETRY);
    }
  }, []);
  return { attempt, again };
}

/* What is not there now will not be there later. */
function isLost(error: unknown): boolean {
  return !(error instanceof ApiError && error.status === 404);
}

export interface Compared {
  /* By the choice's id: a column for each system, under its id. */
  views: ReadonlyMap<string, ChartView>;
  failed: boolean;
  busy: boolean;
  /* Live, and none of them has told anything for a while. */
  silent: boolean;
}

const NOTHING: Compared = { views: new Map(), failed: false, busy: true, silent: false };

/* The columns of one choice, with the systems' ids for keys. */
function columnsOf(sources: ReadonlyMap<string, Columns>, choice: Choice, parts: Parts): Columns {
  const own = [...sources].map(([id, columns]) => {
    const column = columns.values.get(seriesKey(choice.kind, instanceOf(parts, choice, id), choice.metric));
    return { times: columns.times, values: new Map(column === undefined ? [] : [[id, column]]) };
  });
  return joinColumns(own);
}

/* Kinds without instances are asked for together; each of the others by itself, as each may be large. */
function requestsOf(choices: readonly Choice[]): string[][] {
  const plain = new Set(choices.filter((one) => one.part === null).map((one) => one.kind));
  const others = new Set(choices.filter((one) => one.part !== null).map((one) => one.kind));
  return [...(plain.size === 0 ? [] : [[...plain]]), ...[...others].map((kind) => [kind])];
}

function pointsOf(kinds: readonly string[], parts: Parts, schema: Schema, points: number): number {
  const [kind = ''] = kinds;
  const instances = parts.get(kind)?.size ?? 0;
  const metrics = schema.kinds.find((one) => one.name === kind)?.metrics.length ?? 1;
  const most = instances === 0 ? points : Math.floor(MOST_VALUES / (instances * metrics));
  return Math.max(LEAST_POINTS, Math.min(points, most));
}

export interface Wanted {
  ids: readonly string[];
  choices: readonly Choice[];
  schema: Schema | null;
  /* Null while it is not known which instance is which. */
  parts: Parts | null;
}

function useHistories(wanted: Wanted, window: Window, points: number): Compared {
  const { ids, choices, schema, parts } = wanted;
  const [state, setState] = useState<Compared>(NOTHING);
  const { attempt, again } = useAttempts();
  const key = `${ids.join()} ${choices.map((one) => one.id).join()}`;
  useEffect(() => {
    if (ids.length === 0 || choices.length === 0 || window.last === 'live') {
      setState({ ...NOTHING, busy: false });
      return;
    }
    if (schema === null || parts === null) {
      return;
    }
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      setState((before) => ({ ...before, busy: true }));
      const ends = windowEnds(window, hubNow());
      const views = new Map<string, ChartView>();
      let failed = false;
      let lost = false;
      const askFor = async (kinds: string[]): Promise<void> => {
        const count = pointsOf(kinds, parts, schema, points);
        const sources = new Map<string, Columns>();
        let step = window.span / count;
        await Promise.all(
          ids.map(async (id) => {
            try {
              const history = await getHistory(id, { ...ends, points: count, kinds }, controller.signal);
              step = Math.max(step, history.step);
              sources.set(id, historyColumns(history));
            } catch (error) {
              failed = true;
              lost ||= isLost(error);
            }
          }),
        );
        for (const choice of choices.filter((one) => kinds.includes(one.kind))) {
          if (sources.size > 0) {
            views.set(choice.id, { columns: columnsOf(sources, choice, parts), ...ends, step });
          }
        }
      };
      await Promise.all(requestsOf(choices).map(askFor));
      if (controller.signal.aborted) {
        return;
      }
      setState((before) => ({ ...NOTHING, views: views.size > 0 ? views : before.views, failed, busy: false }));
      if (lost) {
        again();
      } else if (window.last !== null) {
        const period = Math.max(LEAST_PERIOD, Math.min(MOST_PERIOD, window.span / points / 2));
        timer = setTimeout(() => whenSeen(() => void ask(), controller.signal), period * 1000);
      }
    };
    whenSeen(() => void ask(), controller.signal);
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [key, schema, parts, window, points, attempt]);
  return state;
}

/* The samples of all of them as they come, with the last minutes of history before. */
function useLive(wanted: Wanted, isLive: boolean, span: number): Compared {
  const [state, setState] = useState<Compared>(NOTHING);
  const latest = useRef(wanted);
  latest.current = wanted;
  const drawSoon = useRef<() => void>(() => undefined);
  const { ids } = wanted;
  useEffect(() => {
    if (!isLive) {
      return;
    }
    const controller = new AbortController();
    const buffers = new Map(ids.map((id) => [id, new LiveBuffer()]));
    let timer: ReturnType<typeof setTimeout> | undefined;
    let heard = hubNow();
    const draw = (): void => {
      timer = undefined;
      const { choices, parts } = latest.current;
      const now = hubNow();
      const newest = Math.max(...[...buffers.values()].map((one) => one.lastTime ?? 0));
      const to = Math.abs(now - newest) < 3 ? newest : now;
      const sources = new Map([...buffers].map(([id, buffer]) => [id, buffer.window(to, span)]));
      const view = (one: Choice): ChartView => ({
        columns: columnsOf(sources, one, parts ?? new Map()),
        from: to - span,
        to,
        step: 1,
      });
      setState({
        views: new Map(choices.map((one) => [one.id, view(one)])),
        failed: false,
        busy: false,
        silent: now - heard > SILENT,
      });
    };
    const soon = (): void => {
      if (!document.hidden) {
        timer ??= setTimeout(draw, DRAWN);
      }
    };
    drawSoon.current = soon;
    live.watch(ids);
    const unfollow = live.onSample((sample) => {
      heard = hubNow();
      /* Of whole seconds, so that all of them have one axis. */
      buffers.get(sample.system)?.push({ ...sample, time: Math.round(sample.time) });
      soon();
    });
    for (const [id, buffer] of buffers) {
      getPast(id, controller.signal).then(
        (history) => {
          buffer.fill(historyColumns(history));
          soon();
        },
        () => undefined,
      );
    }
    document.addEventListener('visibilitychange', soon);
    /* Also when nothing comes: time goes on. */
    const clock = setInterval(soon, (SILENT / 2) * 1000);
    return () => {
      clearInterval(clock);
      drawSoon.current = () => undefined;
      document.removeEventListener('visibilitychange', soon);
      controller.abort();
      clearTimeout(timer);
      unfollow();
      live.watch([]);
    };
  }, [isLive, span, ids.join()]);
  useEffect(() => drawSoon.current(), [wanted.choices, wanted.parts]);
  return state;
}

export function useCompared(wanted: Wanted, window: Window, points: number): Compared {
  const isLive = window.last === 'live';
  const histories = useHistories(wanted, window, points);
  const now = useLive(wanted, isLive, window.span);
  return isLive ? now : histories;
}

/* What the systems are called; one that is not there is missing. */
export function useNames(ids: readonly string[]): ReadonlyMap<string, string> {
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  const { attempt, again } = useAttempts();
  useEffect(() => {
    const controller = new AbortController();
    for (const id of ids) {
      if (!names.has(id)) {
        getSystem(id, controller.signal).then(
          (answer) => setNames((before) => new Map([...before, [id, answer.system.name]])),
          (error: unknown) => !controller.signal.aborted && isLost(error) && again(),
        );
      }
    }
    return () => controller.abort();
  }, [ids.join(), attempt]);
  return names;
}

/* What can be compared: what any of the systems measures, and whether one of them could not be asked for. */
export function useSchema(ids: readonly string[]): { schema: Schema | null; failed: boolean } {
  const [schema, setSchema] = useState<Schema | null>(null);
  const [failed, setFailed] = useState(false);
  const { attempt, again } = useAttempts();
  const known = useRef(new Map<string, Schema>());
  /* Whose are in what is shown. */
  const shown = useRef('');
  useEffect(() => {
    const controller = new AbortController();
    const ask = async (id: string): Promise<void> => {
      const answer = known.current.get(id) ?? (await getSchema(id, controller.signal));
      known.current.set(id, answer);
    };
    /* One that cannot be asked for takes nothing from the others. */
    void Promise.allSettled(ids.map(ask)).then((results) => {
      if (controller.signal.aborted) {
        return;
      }
      const found = ids.flatMap((id) => known.current.get(id) ?? []);
      const of = ids.filter((id) => known.current.has(id)).join();
      if (found.length > 0 && of !== shown.current) {
        shown.current = of;
        setSchema(inWords(joinSchemas(found)));
      }
      setFailed(found.length < ids.length);
      if (results.some((one) => one.status === 'rejected' && isLost(one.reason))) {
        again();
      }
    });
    return () => controller.abort();
  }, [ids.join(), attempt]);
  return { schema, failed };
}

/* Which instances of these kinds the systems have; null until that is known, or cannot be known. */
export function useParts(ids: readonly string[], kinds: readonly string[]): Parts | null {
  const [parts, setParts] = useState<{ key: string; parts: Parts } | null>(null);
  const asked = kinds.slice(0, MOST_KINDS);
  const key = `${ids.join()} ${asked.join()}`;
  useEffect(() => {
    if (ids.length === 0 || asked.length === 0) {
      setParts({ key, parts: new Map() });
      return;
    }
    const controller = new AbortController();
    const ask = (): void => {
      getLatest({ systems: ids, kinds: asked }, controller.signal).then(
        (latest) => {
          const next = partsOf(latest);
          /* As long as nothing came or went, nothing is asked or drawn anew. */
          setParts((before) => (before?.key === key && same(before.parts, next) ? before : { key, parts: next }));
        },
        () => setParts((before) => (before?.key === key ? before : { key, parts: new Map() })),
      );
    };
    whenSeen(ask, controller.signal);
    const timer = setInterval(() => !document.hidden && ask(), PARTS_PERIOD);
    return () => {
      controller.abort();
      clearInterval(timer);
    };
  }, [key]);
  return parts?.key === key ? parts.parts : null;
}

function same(a: Parts, b: Parts): boolean {
  const text = (parts: Parts): string =>
    [...parts].map(([kind, names]) => `${kind} ${[...names].map(([name, ids]) => `${name}=${[...ids].join()}`).join('\0')}`).join('\n');
  return text(a) === text(b);
}
