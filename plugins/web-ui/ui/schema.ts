/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the hub answers, as types. The hub's schema says which kinds and metrics exist; nothing in
 * the page names one, apart from the few standard values that a fleet row carries. */

export type SystemState = 'pending' | 'up' | 'suspect' | 'down' | 'paused' | 'unconfirmed';

export type Severity = 'ok' | 'warning' | 'critical' | 'unknown';

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

export interface MetricState {
  value: number;
  name: string;
  severity: Severity;
}

export interface Metric {
  name: string;
  title: string;
  unit: Unit;
  type: 'number' | 'counter' | 'state' | 'text';
  aggregation: 'average' | 'maximum' | 'last' | 'none';
  chart: 'line' | 'area' | 'stack' | 'none';
  /* Upper bound of the value where there is one: 1 for a ratio. */
  range: number | null;
  text: string | null;
  states?: MetricState[];
}

export interface Kind {
  name: string;
  title: string;
  text: string | null;
  instanced: boolean;
  metrics: Metric[];
}

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

export interface SystemRow {
  id: string;
  name: string;
  state: SystemState;
  since: number;
  last: number | null;
  hostname?: string;
  agent_version?: string;
  transport?: string;
  remote?: string;
  /* Since when there is a link; absent while there is none. */
  linked?: number;
  /* A word has an empty value. */
  labels?: Record<string, string>;
  values: Partial<Record<RowValue, number>>;
}

/* How many systems are in which state. */
export type StateCounts = Partial<Record<SystemState, number>>;

/* A page of the list: `total` match, and `states` counts what matches whatever its state. */
export interface SystemList {
  systems: SystemRow[];
  total: number;
  states: StateCounts;
}

export interface Trends {
  from: number;
  to: number;
  step: number;
  trends: { system: string; metric: string; values: (number | null)[] }[];
}

export type Facts = Record<string, string | number | null>;

export interface SystemAnswer {
  system: SystemRow;
  facts: Facts;
  note?: string;
}

export interface HistorySeries {
  kind: string;
  instance: string;
  metric: string;
  values: (number | null)[];
  /* Least and greatest value in each step, where a step is longer than a sample. */
  least?: (number | null)[];
  most?: (number | null)[];
}

export interface History {
  from: number;
  to: number;
  step: number;
  times: number[];
  series: HistorySeries[];
}

export interface LiveSample {
  system: string;
  time: number;
  series: { kind: string; instance: string; metric: string; value: number | null }[];
}

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
