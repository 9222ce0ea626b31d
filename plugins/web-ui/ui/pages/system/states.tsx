/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Metrics that are one of a few states, from the schema: what is not well, the worst first, each with
 * sign and word, and how many others are. One that nobody can judge ("unknown") is not listed. */

import { Icon } from '../../controls/icon';
import type { IconName } from '../../controls/icon';
import { joinTitle, lowerFirst } from '../../charts';
import { t, tn } from '../../i18n';
import type { Schema, Severity } from '../../schema';
import { seriesKey } from '../../schema';
import type { Names } from './charts';

const LOOKS: Record<Severity, { icon: IconName; tone: string }> = {
  ok: { icon: 'up', tone: 'good' },
  warning: { icon: 'suspect', tone: 'warn' },
  critical: { icon: 'down', tone: 'bad' },
  unknown: { icon: 'unknown', tone: 'rest' },
};

export interface StateGroup {
  kind: string;
  title: string;
  well: number;
  others: { label: string; word: string; severity: Severity }[];
}

export function stateGroups(
  schema: Schema,
  present: ReadonlyMap<string, number>,
  names: Names,
): StateGroup[] {
  const groups: StateGroup[] = [];
  for (const kind of schema.kinds) {
    for (const metric of kind.metrics) {
      const states = metric.states ?? [];
      /* States without a judgement are facts, not something to watch. */
      if (metric.type !== 'state' || !states.some((state) => state.severity !== 'ok')) {
        continue;
      }
      const several = kind.metrics.filter((one) => one.type === 'state' && one.states?.some((state) => state.severity !== 'ok'));
      const title = kind.instanced
        ? several.length > 1 && several[0] !== metric
          ? `${kind.title}: ${lowerFirst(metric.title)}`
          : kind.title
        : joinTitle(kind, metric.title);
      const group: StateGroup = { kind: kind.name, title, well: 0, others: [] };
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
          const label = names.get(kind.name)?.get(instance) ?? (instance === '' ? kind.title : instance);
          group.others.push({ label, word: state.name, severity: state.severity });
        }
      }
      /* A service that failed has failed in all its states: once is enough. */
      const said = groups.some(
        (other) => other.kind === kind.name && other.others.length === group.others.length &&
          other.others.every((one, index) => one.label === group.others[index]?.label),
      );
      if (!said && (group.others.length > 0 || (kind.instanced && group.well > 0))) {
        groups.push(group);
      }
    }
  }
  return groups;
}

/* More than this of one kind are counted, not named. */
const MOST_NAMED = 12;

function worstFirst(group: StateGroup): StateGroup['others'] {
  const critical = group.others.filter((one) => one.severity === 'critical');
  return [...critical, ...group.others.filter((one) => one.severity !== 'critical')];
}

export function States({ groups }: { groups: readonly StateGroup[] }) {
  if (groups.length === 0) {
    return null;
  }
  return (
    <section class="card states" aria-label={t('States')}>
      {groups.map((group) => (
        <div key={group.title}>
          <h2>{group.title}</h2>
          <ul>
            {worstFirst(group).slice(0, MOST_NAMED).map((other) => (
              <li key={other.label} data-severity={other.severity}>
                <span class={`state ${LOOKS[other.severity].tone}`}>
                  <Icon name={LOOKS[other.severity].icon} />
                  {t(other.word)}
                </span>
                <bdi>{other.label}</bdi>
              </li>
            ))}
            {group.others.length > MOST_NAMED && (
              <li>{tn('one more', '{count} more', group.others.length - MOST_NAMED)}</li>
            )}
            {group.well > 0 && (
              <li>
                <span class="state good">
                  <Icon name="up" />
                  {tn('one fine', '{count} fine', group.well)}
                </span>
              </li>
            )}
          </ul>
        </div>
      ))}
    </section>
  );
}
