/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is known of a system besides its history: facts, note, schema, and what its parts are called. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ApiError, getLatest, getPast, getSchema, getSystem } from '../../api';
import { historyColumns, LiveBuffer } from '../../columns';
import { live } from '../../live';
import type { Facts, Schema, SystemRow } from '../../schema';
import { inWords } from '../../schema-words';
import { whenSeen } from '../../seen';
import { useStore } from '../../store';
import type { Names } from './charts';

export interface Known {
  facts: Facts;
  note: string;
  row: SystemRow | null;
  schema: Schema | null;
  missing: boolean;
}

/* After a failure that is not the link's, in milliseconds. */
const RETRY = 5000;
/* Between two looks at what containers and the like are called. */
const NAMES_PERIOD = 60_000;
/* The text metric that tells what people call an instance. */
const NAME = 'name';

function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

const NOTHING: Known = { facts: {}, note: '', row: null, schema: null, missing: false };

/* Asked at the start, and again whenever the hub is back or the system's state has changed. */
export function useKnown(id: string, state: string | undefined): Known {
  const [known, setKnown] = useState<Known>(NOTHING);
  const [attempt, setAttempt] = useState(0);
  const away = useStore(live.link).state === 'away';
  /* As the last answer has it, or the live stream, which begins a moment later. */
  const heard = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (state !== undefined && heard.current !== undefined && heard.current !== state) {
      setAttempt((count) => count + 1);
    }
    heard.current = state ?? heard.current;
  }, [state]);
  /* Also of one that the stream has not told of yet; not of one that is known to be gone. */
  useEffect(
    () => live.onRemoved((gone) => gone === id && !known.missing && setAttempt((count) => count + 1)),
    [id, known.missing],
  );
  /* Before the paint: the answers may be there. */
  useLayoutEffect(() => {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (): void => {
      if (!controller.signal.aborted && !away) {
        clearTimeout(timer);
        timer = setTimeout(() => setAttempt((count) => count + 1), RETRY);
      }
    };
    const fill = (part: Partial<Known>): void => {
      if (!controller.signal.aborted) {
        setKnown((before) => ({ ...before, ...part }));
      }
    };
    getSystem(id, controller.signal).then(
      (answer) => {
        heard.current ??= answer.system.state;
        fill({ facts: answer.facts, note: answer.note ?? '', row: answer.system, missing: false });
      },
      (error: unknown) => {
        if (isGone(error)) {
          fill({ missing: true });
        } else {
          again();
        }
      },
    );
    if (!away) {
      getSchema(id, controller.signal).then(
        (schema) => fill({ schema: inWords(schema) }),
        (error: unknown) => !isGone(error) && again(),
      );
    }
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [id, away, attempt]);
  return known;
}

/* The samples of this system since the page was opened. A page that nobody sees is not drawn. */
export function useSamples(id: string): LiveBuffer {
  const buffer = useMemo(() => new LiveBuffer(), [id]);
  const [, setVersion] = useState(0);
  useEffect(() => {
    const draw = (): void => {
      if (!document.hidden) {
        setVersion((version) => version + 1);
      }
    };
    live.watch([id]);
    document.addEventListener('visibilitychange', draw);
    const unfollow = live.onSample((sample) => {
      if (sample.system === id) {
        buffer.push(sample);
        draw();
      }
    });
    return () => {
      document.removeEventListener('visibilitychange', draw);
      unfollow();
    };
  }, [id, buffer]);
  return buffer;
}

/* Has the live view begin with the last minutes of history: its own samples come one by one. */
export function usePast(id: string, buffer: LiveBuffer, wanted: boolean): void {
  const [, setVersion] = useState(0);
  useEffect(() => {
    if (!wanted) {
      return;
    }
    const controller = new AbortController();
    getPast(id, controller.signal).then(
      (history) => {
        buffer.fill(historyColumns(history));
        setVersion((version) => version + 1);
      },
      () => undefined,
    );
    return () => controller.abort();
  }, [id, buffer, wanted]);
}

/* What the instances of each kind are called, for kinds that say so. */
export function useNames(id: string, schema: Schema | null, state: string | undefined): Names {
  const [names, setNames] = useState<Names>(new Map());
  const kinds = (schema?.kinds ?? [])
    .filter((kind) => kind.instanced && kind.metrics.some((one) => one.name === NAME && one.type === 'text'))
    .map((kind) => kind.name)
    .join(',');
  useEffect(() => {
    if (kinds === '' || state === undefined) {
      return;
    }
    const controller = new AbortController();
    const ask = async (): Promise<void> => {
      try {
        const latest = await getLatest({ systems: [id], kinds: kinds.split(',') }, controller.signal);
        const found = new Map<string, Map<string, string>>();
        for (const row of latest.systems[0]?.rows ?? []) {
          const name = row.texts[NAME] ?? '';
          if (name !== '') {
            found.set(row.kind, (found.get(row.kind) ?? new Map()).set(row.instance, name));
          }
        }
        setNames(found);
      } catch {
        /* Without names the keys are shown. */
      }
    };
    whenSeen(() => void ask(), controller.signal);
    const timer = setInterval(() => !document.hidden && void ask(), NAMES_PERIOD);
    return () => {
      controller.abort();
      clearInterval(timer);
    };
  }, [id, kinds, state]);
  return names;
}
