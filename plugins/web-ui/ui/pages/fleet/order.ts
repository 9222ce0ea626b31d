/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which rows the fleet table shows, and in which order. Pure. */

import { STATE_ORDER } from '../../controls/state';
import type { SystemRow, SystemState } from '../../schema';

export type ColumnId =
  | 'state'
  | 'name'
  | 'cpu'
  | 'memory'
  | 'disk'
  | 'load'
  | 'network'
  | 'uptime'
  | 'agent';

export interface Order {
  column: ColumnId;
  descending: boolean;
}

export const NUMERIC: ReadonlySet<ColumnId> = new Set([
  'cpu',
  'memory',
  'disk',
  'load',
  'network',
  'uptime',
]);

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

export function networkOf(row: SystemRow): number | undefined {
  const received = row.values['network.received'];
  const sent = row.values['network.sent'];
  return received === undefined && sent === undefined ? undefined : (received ?? 0) + (sent ?? 0);
}

function keyOf(row: SystemRow, column: ColumnId): number | string | undefined {
  switch (column) {
    case 'state': {
      const place = STATE_ORDER.indexOf(row.state);
      return place < 0 ? STATE_ORDER.length : place;
    }
    case 'name':
      return row.name;
    case 'cpu':
      return row.values['cpu.usage'];
    case 'memory':
      return row.values['memory.usage'];
    case 'disk':
      return row.values['filesystem.usage'];
    case 'load':
      return row.values['load.one'];
    case 'network':
      return networkOf(row);
    case 'uptime':
      return row.values['system.uptime'];
    case 'agent':
      return row.agent_version === '' ? undefined : row.agent_version;
  }
}

function compareKeys(a: number | string, b: number | string): number {
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : collator.compare(String(a), String(b));
}

/* Rows without the value come last in either direction; equal ones go by name. */
export function sortRows(rows: readonly SystemRow[], order: Order): SystemRow[] {
  const sign = order.descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const left = keyOf(a, order.column);
    const right = keyOf(b, order.column);
    if (left === undefined || right === undefined) {
      if (left !== right) {
        return left === undefined ? 1 : -1;
      }
    } else {
      const found = compareKeys(left, right) * sign;
      if (found !== 0) {
        return found;
      }
    }
    return collator.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
  });
}

/* The same header again turns the order; a new one starts with the largest number or the letter A. */
export function nextOrder(order: Order, column: ColumnId): Order {
  return order.column === column
    ? { column, descending: !order.descending }
    : { column, descending: NUMERIC.has(column) };
}

/* Every word must be in the name, host name, address, version or state. */
export function filterRows(
  rows: readonly SystemRow[],
  text: string,
  state: SystemState | null,
): SystemRow[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return rows.filter((row) => {
    if (state !== null && row.state !== state) {
      return false;
    }
    const parts = [row.name, row.hostname, row.remote, row.agent_version, row.state];
    const hay = parts.join('\n').toLowerCase();
    return words.every((word) => hay.includes(word));
  });
}

export function countStates(rows: readonly SystemRow[]): Map<SystemState, number> {
  const counts = new Map<SystemState, number>();
  for (const row of rows) {
    counts.set(row.state, (counts.get(row.state) ?? 0) + 1);
  }
  return counts;
}
