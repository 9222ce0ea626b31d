/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is known of a machine besides measurements, as a list of words with their signs. */

import { hubNow } from '../../api';
import { Icon } from '../../controls/icon';
import type { IconName } from '../../controls/icon';
import { formatAgo, formatDuration, formatValue } from '../../format';
import { t, tn } from '../../i18n';
import type { Facts, SystemRow } from '../../schema';

interface Fact {
  key: string;
  icon: IconName;
  title: string;
  text: string;
}

function textOf(value: string | number | null | undefined): string {
  return value === null || value === undefined ? '' : String(value).trim();
}

function countOf(value: string | number | null | undefined): number {
  return typeof value === 'number' && value > 0 ? value : 0;
}

function processorOf(facts: Facts): string {
  const cores = countOf(facts['cores']);
  const threads = countOf(facts['threads']);
  const parts = [
    textOf(facts['cpu-model']),
    cores === 0 ? '' : tn('one core', '{count} cores', cores),
    threads === 0 || threads === cores ? '' : tn('one thread', '{count} threads', threads),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/* How and since when the agent is linked, or when it was last heard. */
function linkOf(row: SystemRow): string {
  const parts = [textOf(row.transport), textOf(row.remote)].filter((part) => part !== '');
  if (row.linked !== undefined && row.linked !== null) {
    parts.push(t('for {time}', { time: formatDuration(Math.max(0, Math.round(hubNow() - row.linked))) }));
  } else if (row.last !== null && row.last !== undefined) {
    parts.push(t('heard {ago}', { ago: formatAgo(hubNow() - row.last) }));
  }
  return parts.join(' · ');
}

export function factsOf(row: SystemRow, facts: Facts): Fact[] {
  const uptime = row.values['system.uptime'];
  const memory = facts['memory'];
  const kernel = [textOf(facts['kernel']), textOf(facts['arch'])].filter((part) => part !== '');
  const list: Fact[] = [
    { key: 'host', icon: 'globe', title: t('Host name'), text: textOf(facts['hostname'] ?? row.hostname) },
    { key: 'os', icon: 'server', title: t('Operating system'), text: textOf(facts['os-name']) },
    { key: 'kernel', icon: 'kernel', title: t('Kernel'), text: kernel.join(' · ') },
    { key: 'cpu', icon: 'chip', title: t('Processor'), text: processorOf(facts) },
    {
      key: 'memory',
      icon: 'memory',
      title: t('Memory'),
      text: typeof memory === 'number' ? formatValue(memory, 'bytes') : textOf(memory),
    },
    {
      key: 'uptime',
      icon: 'clock',
      title: t('Uptime'),
      text: uptime === undefined ? '' : formatDuration(Math.round(uptime)),
    },
    { key: 'agent', icon: 'agent', title: t('Agent'), text: textOf(row.agent_version) },
    { key: 'link', icon: 'link', title: t('Link'), text: linkOf(row) },
  ];
  return list.filter((fact) => fact.text !== '');
}

export function FactStrip({ row, facts }: { row: SystemRow; facts: Facts }) {
  return (
    <dl class="facts" tabIndex={0}>
      {factsOf(row, facts).map((fact) => (
        <div key={fact.key} data-fact={fact.key}>
          <dt>
            <Icon name={fact.icon} />
            {fact.title}
          </dt>
          <dd>
            <bdi>{fact.text}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}
