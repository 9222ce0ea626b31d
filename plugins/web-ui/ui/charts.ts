/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which charts a system's page has: derived from the schema alone, so that a kind which a plugin
 * adds is drawn without a line here. A kind without instances gives one chart for each group of
 * metrics that can share an axis; a kind with instances one chart a metric, with a line (or, if the
 * metric is stacked, a layer) for each instance. */

import type { Columns, Kind, Metric, Schema, Unit } from './schema';
import { seriesKey } from './schema';

export interface ChartPlan {
  id: string;
  kind: string;
  title: string;
  text: string;
  unit: Unit;
  /* Upper bound of the axis; null where there is none. */
  range: number | null;
  style: 'line' | 'area' | 'stack';
  instanced: boolean;
  metrics: Metric[];
  /* Where in the row of series colours the chart starts: each kind has its own. */
  hue: number;
}

export interface Line {
  key: string;
  label: string;
}

/* What a chart of several metrics is called by their unit. */
const GROUP_WORDS: Record<string, string> = {
  ratio: 'share',
  bytes: 'size',
  'bytes/s': 'throughput',
  seconds: 'time',
  celsius: 'temperature',
  rpm: 'speed',
  watts: 'power',
  load: 'load',
  count: 'count',
};

function drawable(metric: Metric): boolean {
  return metric.chart !== 'none' && (metric.type === 'number' || metric.type === 'counter');
}

function widest(metrics: readonly Metric[]): number | null {
  let range: number | null = null;
  for (const metric of metrics) {
    if (metric.range === null || !(metric.range > 0)) {
      return null;
    }
    range = Math.max(range ?? metric.range, metric.range);
  }
  return range;
}

function styleOf(metrics: readonly Metric[]): ChartPlan['style'] {
  if (metrics.some((metric) => metric.chart === 'stack')) {
    return 'stack';
  }
  return metrics.some((metric) => metric.chart === 'area') ? 'area' : 'line';
}

/* Metrics that share an axis: the same unit, and all stacked or none. */
function groupMetrics(metrics: readonly Metric[]): Metric[][] {
  const groups = new Map<string, Metric[]>();
  for (const metric of metrics) {
    const key = `${metric.unit}/${metric.chart === 'stack'}`;
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, [metric]);
    } else {
      group.push(metric);
    }
  }
  return [...groups.values()];
}

function groupTitle(kind: Kind, group: readonly Metric[], groups: number): string {
  const [first] = group;
  if (first !== undefined && group.length === 1) {
    return joinTitle(kind, first.title);
  }
  if (first === undefined || groups === 1) {
    return kind.title;
  }
  const word = first.chart === 'stack' ? 'breakdown' : GROUP_WORDS[first.unit];
  return word === undefined ? kind.title : joinTitle(kind, word);
}

/* A title within a title: "Usage" becomes "usage", but an acronym or a name keeps its letters. */
function lowerFirst(word: string): string {
  const plain = /^\p{Lu}\p{Ll}*(?=\s|$|[-/])/u.test(word);
  return plain ? word.charAt(0).toLowerCase() + word.slice(1) : word;
}

/* "CPU" and "Usage" are "CPU usage"; "Load" and "Load" stay "Load". */
export function joinTitle(kind: Kind, word: string): string {
  if (word.toLowerCase() === kind.title.toLowerCase()) {
    return kind.title;
  }
  return `${kind.title} ${lowerFirst(word)}`;
}

/* The title of a kind with instances is a plural: "Filesystems: read", "CPU cores". */
function instancesTitle(kind: Kind, group: readonly Metric[], groups: number): string {
  const [metric] = group;
  if (metric === undefined || groups === 1) {
    return kind.title;
  }
  return `${kind.title}: ${lowerFirst(metric.title)}`;
}

function plansOfKind(kind: Kind): ChartPlan[] {
  const metrics = kind.metrics.filter(drawable);
  const groups = kind.instanced ? metrics.map((metric) => [metric]) : groupMetrics(metrics);
  return groups.map((group) => {
    const [first] = group;
    return {
      id: `${kind.name}.${group.map((metric) => metric.name).join('+')}`,
      kind: kind.name,
      title: kind.instanced
        ? instancesTitle(kind, group, groups.length)
        : groupTitle(kind, group, groups.length),
      text: group.length === 1 && first !== undefined && first.text ? first.text : (kind.text ?? ''),
      unit: first?.unit ?? 'none',
      range: widest(group),
      style: styleOf(group),
      instanced: kind.instanced,
      metrics: group,
      hue: 0,
    };
  });
}

export function planCharts(schema: Schema): ChartPlan[] {
  const kinds = schema.kinds.map(plansOfKind).filter((plans) => plans.length > 0);
  kinds.forEach((plans, index) => {
    for (const plan of plans) {
      plan.hue = index;
    }
  });
  return kinds.flat();
}

const natural = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/* The lines of a chart: those that have at least one value in any of the given columns. */
export function planLines(plan: ChartPlan, sources: readonly Columns[]): Line[] {
  const hasData = (key: string): boolean =>
    sources.some((source) => source.values.get(key)?.some((value) => value !== null) === true);
  if (!plan.instanced) {
    return plan.metrics
      .map((metric) => ({ key: seriesKey(plan.kind, '', metric.name), label: metric.title }))
      .filter((line) => hasData(line.key));
  }
  const instances = new Set<string>();
  const [metric] = plan.metrics;
  for (const source of sources) {
    for (const key of source.values.keys()) {
      const [kind, instance, name] = key.split('\0');
      if (kind === plan.kind && name === metric?.name && instance !== undefined) {
        instances.add(instance);
      }
    }
  }
  return [...instances]
    .sort(natural.compare)
    .map((instance) => ({
      key: seriesKey(plan.kind, instance, metric?.name ?? ''),
      label: instance === '' ? plan.title : instance,
    }))
    .filter((line) => hasData(line.key));
}

/* Sums the columns from the first on, for a stacked chart. Where all are missing there is a gap. */
export function stackColumns(columns: readonly (number | null)[][]): (number | null)[][] {
  const length = columns[0]?.length ?? 0;
  const sums = columns.map(() => new Array<number | null>(length).fill(null));
  for (let row = 0; row < length; row += 1) {
    if (columns.every((column) => column[row] === null || column[row] === undefined)) {
      continue;
    }
    let sum = 0;
    columns.forEach((column, index) => {
      sum += column[row] ?? 0;
      const target = sums[index];
      if (target !== undefined) {
        target[row] = sum;
      }
    });
  }
  return sums;
}

/* Indices of values with a gap on both sides: a line cannot show them, so they get a dot. */
export function lonePoints(column: readonly (number | null | undefined)[]): number[] {
  const lone: number[] = [];
  column.forEach((value, index) => {
    const missing = (at: number): boolean => column[at] === null || column[at] === undefined;
    if (!(value === null || value === undefined) && missing(index - 1) && missing(index + 1)) {
      lone.push(index);
    }
  });
  return lone;
}
