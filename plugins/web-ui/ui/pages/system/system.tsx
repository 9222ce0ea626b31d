/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One system: who it is, how it is, and its charts. */

import { useEffect, useMemo, useState } from 'preact/hooks';
import { hubNow } from '../../api';
import { home } from '../../base';
import { Icon } from '../../controls/icon';
import { StateBadge } from '../../controls/state';
import { SystemMenu } from '../../controls/system-menu';
import { WindowBar } from '../../controls/window-bar';
import { formatAgo } from '../../format';
import { HistoryLoader } from '../../history';
import { t } from '../../i18n';
import { live } from '../../live';
import { useHeading } from '../../page';
import { comparePath } from '../../router';
import type { Facts, SystemRow } from '../../schema';
import { useStore, useTick } from '../../store';
import { useWindow } from '../../use-window';
import type { RangeId } from '../../window';
import { Charts } from './charts';
import { Confirm } from './confirm';
import { FactStrip } from './facts';
import { stateGroups, States } from './states';
import { useKnown, useNames, usePast, useSamples } from './use-known';

/* With fewer rows of history than this a new visitor starts with the live view. */
const ENOUGH_ROWS = 5;

function rowsIn(loader: HistoryLoader): number {
  let most = 0;
  for (const column of loader.plain?.columns.values.values() ?? []) {
    most = Math.max(most, column.filter((value) => value !== null).length);
  }
  return most;
}

/* One loader for the page's life, told of the link's return. */
function useLoader(id: string): HistoryLoader {
  const loader = useMemo(() => new HistoryLoader(id), [id]);
  useStore(loader.version);
  useEffect(() => {
    /* What was missed while the hub was away comes as soon as it is back. */
    let before = live.link.value.state;
    const unfollow = live.link.follow((link) => {
      if (link.state === 'open' && (before === 'away' || before === 'resting')) {
        loader.refresh();
      }
      before = link.state;
    });
    return () => {
      unfollow();
      loader.stop();
    };
  }, [loader]);
  return loader;
}

/* The last hour, or the live view while the hub has hardly any history of the system yet. */
function useUsual(loader: HistoryLoader, up: boolean): RangeId {
  const [usual, setUsual] = useState<RangeId>('1h');
  const { plain } = loader;
  useEffect(() => {
    if (up && plain !== null && usual === '1h' && rowsIn(loader) < ENOUGH_ROWS) {
      setUsual('live');
    }
  }, [up, plain]);
  return usual;
}

function Header({ row, facts, name, note }: { row: SystemRow | null; facts: Facts; name: string; note: string }) {
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
          <span class="soft">{t('last heard {ago}', { ago: formatAgo(hubNow() - last) })}</span>
        )}
        {row !== null && (
          <span class="acts">
            <a class="button quiet" href={comparePath([row.id])} data-control="compare">
              {t('Compare')}
            </a>
            <SystemMenu id={row.id} row={row} />
          </span>
        )}
        <ul class="labels" aria-label={t('Labels')}>
          {Object.entries(row?.labels ?? {}).map(([key, value]) => (
            <li key={key}>
              <bdi>{value === '' ? key : `${key}=${value}`}</bdi>
            </li>
          ))}
        </ul>
      </div>
      {row !== null && <FactStrip row={row} facts={facts} />}
      {note !== '' && (
        <p class="note">
          <bdi>{note}</bdi>
        </p>
      )}
    </div>
  );
}

function Missing() {
  const heading = useHeading(t('There is no such system'));
  return (
    <div class="card notice">
      <Icon name="unknown" />
      <h1 ref={heading} tabIndex={-1}>
        {t('There is no such system')}
      </h1>
      <p>{t('It may have been removed from the hub.')}</p>
      <a class="button" href={home}>
        {t('All systems')}
      </a>
    </div>
  );
}

export function System({ id, query }: { id: string; query: string }) {
  const fleet = useStore(live.systems);
  const liveRow = fleet.get(id) ?? null;
  const known = useKnown(id, liveRow?.state);
  const row = liveRow ?? known.row;
  const buffer = useSamples(id);
  const loader = useLoader(id);
  const usual = useUsual(loader, row?.state === 'up');
  const windowed = useWindow(query, usual);
  usePast(id, buffer, windowed.window.last === 'live');
  const names = useNames(id, known.schema, row?.state);
  if (known.missing && liveRow === null) {
    return <Missing />;
  }
  const name = row?.name ?? t('System');
  const groups = known.schema === null ? [] : stateGroups(known.schema, buffer.now, names);
  return (
    <div class="system">
      <a class="back" href={home}>
        <Icon name="back" />
        {t('All systems')}
      </a>
      <div class="card head">
        <Header row={row} facts={known.facts} name={name} note={known.note} />
      </div>
      <States groups={groups} />
      <WindowBar windowed={windowed} />
      <Charts
        schema={known.schema}
        row={row}
        charting={{ loader, buffer, windowed, names, owner: name, system: { id, name, state: row?.state ?? 'pending' } }}
      />
    </div>
  );
}
