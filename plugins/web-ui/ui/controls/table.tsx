/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A table that is filtered by words and sorted by a click on a head. */

import { useState } from 'preact/hooks';
import { matchesWords } from '../charts';
import { t, tn } from '../i18n';
import { locale } from '../i18n';
import type { TableColumn, TableProps } from '../module-types';
import { Icon } from './icon';

/* So many rows at once; more when asked for. */
const STEP = 100;

interface Order {
  column: string;
  down: boolean;
}

function compare(a: string | number | null, b: string | number | null, down: boolean): number {
  /* What has no value comes last, in both directions. */
  if (a === null || b === null) {
    return a === b ? 0 : a === null ? 1 : -1;
  }
  const order =
    typeof a === 'number' && typeof b === 'number'
      ? a - b
      : String(a).localeCompare(String(b), locale(), { numeric: true, sensitivity: 'base' });
  return down ? -order : order;
}

export function sortRows<Row>(rows: readonly Row[], column: TableColumn<Row> | undefined, down: boolean): Row[] {
  return column === undefined ? [...rows] : [...rows].sort((a, b) => compare(column.value(a), column.value(b), down));
}

function Cell<Row>({ row, column }: { row: Row; column: TableColumn<Row> }) {
  if (column.cell !== undefined) {
    return <>{column.cell(row)}</>;
  }
  const value = column.value(row);
  return <bdi>{value === null ? '\u2013' : value}</bdi>;
}

export function Table<Row>(props: TableProps<Row>) {
  const { columns, rowKey, onOpen } = props;
  const first = props.sort ?? columns[0]?.id ?? '';
  const [order, setOrder] = useState<Order>({ column: first.replace(/^-/, ''), down: first.startsWith('-') });
  const [filter, setFilter] = useState('');
  const [most, setMost] = useState(STEP);
  const text = (row: Row): string => columns.map((column) => column.value(row) ?? '').join(' ');
  const matching = filter.trim() === '' ? props.rows : props.rows.filter((row) => matchesWords(text(row), filter.trim()));
  const sorted = sortRows(matching, columns.find((column) => column.id === order.column), order.down);
  const turn = (column: TableColumn<Row>): void => {
    const again = order.column === column.id;
    setOrder({ column: column.id, down: again ? !order.down : column.numeric === true });
  };
  const [head, ...others] = columns;
  return (
    <div class="data-table">
      <div class="data-table-tools">
        <input
          class="field"
          type="search"
          placeholder={t('Filter')}
          aria-label={t('Filter the table of {kind}', { kind: props.label })}
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
        <span class="soft" role="status">
          {matching.length === props.rows.length
            ? tn('one row', '{count} rows', matching.length)
            : t('{count} of {total}', { count: matching.length, total: props.rows.length })}
        </span>
      </div>
      <div class="data-table-scroll" tabIndex={0} role="region" aria-label={props.label}>
        <table aria-label={props.label}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th
                  key={column.id}
                  class={`${column.numeric === true ? 'numeric' : ''} ${column.minor === true ? 'minor' : ''}`}
                  aria-sort={order.column !== column.id ? 'none' : order.down ? 'descending' : 'ascending'}
                >
                  <button type="button" onClick={() => turn(column)}>
                    {column.title}
                    {order.column === column.id && <Icon name={order.down ? 'descending' : 'ascending'} />}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, most).map((row) => (
              <tr key={rowKey(row)} data-row={rowKey(row)}>
                {head !== undefined && (
                  <th scope="row">
                    {onOpen === undefined ? (
                      <Cell row={row} column={head} />
                    ) : (
                      <button type="button" class="open-row" onClick={() => onOpen(row)}>
                        <Cell row={row} column={head} />
                      </button>
                    )}
                  </th>
                )}
                {others.map((column) => (
                  <td key={column.id} class={`${column.numeric === true ? 'numeric' : ''} ${column.minor === true ? 'minor' : ''}`}>
                    <Cell row={row} column={column} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {sorted.length > most && (
        <button type="button" class="button quiet" onClick={() => setMost(most + 5 * STEP)}>
          {tn('Show one more', 'Show {count} more', Math.min(5 * STEP, sorted.length - most))}
        </button>
      )}
    </div>
  );
}
