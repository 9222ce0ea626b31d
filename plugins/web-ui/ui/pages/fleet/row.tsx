/* SPDX-License-Identifier: LGPL-2.1-or-later */

import { Component } from 'preact';
import { Icon } from '../../controls/icon';
import { Meter } from '../../controls/meter';
import { StateBadge } from '../../controls/state';
import { formatDuration, formatValue, MISSING } from '../../format';
import { systemPath } from '../../router';
import type { SystemRow } from '../../schema';

function Load({ row }: { row: SystemRow }) {
  const loads = [row.values['load.one'], row.values['load.five'], row.values['load.fifteen']];
  if (loads.every((load) => load === undefined)) {
    return <>{MISSING}</>;
  }
  return (
    <span class="loads" title="Over 1, 5 and 15 minutes">
      {loads.map((load, index) => (
        <span key={index}>{formatValue(load, 'load')}</span>
      ))}
    </span>
  );
}

function Network({ row }: { row: SystemRow }) {
  const received = row.values['network.received'];
  const sent = row.values['network.sent'];
  if (received === undefined && sent === undefined) {
    return <>{MISSING}</>;
  }
  return (
    <span class="rates">
      <span title="Received">
        <Icon name="received" />
        <span class="unseen">Received </span>
        {formatValue(received, 'bytes/s')}
      </span>
      <span title="Sent">
        <Icon name="sent" />
        <span class="unseen">Sent </span>
        {formatValue(sent, 'bytes/s')}
      </span>
    </span>
  );
}

/* The hub replaces the whole row when something in it changed, so a row that is the same object need
 * not be drawn again. */
export class Row extends Component<{ row: SystemRow }> {
  override shouldComponentUpdate(next: { row: SystemRow }): boolean {
    return next.row !== this.props.row;
  }

  render({ row }: { row: SystemRow }) {
    const stale = row.state !== 'up';
    const uptime = row.values['system.uptime'];
    const host = row.hostname !== undefined && row.hostname !== row.name ? row.hostname : '';
    return (
      <tr role="row" class={stale ? 'stale' : ''} data-system={row.id} data-state={row.state}>
        <td role="cell" class="name">
          <a href={systemPath(row.id)}>
            <bdi>{row.name}</bdi>
          </a>
          {host !== '' && (
            <span class="soft host">
              <bdi>{host}</bdi>
            </span>
          )}
        </td>
        <td role="cell" class="condition">
          <StateBadge state={row.state} />
        </td>
        <td role="cell" data-column="cpu" data-label="CPU">
          <Meter value={row.values['cpu.usage']} label="CPU" stale={stale} />
        </td>
        <td role="cell" data-column="memory" data-label="Memory">
          <Meter value={row.values['memory.usage']} label="Memory" stale={stale} />
        </td>
        <td role="cell" data-column="disk" data-label="Disk">
          <Meter value={row.values['filesystem.usage']} label="Disk" stale={stale} />
        </td>
        <td role="cell" data-column="load" data-label="Load">
          <Load row={row} />
        </td>
        <td role="cell" data-column="network" data-label="Network">
          <Network row={row} />
        </td>
        <td role="cell" class="end" data-column="uptime" data-label="Uptime">
          {uptime === undefined ? MISSING : formatDuration(Math.round(uptime))}
        </td>
        <td role="cell" class="end" data-column="agent" data-label="Agent">
          {row.agent_version === undefined || row.agent_version === '' ? MISSING : row.agent_version}
        </td>
      </tr>
    );
  }
}
