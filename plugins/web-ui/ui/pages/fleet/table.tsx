/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table proper. On a narrow screen each row becomes a card, so the roles are written out: a table
 * that is laid out as something else is none to a screen reader otherwise. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../../controls/icon';
import type { SystemRow } from '../../schema';
import { Row } from './row';
import type { ColumnId, Order } from './order';

interface Column {
  id: ColumnId;
  title: string;
  end?: boolean;
}

export const COLUMNS: readonly Column[] = [
  { id: 'name', title: 'System' },
  { id: 'state', title: 'State' },
  { id: 'cpu', title: 'CPU' },
  { id: 'memory', title: 'Memory' },
  { id: 'disk', title: 'Disk' },
  { id: 'load', title: 'Load' },
  { id: 'network', title: 'Network' },
  { id: 'uptime', title: 'Uptime', end: true },
  { id: 'agent', title: 'Agent', end: true },
];

/* Rows drawn at first, and added each time the end comes into sight. */
const BATCH = 100;

function Header({ column, order, onSort }: { column: Column; order: Order; onSort: () => void }) {
  const active = order.column === column.id;
  const direction = order.descending ? 'descending' : 'ascending';
  return (
    <th
      role="columnheader"
      scope="col"
      class={column.end === true ? 'end' : ''}
      data-column={column.id}
      aria-sort={active ? direction : 'none'}
    >
      <button type="button" onClick={onSort}>
        {column.title}
        {active && <Icon name={direction} />}
      </button>
    </th>
  );
}

export function Table(props: {
  rows: readonly SystemRow[];
  order: Order;
  onSort: (column: ColumnId) => void;
}) {
  const [shown, setShown] = useState(BATCH);
  const end = useRef<HTMLDivElement>(null);
  const more = shown < props.rows.length;
  useEffect(() => {
    const mark = end.current;
    if (mark === null || !more) {
      return;
    }
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) {
          setShown((count) => count + BATCH);
        }
      },
      { rootMargin: '800px' },
    );
    observer.observe(mark);
    return () => observer.disconnect();
  }, [more, shown]);
  return (
    <div class="table-place">
      <table role="table" class="fleet-table">
        <thead role="rowgroup">
          <tr role="row">
            {COLUMNS.map((column) => (
              <Header
                key={column.id}
                column={column}
                order={props.order}
                onSort={() => props.onSort(column.id)}
              />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {props.rows.slice(0, shown).map((row) => (
            <Row key={row.id} row={row} />
          ))}
        </tbody>
      </table>
      {more && <div ref={end} class="end-mark" />}
    </div>
  );
}
