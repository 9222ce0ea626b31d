/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the hub answers, by the types of its OpenAPI document. The hub's schema says which kinds and
 * metrics exist; nothing in the page names one, apart from the few standard values that a fleet row
 * carries. */

import type { components, operations } from './openapi';

type Described = components['schemas'];
type Answer<Name extends keyof operations> = operations[Name] extends {
  responses: { 200: { content: { 'application/json': infer Body } } };
}
  ? Body
  : never;

export type SystemState = Described['System']['state'];

export type Severity = Described['MetricState']['severity'];

/* Known units have a formatter; a unit that this page does not know is shown as a plain number. */
export type Unit =
  | 'ratio'
  | 'bytes'
  | 'bytes/s'
  | 'seconds'
  | 'celsius'
  | 'rpm'
  | 'watts'
  | 'load'
  | 'count'
  | 'per-second'
  | 'none'
  | (string & {});

export type MetricState = Described['MetricState'];

export type Metric = Omit<Described['Metric'], 'unit'> & { unit: Unit };

export type Kind = Omit<Described['Kind'], 'metrics'> & { metrics: Metric[] };

export interface Schema {
  kinds: Kind[];
}

/* Values of a fleet row by "kind.metric"; one that is not known is absent. */
export type RowValue =
  | 'cpu.usage'
  | 'memory.usage'
  | 'filesystem.usage'
  | 'filesystem.fullest'
  | 'disk.busiest'
  | 'network.received'
  | 'network.sent'
  | 'load.one'
  | 'load.five'
  | 'load.fifteen'
  | 'system.temperature'
  | 'system.gpu'
  | 'battery.charge'
  | 'services.total'
  | 'services.failed'
  | 'container.total'
  | 'container.running'
  | 'system.uptime';

export type SystemRow = Omit<Described['System'], 'values'> & {
  values: Partial<Record<RowValue, number>>;
};

/* How many systems are in which state. */
export type StateCounts = Described['States'];

/* A page of the list: `total` match, and `states` counts what matches whatever its state. */
export type SystemList = Omit<Answer<'ListSystems'>, 'systems'> & { systems: SystemRow[] };

export type Trends = Answer<'GetTrends'>;

export type Facts = Described['Facts'];

export type SystemAnswer = Omit<Answer<'GetSystem'>, 'system'> & { system: SystemRow };

export type History = Answer<'GetHistory'>;

export type LiveSample = Described['LiveSample'];

/* Columns over one time axis: what history and the live buffer both turn into. */
export interface Columns {
  times: number[];
  values: Map<string, (number | null)[]>;
  least?: Map<string, (number | null)[]>;
  most?: Map<string, (number | null)[]>;
}

/* Key of a column. A NUL cannot stand in a name, so the parts cannot run into one another. */
export function seriesKey(kind: string, instance: string, metric: string): string {
  return `${kind}\0${instance}\0${metric}`;
}
