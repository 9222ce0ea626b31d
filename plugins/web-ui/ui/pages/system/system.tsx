/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One system: who it is, how it is, and its charts. */

import { useEffect, useMemo, useState } from 'preact/hooks';
import { ApiError, getSchema, getSystem, hubNow } from '../../api';
import { home } from '../../base';
import { LiveBuffer } from '../../columns';
import { Icon } from '../../controls/icon';
import { Segmented } from '../../controls/segmented';
import { StateBadge } from '../../controls/state';
import { formatAgo } from '../../format';
import { live } from '../../live';
import { useHeading } from '../../page';
import { navigate, systemPath } from '../../router';
import type { Facts, Schema, SystemRow } from '../../schema';
import { useStore, useTick } from '../../store';
import { ChartGrid } from './charts';
import { Confirm } from './confirm';
import { FactStrip } from './facts';
import { isRange, RANGES, storedRange, storeRange } from './ranges';
import type { RangeId } from './ranges';
import { stateGroups, States } from './states';
import { useHistory } from './use-history';
import type { HistoryState } from './use-history';

/* With fewer rows of history than this a new visitor starts with the live view. */
const ENOUGH_ROWS = 5;

interface Known {
  facts: Facts;
  row: SystemRow | null;
  schema: Schema | null;
  missing: boolean;
}

/* After a failure that is not the link's, in milliseconds. */
const RETRY = 5000;

/* Facts and schema: asked at the start, and again whenever the hub is back or the system comes up. */
function useKnown(id: string, state: string | undefined): Known {
  const [known, setKnown] = useState<Known>({ facts: {}, row: null, schema: null, missing: false });
  const [attempt, setAttempt] = useState(0);
  const away = useStore(live.link).state === 'away';
  useEffect(() => {
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
      (answer) => fill({ facts: answer.facts, row: answer.system, missing: false }),
      (error: unknown) => {
        if (error instanceof ApiError && error.status === 404) {
          fill({ missing: true });
        } else {
          again();
        }
      },
    );
    if (!away) {
      getSchema(id, controller.signal).then((schema) => fill({ schema }), again);
    }
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [id, state, away, attempt]);
  return known;
}

/* The samples of this system since the page was opened. */
function useSamples(id: string): LiveBuffer {
  const buffer = useMemo(() => new LiveBuffer(), [id]);
  const [, setVersion] = useState(0);
  useEffect(() => {
    live.watch(id);
    return live.onSample((sample) => {
      if (sample.system === id) {
        buffer.push(sample);
        setVersion((version) => version + 1);
      }
    });
  }, [id, buffer]);
  return buffer;
}

function rowsIn(history: HistoryState): number {
  let most = 0;
  for (const column of history.loaded?.columns.values.values() ?? []) {
    most = Math.max(most, column.filter((value) => value !== null).length);
  }
  return most;
}

/* The range in the address; else the one chosen last; else the last hour, or the live view while the
 * hub has hardly any history of the system yet. */
function useRange(id: string, wanted: string | null, up: boolean): [RangeId, HistoryState] {
  const [young, setYoung] = useState(false);
  const chosen = isRange(wanted) ? wanted : storedRange();
  const range = chosen ?? (young ? 'live' : '1h');
  const history = useHistory(id, range);
  useEffect(() => {
    if (chosen === null && up && history.loaded?.range === '1h') {
      setYoung(rowsIn(history) < ENOUGH_ROWS);
    }
  }, [chosen, up, history]);
  return [range, history];
}

function Header({ row, facts, name }: { row: SystemRow | null; facts: Facts; name: string }) {
  const heading = useHeading(name);
  useTick(1000);
  const last = row?.last ?? null;
  return (
    <div class="about">
      <div class="title">
        <h1 ref={heading} tabIndex={-1}>
          <bdi>{name}</bdi>
        </h1>
        {row !== null && <StateBadge state={row.state} />}
        {row !== null && row.state === 'unconfirmed' && <Confirm id={row.id} />}
        {row !== null && last !== null && row.state !== 'up' && (
          <span class="soft">last heard {formatAgo(hubNow() - last)}</span>
        )}
      </div>
      {row !== null && <FactStrip row={row} facts={facts} />}
    </div>
  );
}

export function System({ id, wanted }: { id: string; wanted: string | null }) {
  const fleet = useStore(live.systems);
  const liveRow = fleet?.get(id) ?? null;
  const known = useKnown(id, liveRow?.state);
  const row = liveRow ?? known.row;
  const buffer = useSamples(id);
  const [range, history] = useRange(id, wanted, row?.state === 'up');
  const choose = (next: RangeId): void => {
    storeRange(next);
    navigate(`${systemPath(id)}?range=${next}`, { replace: true });
  };
  if (known.missing && liveRow === null) {
    return (
      <div class="card notice">
        <Icon name="unknown" />
        <h1>There is no such system</h1>
        <p>It may have been removed from the hub.</p>
        <a class="button" href={home}>
          All systems
        </a>
      </div>
    );
  }
  const groups = known.schema === null ? [] : stateGroups(known.schema, buffer.now);
  return (
    <div class="system">
      <a class="back" href={home}>
        <Icon name="back" />
        All systems
      </a>
      <div class="card head">
        <Header row={row} facts={known.facts} name={row?.name ?? 'System'} />
        <Segmented
          name="range"
          label="Range of time"
          value={range}
          segments={RANGES}
          onChange={choose}
        />
      </div>
      <States groups={groups} />
      <ChartGrid
        schema={known.schema}
        row={row}
        range={range}
        history={history}
        buffer={buffer}
      />
    </div>
  );
}
