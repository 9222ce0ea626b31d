/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The systems as a table or as cards, of which only those in sight are drawn. */

import { useEffect, useMemo, useRef } from 'preact/hooks';
import { chosen, MOST_COMPARED } from '../../compared';
import { Icon } from '../../controls/icon';
import { language, locale, t, tn } from '../../i18n';
import { live } from '../../live';
import { writeWhole } from '../../numbers';
import type { SystemRow } from '../../schema';
import { settings } from '../../settings';
import { useStore } from '../../store';
import { gridOf, noRoom, pickColumns } from './columns';
import type { Column } from './columns';
import { Card, TableRow } from './row';
import { MOST_PRINTED, printedCount, printing, usePrinting } from './print';
import type { Rows } from './rows';
import { sparksOf, useSparks } from './sparks';
import { useWindow } from './window';
import type { Window } from './window';

export interface Sort {
  key: string;
  descending: boolean;
}

const ROW_REM = 3.5;
const CARD_REM = 11.25;
const CARD_LEAST_REM = 20.5;
const CARD_GAP_REM = 0.75;
/* Of rows that are drawn: more are drawn only for paper. */
const MOST_FOLLOWED = 100;

interface ListProps {
  rows: Rows;
  sort: Sort;
  /* Values of which any row was seen to have one. */
  seen: ReadonlySet<string>;
  cards: boolean;
  onSort: (column: Column | null) => void;
  onLabel: (word: string) => void;
  onPoint: () => void;
}

function Header(props: { column: Column | null; sort: Sort; onSort: () => void }) {
  const { column, sort } = props;
  const active = sort.key === (column?.sort ?? 'name');
  const direction = sort.descending ? 'descending' : 'ascending';
  return (
    <div
      role="columnheader"
      class={column?.end === true ? 'end' : column === null ? 'name' : ''}
      data-column={column?.id ?? 'name'}
      aria-sort={active ? direction : 'none'}
    >
      <button type="button" onClick={props.onSort}>
        {column === null ? t('System') : t(column.title)}
        {active && <Icon name={direction} />}
      </button>
    </div>
  );
}

/* Has what is in sight fetched, followed and pictured; not what only goes by. */
function useInSight(rows: Rows, first: number, last: number, fast: boolean): unknown {
  useEffect(() => {
    if (!fast) {
      rows.want(first, last);
    }
  }, [rows, first, last, fast]);
  const version = useStore(rows.changed);
  const ids = useMemo(() => {
    const found: string[] = [];
    for (let index = first; !fast && index <= last; index += 1) {
      const row = rows.row(index);
      if (row !== undefined && found.length < MOST_FOLLOWED) {
        found.push(row.id);
      }
    }
    return found;
  }, [rows, first, last, fast, version]);
  const key = ids.join();
  useEffect(() => live.watchRows(ids), [key]);
  const open = useStore(live.link).state === 'open';
  return useStore(useSparks(ids, open));
}

function range(first: number, last: number, total: number): number[] {
  const end = Math.min(last, total - 1);
  return Array.from({ length: Math.max(0, end - first + 1) }, (_, at) => first + at);
}

interface ShownProps extends ListProps {
  shown: Window;
  total: number;
  version: unknown;
  /* Whether a line is worth its drawing now. */
  isDrawn: (line: number) => boolean;
}

function TableList(props: ShownProps) {
  const { rows, shown, total, isDrawn } = props;
  const wanted = useStore(settings).columns;
  const compared = useStore(chosen);
  const room = shown.width / shown.rem - 5.75;
  const { shown: columns, dropped } = pickColumns(wanted, props.seen, room);
  useEffect(() => noRoom.set(dropped), [dropped.join()]);
  useEffect(() => () => noRoom.set([]), []);
  const grid = gridOf(columns, room);
  const line = ROW_REM * shown.rem;
  useInSight(rows, shown.first, Math.min(shown.last, total - 1), shown.fast);
  return (
    <div role="table" class="fleet-table" aria-label={t('Systems')} aria-rowcount={total + 1}>
      <div role="rowgroup" class="table-head">
        <div role="row" aria-rowindex={1} style={{ gridTemplateColumns: grid }}>
          <div role="columnheader">
            <span class="unseen">{t('Choose to compare')}</span>
          </div>
          <Header column={null} sort={props.sort} onSort={() => props.onSort(null)} />
          {columns.map((column) => (
            <Header key={column.id} column={column} sort={props.sort} onSort={() => props.onSort(column)} />
          ))}
          <div role="columnheader">
            <span class="unseen">{t('Actions')}</span>
          </div>
        </div>
      </div>
      <div role="rowgroup" class="table-body" style={{ height: `${total * line}px` }}>
        {range(shown.first, shown.last, total).map((index) => {
          const row: SystemRow | undefined = isDrawn(index) ? rows.row(index) : undefined;
          return (
            <TableRow
              key={row?.id ?? index}
              row={row}
              index={index}
              top={index * line}
              left=""
              columns={columns}
              grid={grid}
              sparks={sparksOf(row?.id ?? '')}
              chosen={compared.has(row?.id ?? '')}
              full={compared.size >= MOST_COMPARED}
              version={props.version}
              onLabel={props.onLabel}
              onPoint={props.onPoint}
            />
          );
        })}
      </div>
    </div>
  );
}

function CardList(props: ShownProps) {
  const { rows, shown, total, isDrawn } = props;
  const gap = CARD_GAP_REM * shown.rem;
  const compared = useStore(chosen);
  const per = Math.max(1, Math.floor((shown.width + gap) / (CARD_LEAST_REM * shown.rem + gap)));
  const width = (shown.width - gap * (per - 1)) / per;
  const line = CARD_REM * shown.rem;
  const first = shown.first * per;
  const last = Math.min((shown.last + 1) * per - 1, total - 1);
  useInSight(rows, first, last, shown.fast);
  return (
    <div
      role="list"
      class="card-list"
      aria-label={t('Systems')}
      style={{ height: `${Math.ceil(total / per) * line}px` }}
    >
      {range(first, last, total).map((index) => {
        const row: SystemRow | undefined = isDrawn(Math.floor(index / per)) ? rows.row(index) : undefined;
        return (
          <Card
            key={row?.id ?? index}
            row={row}
            index={index}
            top={Math.floor(index / per) * line}
            left={`${(index % per) * (width + gap)}px`}
            columns={[]}
            grid={`${width}px`}
            sparks={sparksOf(row?.id ?? '')}
            chosen={compared.has(row?.id ?? '')}
            full={compared.size >= MOST_COMPARED}
            version={props.version}
            onLabel={props.onLabel}
            onPoint={props.onPoint}
          />
        );
      })}
    </div>
  );
}

/* On paper: how many of how many. */
function PrintNote({ rows, total }: { rows: Rows; total: number }) {
  const count = printedCount(rows);
  const numbers = { count: writeWhole(count, locale()), total: writeWhole(total, locale()) };
  let text = tn('{count} system', '{count} systems', total);
  if (count < Math.min(total, MOST_PRINTED)) {
    text = t('{count} of {total} systems: the others were not asked for yet. Print with Ctrl-P to have them.', numbers);
  } else if (count < total) {
    text = t('The first {count} of {total} systems, which is the most that is printed. Filter the list to have others.', numbers);
  }
  return <p class="print-note">{text}</p>;
}

export function List(props: ListProps) {
  const place = useRef<HTMLDivElement>(null);
  const wanted = useStore(settings);
  const tag = useStore(language);
  const { cards } = props;
  const choosing = useStore(chosen).size > 0;
  const paper = useStore(printing);
  usePrinting(props.rows);
  const seen = useWindow(place, cards ? CARD_REM : ROW_REM);
  const shown = paper ? { ...seen, first: 0, last: MOST_PRINTED - 1, fast: false } : seen;
  const version = useMemo(() => ({}), [wanted, tag]);
  const total = props.rows.total ?? 0;
  /* What was drawn before it went by too fast, and is still there, stays. */
  const drawn = useRef(shown);
  if (!shown.fast) {
    drawn.current = shown;
  }
  const isDrawn = (line: number): boolean => line >= drawn.current.first && line <= drawn.current.last;
  const more = { ...props, shown, total, version, isDrawn };
  return (
    <div ref={place} class={`list-place ${cards ? 'cards' : 'table-place'} ${props.rows.waiting ? 'outdated' : ''} ${choosing ? 'choosing' : ''}`}>
      {/* nothing before its place is measured: all would be drawn twice */}
      {shown.width > 0 && (cards ? <CardList {...more} /> : <TableList {...more} />)}
      {paper && <PrintNote rows={props.rows} total={total} />}
    </div>
  );
}
