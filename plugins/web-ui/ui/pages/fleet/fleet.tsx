/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first page: every system that the hub knows. */

import { useEffect, useMemo, useState } from 'preact/hooks';
import { Command } from '../../controls/command';
import { Icon } from '../../controls/icon';
import { lookOf, STATE_ORDER } from '../../controls/state';
import { live } from '../../live';
import { useHeading } from '../../page';
import type { SystemRow, SystemState } from '../../schema';
import { useStore } from '../../store';
import { countStates, filterRows, nextOrder, sortRows } from './order';
import type { ColumnId, Order } from './order';
import { COLUMNS, Table } from './table';

/* Kept while the tab lives, so that coming back from a system finds the table as it was. */
let lastOrder: Order = { column: 'name', descending: false };
let lastFilter = '';

function Empty() {
  return (
    <div class="card notice">
      <Icon name="server" />
      <h2>No systems yet</h2>
      <p>On the machine where the hub runs, type</p>
      <Command text="reevectl systems add NAME" />
      <p>
        It prints a ready command for the machine that you want to see here. Its row appears by
        itself as soon as the agent has come.
      </p>
    </div>
  );
}

function Loading() {
  return (
    <div class="card ghost-rows" role="status">
      <span class="unseen">Asking the hub</span>
      {[0, 1, 2, 3].map((row) => (
        <div key={row} class="ghost" />
      ))}
    </div>
  );
}

function Counts(props: {
  rows: readonly SystemRow[];
  state: SystemState | null;
  onState: (state: SystemState | null) => void;
}) {
  const counts = countStates(props.rows);
  return (
    <div class="counts" role="group" aria-label="Show only systems in a state">
      <button type="button" aria-pressed={props.state === null} onClick={() => props.onState(null)}>
        All <b>{props.rows.length}</b>
      </button>
      {STATE_ORDER.filter((state) => counts.has(state) || state === props.state).map((state) => (
        <button
          key={state}
          type="button"
          class={lookOf(state).tone}
          aria-pressed={props.state === state}
          onClick={() => props.onState(props.state === state ? null : state)}
        >
          <Icon name={lookOf(state).icon} />
          {lookOf(state).word} <b>{counts.get(state) ?? 0}</b>
        </button>
      ))}
    </div>
  );
}

/* The order for narrow screens, where there are no headers to press. */
function OrderBox({ order, onOrder }: { order: Order; onOrder: (order: Order) => void }) {
  return (
    <div class="order-box">
      <label>
        <span class="unseen">Sort by</span>
        <select
          class="field"
          value={order.column}
          onChange={(event) => {
            const column = event.currentTarget.value as ColumnId;
            onOrder(nextOrder({ column: 'name', descending: false }, column));
          }}
        >
          {COLUMNS.map((column) => (
            <option key={column.id} value={column.id}>
              {column.title}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        class="button quiet"
        title="Turn the order"
        onClick={() => onOrder({ ...order, descending: !order.descending })}
      >
        <Icon name={order.descending ? 'descending' : 'ascending'} />
        <span class="unseen">Turn the order</span>
      </button>
    </div>
  );
}

export function Fleet() {
  const fleet = useStore(live.systems);
  const [order, setOrder] = useState(lastOrder);
  const [filter, setFilter] = useState(lastFilter);
  const [state, setState] = useState<SystemState | null>(null);
  const heading = useHeading('Systems');
  useEffect(() => {
    live.watch(null);
  }, []);
  useEffect(() => {
    lastOrder = order;
    lastFilter = filter;
  }, [order, filter]);
  const rows = useMemo(() => [...(fleet?.values() ?? [])], [fleet]);
  const shown = useMemo(
    () => sortRows(filterRows(rows, filter, state), order),
    [rows, filter, state, order],
  );
  const clear = (): void => {
    setFilter('');
    setState(null);
  };
  return (
    <div class="fleet">
      <div class="head">
        <h1 ref={heading} tabIndex={-1}>
          Systems
        </h1>
        {rows.length > 0 && <Counts rows={rows} state={state} onState={setState} />}
        {rows.length > 0 && (
          <label class="filter">
            <Icon name="search" />
            <span class="unseen">Filter systems</span>
            <input
              class="field"
              type="search"
              placeholder="Filter systems"
              value={filter}
              onInput={(event) => setFilter(event.currentTarget.value)}
            />
          </label>
        )}
        {rows.length > 0 && <OrderBox order={order} onOrder={setOrder} />}
      </div>
      {fleet === null && <Loading />}
      {fleet !== null && rows.length === 0 && <Empty />}
      {rows.length > 0 && shown.length === 0 && (
        <div class="card notice">
          <Icon name="search" />
          <h2>Nothing matches</h2>
          <button type="button" class="button quiet" onClick={clear}>
            Show all systems
          </button>
        </div>
      )}
      {shown.length > 0 && (
        <Table
          rows={shown}
          order={order}
          onSort={(column) => setOrder(nextOrder(order, column))}
        />
      )}
    </div>
  );
}
