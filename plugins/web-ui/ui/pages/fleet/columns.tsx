/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The columns of the fleet's table: what each is called, sorted by and shows. */

import type { ComponentChildren } from 'preact';
import { hubNow } from '../../api';
import { Icon } from '../../controls/icon';
import { Meter, ToneSign } from '../../controls/meter';
import { Spark } from '../../controls/spark';
import type { SparkValues } from '../../controls/spark';
import { StateBadge } from '../../controls/state';
import { formatAgo, formatDuration, formatValue, MISSING } from '../../format';
import { mark, t, tn } from '../../i18n';
import type { RowValue, SystemRow } from '../../schema';
import { Store, useTick } from '../../store';

export interface CellContext {
  row: SystemRow;
  /* What is shown is the last that was known. */
  stale: boolean;
  sparks: ReadonlyMap<string, SparkValues>;
}

export interface Column {
  id: string;
  title: string;
  /* What the hub sorts by, and whether the largest comes first. */
  sort: string;
  descends: boolean;
  /* Least width in rem, and share of what is left. */
  least: number;
  share: number;
  end?: boolean;
  /* Shown by itself when the viewer has chosen no columns: always, or as soon as any row has it. */
  usual: boolean | RowValue;
  cell: (context: CellContext) => ComponentChildren;
}

function share(id: string, title: string, key: RowValue, more: Partial<Column> & { spark?: boolean; inverse?: boolean } = {}): Column {
  const { spark, inverse, ...rest } = more;
  return {
    id,
    title,
    sort: key,
    descends: inverse !== true,
    least: spark === true ? 8 : 6.5,
    share: 1,
    usual: true,
    cell: ({ row, stale, sparks }) => (
      <Meter value={row.values[key]} label={t(title)} stale={stale} inverse={inverse === true}>
        {spark === true && sparks.has(key) && <Spark series={[sparks.get(key)]} top={1} />}
      </Meter>
    ),
    ...rest,
  };
}

function Loads({ row }: CellContext) {
  const loads = [row.values['load.one'], row.values['load.five'], row.values['load.fifteen']];
  if (loads.every((load) => load === undefined)) {
    return <>{MISSING}</>;
  }
  return (
    <span class="loads" title={t('Over 1, 5 and 15 minutes')}>
      {loads.map((load, index) => (
        <span key={index}>{formatValue(load, 'load')}</span>
      ))}
    </span>
  );
}

function Rates({ row, sparks }: CellContext) {
  const received = row.values['network.received'];
  const sent = row.values['network.sent'];
  if (received === undefined && sent === undefined) {
    return <>{MISSING}</>;
  }
  return (
    <span class="rates">
      <span title={t('Received')}>
        <Icon name="received" label={t('Received')} />
        {formatValue(received, 'bytes/s')}
      </span>
      <span title={t('Sent')}>
        <Icon name="sent" label={t('Sent')} />
        {formatValue(sent, 'bytes/s')}
      </span>
      {sparks.has('network.received') && (
        <Spark series={[sparks.get('network.received'), sparks.get('network.sent')]} />
      )}
    </span>
  );
}

function Services({ row }: CellContext) {
  const total = row.values['services.total'];
  const failed = row.values['services.failed'] ?? 0;
  if (total === undefined) {
    return <>{MISSING}</>;
  }
  return (
    <span class={`pair ${failed > 0 ? 'bad' : ''}`}>
      <span>{formatValue(total, 'count')}</span>
      {failed > 0 && (
        <span class="failed">
          <ToneSign tone="bad" />
          {tn('{count} failed', '{count} failed', failed)}
        </span>
      )}
    </span>
  );
}

function Containers({ row }: CellContext) {
  const total = row.values['container.total'];
  if (total === undefined) {
    return <>{MISSING}</>;
  }
  return (
    <span title={t('Running, of all')}>
      {formatValue(row.values['container.running'] ?? 0, 'count')}
      <span class="soft"> / {formatValue(total, 'count')}</span>
    </span>
  );
}

/* How long it has been so, where that is not well. */
function Condition({ row }: { row: SystemRow }) {
  useTick(10_000);
  const short = row.state === 'up' || row.state === 'pending';
  return (
    <span class="condition">
      <StateBadge state={row.state} />
      {!short && <span class="soft">{formatDuration(Math.max(0, Math.round(hubNow() - row.since)))}</span>}
    </span>
  );
}

/* By which way the link came, and for how long it has stood. */
function Link({ row }: CellContext) {
  if (row.linked === undefined) {
    return <>{MISSING}</>;
  }
  return (
    <span class="link-cell">
      <span>{row.transport === undefined || row.transport === '' ? t('Link') : row.transport}</span>
      <span class="soft">{formatDuration(Math.max(0, Math.round(hubNow() - row.linked)))}</span>
    </span>
  );
}

function valueCell(key: RowValue, unit: string) {
  return ({ row }: CellContext): ComponentChildren => formatValue(row.values[key], unit);
}

export const COLUMNS: readonly Column[] = [
  {
    id: 'state', title: mark('State'), sort: 'state', descends: false, least: 7.75, share: 0, usual: true,
    cell: ({ row }) => <Condition row={row} />,
  },
  share('cpu', mark('CPU'), 'cpu.usage', { spark: true }),
  share('memory', mark('Memory'), 'memory.usage', { spark: true }),
  share('disk', mark('Disk'), 'filesystem.fullest'),
  {
    id: 'load', title: mark('Load'), sort: 'load.one', descends: true, least: 9, share: 0.2, usual: true,
    cell: (context) => <Loads {...context} />,
  },
  {
    id: 'network', title: mark('Network'), sort: 'network.received', descends: true, least: 10, share: 0.4,
    usual: true, cell: (context) => <Rates {...context} />,
  },
  {
    id: 'temperature', title: mark('Temperature'), sort: 'system.temperature', descends: true, least: 6.75,
    share: 0, end: true, usual: 'system.temperature', cell: valueCell('system.temperature', 'celsius'),
  },
  share('gpu', mark('GPU'), 'system.gpu', { usual: 'system.gpu' }),
  share('battery', mark('Battery'), 'battery.charge', { usual: 'battery.charge', inverse: true }),
  {
    id: 'services', title: mark('Services'), sort: 'services.failed', descends: true, least: 6.5, share: 0.2,
    usual: 'services.total', cell: (context) => <Services {...context} />,
  },
  {
    id: 'containers', title: mark('Containers'), sort: 'container.running', descends: true, least: 6.5,
    share: 0, usual: 'container.total', cell: (context) => <Containers {...context} />,
  },
  {
    id: 'uptime', title: mark('Uptime'), sort: 'system.uptime', descends: true, least: 6.5, share: 0,
    end: true, usual: true,
    cell: ({ row }) => {
      const uptime = row.values['system.uptime'];
      return uptime === undefined ? MISSING : formatDuration(Math.round(uptime));
    },
  },
  {
    id: 'agent', title: mark('Agent'), sort: 'agent_version', descends: false, least: 5, share: 0, end: true,
    usual: true,
    cell: ({ row }) => (
      <bdi class="cut">{row.agent_version === undefined || row.agent_version === '' ? MISSING : row.agent_version}</bdi>
    ),
  },
  {
    id: 'link', title: mark('Link'), sort: 'linked', descends: false, least: 7.5, share: 0, usual: false,
    cell: (context) => <Link {...context} />,
  },
  {
    id: 'busiest', title: mark('Disk busy'), sort: 'disk.busiest', descends: true, least: 6.5, share: 1,
    usual: false,
    cell: ({ row, stale }) => <Meter value={row.values['disk.busiest']} label={t('Disk busy')} stale={stale} />,
  },
  {
    id: 'last', title: mark('Last heard'), sort: 'last', descends: true, least: 7, share: 0, end: true,
    usual: false,
    cell: ({ row }) => (row.last === undefined ? MISSING : formatAgo(Math.max(0, hubNow() - row.last))),
  },
  {
    id: 'since', title: mark('In this state'), sort: 'since', descends: false, least: 7, share: 0, end: true,
    usual: false,
    cell: ({ row }) => formatDuration(Math.max(0, Math.round(hubNow() - row.since))),
  },
  {
    id: 'address', title: mark('Address'), sort: 'remote', descends: false, least: 8, share: 0.4, usual: false,
    cell: ({ row }) => <bdi class="cut">{row.remote === undefined || row.remote === '' ? MISSING : row.remote}</bdi>,
  },
];

/* In the order in which they give way when there is no room, unless the viewer chose them. */
const GIVE_WAY = ['agent', 'uptime', 'temperature', 'containers', 'services', 'load', 'battery', 'gpu', 'network', 'disk', 'memory', 'cpu'];

export const NAME_LEAST = 13;

/* Columns that the viewer chose are rather cut than left out, down to this share of their width. */
const SQUEEZE = 0.78;

/* The columns that the table would have if there were room, by id. */
export const noRoom = new Store<readonly string[]>([]);

/* The columns beside the name: those chosen, in their order, or the usual ones of which there is any
 * value; as many as `room` (rem) holds. Those that are dropped are named. */
export function pickColumns(
  chosen: readonly string[],
  seen: ReadonlySet<string>,
  room: number,
): { shown: Column[]; dropped: string[] } {
  const known = chosen
    .map((id) => COLUMNS.find((column) => column.id === id))
    .filter((column) => column !== undefined);
  const wanted =
    known.length > 0
      ? known
      : COLUMNS.filter((column) => column.usual === true || (column.usual !== false && seen.has(column.usual)));
  const shown = [...wanted];
  const width = (): number => shown.reduce((sum, column) => sum + column.least, NAME_LEAST);
  const fits = (): boolean => width() * (known.length > 0 ? SQUEEZE : 1) <= room;
  while (shown.length > 1 && !fits()) {
    const victim = known.length > 0 ? undefined : GIVE_WAY.find((id) => shown.some((column) => column.id === id));
    const at = victim === undefined ? shown.length - 1 : shown.findIndex((column) => column.id === victim);
    shown.splice(at, 1);
  }
  return { shown, dropped: wanted.filter((column) => !shown.includes(column)).map((column) => column.id) };
}

/* The tracks of a row that is `room` rem wide. */
export function gridOf(columns: readonly Column[], room: number): string {
  const wanted = columns.reduce((sum, column) => sum + column.least, NAME_LEAST);
  const scale = Math.min(1, room / wanted);
  const rem = (size: number): string => `${Number((size * scale).toFixed(3))}rem`;
  const tracks = columns.map((column) =>
    column.share === 0 ? rem(column.least) : `minmax(${rem(column.least)}, ${column.share}fr)`,
  );
  return `1.75rem minmax(${rem(NAME_LEAST)}, 2fr) ${tracks.join(' ')} 2.75rem`;
}
