/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is known of a machine besides measurements, as a strip of signs with words. */

import { Icon } from '../../controls/icon';
import type { IconName } from '../../controls/icon';
import { formatDuration, formatValue } from '../../format';
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

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function processorOf(facts: Facts): string {
  const counts: string[] = [];
  for (const [key, word] of [['cores', 'core'], ['threads', 'thread']] as const) {
    const count = facts[key];
    if (typeof count === 'number' && count > 0) {
      counts.push(plural(count, word));
    }
  }
  const model = textOf(facts['cpu-model']);
  if (counts.length === 0) {
    return model;
  }
  return model === '' ? counts.join(', ') : `${model} (${counts.join(', ')})`;
}

export function factsOf(row: SystemRow, facts: Facts): Fact[] {
  const uptime = row.values['system.uptime'];
  const memory = facts['memory'];
  const version = textOf(row.agent_version);
  const over = textOf(row.transport);
  const kernel = [textOf(facts['kernel']), textOf(facts['arch'])].filter((part) => part !== '');
  const list: Fact[] = [
    { key: 'host', icon: 'globe', title: 'Host name', text: textOf(facts['hostname'] ?? row.hostname) },
    { key: 'os', icon: 'server', title: 'Operating system', text: textOf(facts['os-name']) },
    { key: 'kernel', icon: 'kernel', title: 'Kernel', text: kernel.join(' · ') },
    { key: 'cpu', icon: 'chip', title: 'Processor', text: processorOf(facts) },
    {
      key: 'memory',
      icon: 'memory',
      title: 'Memory',
      text: typeof memory === 'number' ? formatValue(memory, 'bytes') : textOf(memory),
    },
    {
      key: 'uptime',
      icon: 'clock',
      title: 'Up since its start for',
      text: uptime === undefined ? '' : formatDuration(Math.round(uptime)),
    },
    {
      key: 'agent',
      icon: 'agent',
      title: over === '' ? 'Agent' : `Agent, linked over ${over}`,
      text: version === '' ? '' : `agent ${version}`,
    },
  ];
  return list.filter((fact) => fact.text !== '');
}

export function FactStrip({ row, facts }: { row: SystemRow; facts: Facts }) {
  return (
    <ul class="facts">
      {factsOf(row, facts).map((fact) => (
        <li key={fact.key} title={fact.title} data-fact={fact.key}>
          <Icon name={fact.icon} />
          <span class="unseen">{fact.title}: </span>
          <bdi>{fact.text}</bdi>
        </li>
      ))}
    </ul>
  );
}
