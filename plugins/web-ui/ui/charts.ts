/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which charts a system's page has: derived from the schema alone, so that a kind which a plugin
 * adds is drawn without a line here. A kind without instances gives one chart for each group of
 * metrics that can share an axis; a kind with instances one chart a metric, with a line (or, if the
 * metric is stacked, a layer) for each instance. */

import { language, mark, t } from './i18n';
import type { Columns, Kind, Metric, Schema, Unit } from './schema';
import { seriesKey } from './schema';

export interface ChartPlan {
  id: string;
  kind: string;
  title: string;
  /* Its title below that of its kind. */
  short: string;
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
  ratio: mark('share'),
  bytes: mark('size'),
  'bytes/s': mark('throughput'),
  seconds: mark('time'),
  celsius: mark('temperature'),
  rpm: mark('speed'),
  watts: mark('power'),
  load: mark('load'),
  count: mark('count'),
};

export function drawable(metric: Metric): boolean {
  return metric.chart !== 'none' && (metric.type === 'number' || metric.type === 'counter');
}

function widest(metrics: readonly Metric[]): number | null {
  let range: number | null = null;
  for (const metric of metrics) {
    if (metric.range === undefined || !(metric.range > 0)) {
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
  const word = first.chart === 'stack' ? mark('breakdown') : GROUP_WORDS[first.unit];
  return word === undefined ? kind.title : joinTitle(kind, t(word));
}

/* A title within a title: "Usage" becomes "usage", but an acronym or a name keeps its letters. */
export function lowerFirst(word: string): string {
  /* In German nouns are never small. */
  if (language.value === 'de') {
    return word;
  }
  const plain = /^\p{Lu}\p{Ll}*(?=\s|$|[-/])/u.test(word);
  return plain ? word.charAt(0).toLowerCase() + word.slice(1) : word;
}

/* "CPU" and "Usage" are "CPU usage"; "Load" and "Load" stay "Load". */
export function joinTitle(kind: Kind, word: string): string {
  if (word.toLowerCase() === kind.title.toLowerCase()) {
    return kind.title;
  }
  return t('{kind} {metric}', { kind: kind.title, metric: lowerFirst(word) });
}

/* The title of a kind with instances is a plural: "Filesystems: read", "CPU cores". */
export function instancesTitle(kind: Kind, group: readonly Metric[], groups: number): string {
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
      short: first !== undefined && kind.instanced ? first.title : kind.title,
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

/* Of one chart of a kind with instances: which there are, and how large each is in the window. */
export interface Candidate {
  key: string;
  label: string;
  size: number;
}

/* More lines than this are for those who ask for all. */
export const TOP = 10;
/* So many lines at most are drawn at all. */
export const MOST_LINES = 600;

const OTHERS = '\0others';

/* The series of kinds with instances by "KIND\0METRIC", with the mean of each: made once for all the
 * charts that choose from it. */
export type Catalogue = ReadonlyMap<string, readonly { key: string; instance: string; size: number }[]>;

export function catalogueOf(source: Columns): Catalogue {
  const found = new Map<string, { key: string; instance: string; size: number }[]>();
  for (const [key, column] of source.values) {
    let sum = 0;
    let count = 0;
    for (const value of column) {
      if (value !== null) {
        sum += value;
        count += 1;
      }
    }
    if (count === 0) {
      continue;
    }
    const [kind = '', instance = '', metric = ''] = key.split('\0');
    const place = `${kind}\0${metric}`;
    const list = found.get(place) ?? [];
    list.push({ key, instance, size: sum / count });
    found.set(place, list);
  }
  return found;
}

/* Whether there is anything but zeros. */
export function isQuiet(plan: ChartPlan, catalogue: Catalogue): boolean {
  const series = catalogue.get(`${plan.kind}\0${plan.metrics[0]?.name ?? ''}`) ?? [];
  return series.every((one) => one.size === 0);
}

export function seriesIn(plan: ChartPlan, catalogue: Catalogue): number {
  return catalogue.get(`${plan.kind}\0${plan.metrics[0]?.name ?? ''}`)?.length ?? 0;
}

/* `names`: what instances are called, where they have a name beside their key. */
export function candidatesOf(
  plan: ChartPlan,
  catalogue: Catalogue,
  names: ReadonlyMap<string, string> | undefined,
): Candidate[] {
  const series = catalogue.get(`${plan.kind}\0${plan.metrics[0]?.name ?? ''}`) ?? [];
  return series
    .map(({ key, instance, size }) => {
      const name = names?.get(instance) ?? instance;
      return { key, size, label: name === '' ? plan.title : name };
    })
    .sort((a, b) => natural.compare(a.label, b.label));
}

/* All words of `filter` in the label, whatever their case. */
export function matchesWords(label: string, filter: string): boolean {
  const text = label.toLowerCase();
  return filter.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

export interface Choice {
  lines: Line[];
  /* Keys of those that are left out, and how many matched the filter in all. */
  rest: string[];
  matching: number;
}

/* The largest ones that match, in the order of their labels. */
export function chooseLines(candidates: readonly Candidate[], filter: string, all: boolean): Choice {
  const matching = candidates.filter((one) => matchesWords(one.label, filter));
  const most = all ? MOST_LINES : TOP;
  const largest = new Set(
    matching.length <= most ? matching : [...matching].sort((a, b) => b.size - a.size).slice(0, most),
  );
  return {
    lines: matching.filter((one) => largest.has(one)).map(({ key, label }) => ({ key, label })),
    rest: matching.filter((one) => !largest.has(one)).map((one) => one.key),
    matching: matching.length,
  };
}

/* One more column: the sum of those that have no layer of their own, so that a stack keeps its height. */
export function withOthers(plan: ChartPlan, columns: Columns, rest: readonly string[]): [string, Columns] {
  const key = `${plan.kind}${OTHERS}`;
  const parts = rest.map((one) => columns.values.get(one)).filter((one) => one !== undefined);
  const sum = columns.times.map((_time, row) => {
    let total: number | null = null;
    for (const part of parts) {
      const value = part[row];
      if (value !== null && value !== undefined) {
        total = (total ?? 0) + value;
      }
    }
    return total;
  });
  return [key, { ...columns, values: new Map([...columns.values, [key, sum]]) }];
}

export const natural = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

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
