/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first page: every system that the hub knows. What is filtered and how it is sorted stands in the
 * address; the rows are kept while the tab lives, so that coming back finds the list as it was. */

import { useEffect, useMemo, useRef } from 'preact/hooks';
import { ApiError, listSystems } from '../../api';
import { home } from '../../base';
import { choose } from '../../compared';
import { Icon } from '../../controls/icon';
import { t } from '../../i18n';
import { live } from '../../live';
import { openDialog } from '../../overlays';
import { useHeading } from '../../page';
import { navigate, route } from '../../router';
import type { SystemRow } from '../../schema';
import { session } from '../../session';
import { settings } from '../../settings';
import { useMedia, useStore } from '../../store';
import { ChosenBar } from './choose';
import { COLUMNS } from './columns';
import type { Column } from './columns';
import { Empty, Loading, NothingMatches, Problem } from './empty';
import { joinFilter, parseFilter, sortKeys, toggle } from './filter';
import type { Filter } from './filter';
import { useRowKeys } from './keys';
import { List } from './list';
import type { Sort } from './list';
import { Rows } from './rows';
import { forgetSparks } from './sparks';
import { Counts, Toolbar } from './toolbar';

/* Where values are sorted by, the order is looked up again after this time. */
const RESORT = 10_000;
/* Changes of the fleet that come one upon another are one. */
const CALM = 700;
const RETRY = 5000;

const rows = new Rows(listSystems);
const seen = new Set<string>();

session.follow((now) => {
  if (now.state !== 'open') {
    rows.reset();
    forgetSparks();
    seen.clear();
  }
});

/* What stands in the address need not be of ours. */
function parseSort(text: string): Sort {
  const descending = text.startsWith('-');
  const key = descending ? text.slice(1) : text;
  return key !== 'name' && !COLUMNS.some((column) => column.sort === key) ? { key: 'name', descending: false } : { key, descending };
}

function textOf({ key, descending }: Sort): string {
  return key === 'name' && !descending ? '' : `${descending ? '-' : ''}${key}`;
}

function addressOf(filter: Filter, sort: Sort): string {
  const words = new URLSearchParams();
  const joined = joinFilter(filter);
  if (joined !== '') {
    words.set('filter', joined);
  }
  if (textOf(sort) !== '') {
    words.set('sort', textOf(sort));
  }
  const query = words.toString();
  return home + (query === '' ? '' : `?${query}`);
}

function noteSeen(list: readonly SystemRow[]): void {
  for (const row of list) {
    for (const { usual } of COLUMNS) {
      if (typeof usual === 'string' && row.values[usual] !== undefined) {
        seen.add(usual);
      }
    }
  }
}

/* The hub answered, and will answer the same again. */
function isRefusal(problem: unknown): problem is ApiError {
  return problem instanceof ApiError && problem.status >= 400 && problem.status < 500;
}

/* Keeps the rows in step with the hub: values as they change, the list when systems come and go. */
function useFollowing(byValue: boolean): void {
  /* Of what was asked for before this began, the list may have changed. */
  const since = useMemo(() => performance.now(), []);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let revision = live.counts.value?.revision ?? null;
    let wasAway = false;
    const soon = (after = CALM): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        rows.refresh();
      }, after);
    };
    const ends = [
      live.onRows((list) => rows.merge(list)),
      live.onRemoved((id) => {
        choose(id, '', false);
        soon(0);
      }),
      live.counts.follow((counts) => {
        if (revision !== null && counts !== null && counts.revision !== revision) {
          soon();
        }
        revision = counts?.revision ?? revision;
      }),
      live.link.follow((link) => {
        if (link.state === 'open' && wasAway) {
          soon(0);
        }
        wasAway = link.state === 'away' || link.state === 'resting' || (wasAway && link.state !== 'open');
      }),
      rows.changed.follow(() => rows.problem !== null && !isRefusal(rows.problem) && soon(RETRY)),
    ];
    rows.refresh(since);
    return () => {
      clearTimeout(timer);
      ends.forEach((end) => end());
      live.watchRows([]);
    };
  }, []);
  useEffect(() => {
    if (!byValue) {
      return;
    }
    const timer = setInterval(() => !document.hidden && rows.refresh(), RESORT);
    return () => clearInterval(timer);
  }, [byValue]);
}

export function Fleet({ onPoint }: { onPoint: () => void }) {
  const query = new URLSearchParams(useStore(route).query);
  const { problemsFirst, layout } = useStore(settings);
  const narrow = useMedia('(max-width: 52rem)');
  const cards = layout === 'cards' || (layout === 'auto' && narrow);
  const filter = parseFilter(query.get('filter') ?? '');
  const sort = parseSort(query.get('sort') ?? '');
  const asked = { filter: joinFilter(filter), sort: sortKeys(textOf(sort), problemsFirst) };
  useFollowing(sort.key !== 'name');
  rows.setQuery(asked);
  useStore(rows.changed);
  const place = useRef<HTMLDivElement>(null);
  useRowKeys(place, rows, cards);
  const heading = useHeading(t('Systems'));
  useEffect(() => live.watch([]), []);
  for (let index = 0; index < Math.min(rows.total ?? 0, 100); index += 1) {
    const row = rows.row(index);
    noteSeen(row === undefined ? [] : [row]);
  }

  const go = (nextFilter: Filter, nextSort: Sort, replace = false): void =>
    navigate(addressOf(nextFilter, nextSort), { replace, scroll: false });
  const press = (column: Column | null): void => {
    const key = column?.sort ?? 'name';
    go(filter, sort.key === key
      ? { key, descending: !sort.descending }
      : { key, descending: column?.descends === true });
  };
  const { total, problem } = rows;
  const refused = isRefusal(problem) ? problem : null;
  const clear = (): void => go({ states: [], labels: [], text: '' }, refused === null ? sort : parseSort(''));
  const empty = total === 0 && asked.filter === '' && !rows.waiting;
  return (
    <div class="fleet" ref={place}>
      <div class="head">
        <h1 ref={heading} tabIndex={-1}>
          {t('Systems')}
        </h1>
        {total !== null && !empty && (
          <Counts
            states={rows.states}
            chosen={filter.states}
            onChosen={(states) => go({ ...filter, states }, sort)}
          />
        )}
        {!empty && (
          <button type="button" class="button add" onClick={() => openDialog('add')}>
            <Icon name="add" />
            {t('Add a system')}
          </button>
        )}
      </div>
      {total !== null && !empty && (
        <Toolbar
          filter={filter}
          sort={sort}
          cards={cards}
          onFilter={(next, replace) => go(next, sort, replace)}
          onSort={(next) => go(filter, next)}
        />
      )}
      {refused !== null && <Problem text={refused.message} onClear={clear} />}
      {refused === null && total === null && <Loading />}
      {refused === null && empty && <Empty />}
      {refused === null && total === 0 && !empty && <NothingMatches onClear={clear} />}
      {refused === null && total !== null && total > 0 && (
        <List
          rows={rows}
          sort={sort}
          seen={seen}
          cards={cards}
          onSort={press}
          onLabel={(label) => go({ ...filter, labels: toggle(filter.labels, label) }, sort)}
          onPoint={onPoint}
        />
      )}
      <ChosenBar />
    </div>
  );
}
