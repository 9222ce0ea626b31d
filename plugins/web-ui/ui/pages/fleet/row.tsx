/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One system in the list: as a row of cells, or as a card. */

import { Component } from 'preact';
import { Icon } from '../../controls/icon';
import { Meter } from '../../controls/meter';
import { Spark } from '../../controls/spark';
import type { SparkValues } from '../../controls/spark';
import { StateBadge } from '../../controls/state';
import { SystemMenu } from '../../controls/system-menu';
import { formatDuration, formatValue, MISSING } from '../../format';
import { t, tn } from '../../i18n';
import { systemPath } from '../../router';
import type { SystemRow } from '../../schema';
import { ChooseBox } from './choose';
import type { Column } from './columns';
import { labelWord } from './filter';

/* Labels beyond these are counted only; the title has them all. */
const MOST_LABELS = 3;

export interface RowProps {
  row: SystemRow | undefined;
  index: number;
  top: number;
  left: string;
  columns: readonly Column[];
  grid: string;
  sparks: ReadonlyMap<string, SparkValues>;
  /* To be compared; as many are as can be. */
  chosen: boolean;
  full: boolean;
  /* Changes when something else did that a row shows: settings, language. */
  version: unknown;
  onLabel: (word: string) => void;
  onPoint: () => void;
}

function isStale(row: SystemRow): boolean {
  return row.state !== 'up' && row.state !== 'suspect';
}

function Labels({ row, onLabel }: { row: SystemRow; onLabel: (word: string) => void }) {
  const labels = Object.entries(row.labels ?? {});
  if (labels.length === 0) {
    return null;
  }
  const text = ([key, value]: [string, string]): string => (value === '' ? key : `${key}=${value}`);
  return (
    <span class="labels" title={labels.map(text).join('\n')}>
      {labels.slice(0, MOST_LABELS).map(([key, value]) => (
        <button
          key={key}
          type="button"
          class="chip"
          aria-label={t('Filter by {label}', { label: text([key, value]) })}
          onClick={() => onLabel(labelWord(key, value))}
        >
          <bdi>{value === '' ? key : value}</bdi>
        </button>
      ))}
      {labels.length > MOST_LABELS && <span class="soft">+{labels.length - MOST_LABELS}</span>}
    </span>
  );
}

function Name({ row, onLabel, onPoint }: { row: SystemRow; onLabel: (word: string) => void; onPoint: () => void }) {
  const host = row.hostname !== undefined && row.hostname !== row.name ? row.hostname : '';
  return (
    <>
      <a href={systemPath(row.id)} title={row.name} onPointerEnter={onPoint}>
        <bdi>{row.name}</bdi>
      </a>
      <span class="second">
        {host !== '' && <bdi class="host">{host}</bdi>}
        <Labels row={row} onLabel={onLabel} />
      </span>
    </>
  );
}

/* The hub replaces the whole row when something in it changed, so a row that is the same object need
 * not be drawn again. */
abstract class Memo extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const { props } = this;
    return (
      next.row !== props.row ||
      next.top !== props.top ||
      next.left !== props.left ||
      next.grid !== props.grid ||
      next.sparks !== props.sparks ||
      next.chosen !== props.chosen ||
      next.full !== props.full ||
      next.version !== props.version ||
      next.index !== props.index
    );
  }
}

export class TableRow extends Memo {
  render({ row, index, top, columns, grid, sparks, chosen, full, onLabel, onPoint }: RowProps) {
    const place = { transform: `translateY(${top}px)`, gridTemplateColumns: grid };
    if (row === undefined) {
      return (
        <div role="row" class="row waiting" aria-rowindex={index + 2} style={place}>
          <div role="cell" class="choose-cell" />
          <div role="cell" class="name">
            <span class="ghost" />
            <span class="unseen">{t('Being asked for')}</span>
          </div>
        </div>
      );
    }
    const stale = isStale(row);
    return (
      <div
        role="row"
        class={`row ${stale ? 'stale' : ''} ${chosen ? 'picked' : ''}`}
        aria-rowindex={index + 2}
        data-index={index}
        data-system={row.id}
        data-state={row.state}
        style={place}
      >
        <div role="cell" class="choose-cell">
          <ChooseBox row={row} on={chosen} full={full} />
        </div>
        <div role="cell" class="name">
          <Name row={row} onLabel={onLabel} onPoint={onPoint} />
        </div>
        {columns.map((column) => (
          <div role="cell" key={column.id} class={column.end === true ? 'end' : ''} data-column={column.id}>
            {column.cell({ row, stale, sparks })}
          </div>
        ))}
        <div role="cell" class="menu-cell">
          <SystemMenu id={row.id} row={row} />
        </div>
      </div>
    );
  }
}

export class Card extends Memo {
  render({ row, index, top, left, grid, sparks, chosen, full, onLabel, onPoint }: RowProps) {
    const place = { transform: `translate(${left}, ${top}px)`, width: grid };
    if (row === undefined) {
      return (
        <div role="listitem" class="system-card card waiting" style={place}>
          <span class="ghost" />
          <span class="unseen">{t('Being asked for')}</span>
        </div>
      );
    }
    const stale = isStale(row);
    const { values } = row;
    const meters = [
      { title: t('CPU'), value: values['cpu.usage'], spark: sparks.get('cpu.usage') },
      { title: t('Memory'), value: values['memory.usage'], spark: sparks.get('memory.usage') },
      { title: t('Disk'), value: values['filesystem.fullest'] ?? values['filesystem.usage'], spark: undefined },
    ];
    const uptime = values['system.uptime'];
    const failed = values['services.failed'] ?? 0;
    return (
      <div
        role="listitem"
        class={`system-card card ${stale ? 'stale' : ''} ${chosen ? 'picked' : ''}`}
        data-index={index}
        data-system={row.id}
        data-state={row.state}
        style={place}
      >
        <div class="card-head">
          <ChooseBox row={row} on={chosen} full={full} />
          <div class="name">
            <Name row={row} onLabel={onLabel} onPoint={onPoint} />
          </div>
          <StateBadge state={row.state} />
          <SystemMenu id={row.id} row={row} />
        </div>
        <div class="card-meters">
          {meters.map((meter) => (
            <div key={meter.title} data-column={meter.title}>
              <span class="soft">{meter.title}</span>
              <Meter value={meter.value} label={meter.title} stale={stale}>
                {meter.spark !== undefined && <Spark series={[meter.spark]} top={1} />}
              </Meter>
            </div>
          ))}
        </div>
        <ul class="card-foot">
          <li title={t('Received')}>
            <Icon name="received" label={t('Received')} />
            {formatValue(values['network.received'], 'bytes/s')}
          </li>
          <li title={t('Sent')}>
            <Icon name="sent" label={t('Sent')} />
            {formatValue(values['network.sent'], 'bytes/s')}
          </li>
          <li title={t('Load')}>
            <Icon name="agent" label={t('Load')} />
            {formatValue(values['load.one'], 'load')}
          </li>
          {failed > 0 ? (
            <li class="failed">
              <Icon name="alarm" />
              {tn('{count} failed', '{count} failed', failed)}
            </li>
          ) : (
            <li title={t('Uptime')}>
              <Icon name="clock" label={t('Uptime')} />
              {uptime === undefined ? MISSING : formatDuration(Math.round(uptime))}
            </li>
          )}
        </ul>
      </div>
    );
  }
}
