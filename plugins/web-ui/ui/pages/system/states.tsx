/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Metrics that are one of a few states, from the schema: what is not well, each with sign and word,
 * and how many others are. One that nobody can judge ("unknown") is not listed. */

import { Icon } from '../../controls/icon';
import type { IconName } from '../../controls/icon';
import { joinTitle } from '../../charts';
import type { Schema, Severity } from '../../schema';
import { seriesKey } from '../../schema';

const LOOKS: Record<Severity, { icon: IconName; tone: string }> = {
  ok: { icon: 'up', tone: 'good' },
  warning: { icon: 'suspect', tone: 'warn' },
  critical: { icon: 'down', tone: 'bad' },
  unknown: { icon: 'unknown', tone: 'rest' },
};

export interface StateGroup {
  title: string;
  well: number;
  others: { label: string; word: string; severity: Severity }[];
}

export function stateGroups(schema: Schema, present: ReadonlyMap<string, number>): StateGroup[] {
  const groups: StateGroup[] = [];
  for (const kind of schema.kinds) {
    for (const metric of kind.metrics) {
      const states = metric.states ?? [];
      /* States without a judgement are facts, not something to watch. */
      if (metric.type !== 'state' || !states.some((state) => state.severity !== 'ok')) {
        continue;
      }
      const group: StateGroup = { title: kind.instanced ? kind.title : joinTitle(kind, metric.title), well: 0, others: [] };
      for (const [key, value] of present) {
        const [name, instance = ''] = key.split('\0');
        if (name !== kind.name || key !== seriesKey(kind.name, instance, metric.name)) {
          continue;
        }
        const state = states.find((one) => one.value === value);
        if (state === undefined || state.severity === 'unknown') {
          continue;
        }
        if (state.severity === 'ok') {
          group.well += 1;
        } else {
          const label = instance === '' ? kind.title : instance;
          group.others.push({ label, word: state.name, severity: state.severity });
        }
      }
      if (group.others.length > 0 || (kind.instanced && group.well > 0)) {
        groups.push(group);
      }
    }
  }
  return groups;
}

export function States({ groups }: { groups: readonly StateGroup[] }) {
  if (groups.length === 0) {
    return null;
  }
  return (
    <section class="card states">
      {groups.map((group) => (
        <div key={group.title}>
          <h2>{group.title}</h2>
          <ul>
            {group.others.map((other) => (
              <li key={other.label}>
                <span class={`state ${LOOKS[other.severity].tone}`}>
                  <Icon name={LOOKS[other.severity].icon} />
                  {other.word}
                </span>
                <bdi>{other.label}</bdi>
              </li>
            ))}
            {group.well > 0 && (
              <li>
                <span class="state good">
                  <Icon name="up" />
                  {group.well} fine
                </span>
              </li>
            )}
          </ul>
        </div>
      ))}
    </section>
  );
}
