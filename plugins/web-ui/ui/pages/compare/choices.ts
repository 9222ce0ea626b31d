/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What can be compared, and how the address says it: `cpu.usage` of a kind without instances, or
 * `disk.read:sda`, one instance by what people call it. Its name has percent signs for what a comma
 * or an address could mean. */

import { drawable, instancesTitle, joinTitle, natural } from '../../charts';
import type { ChartPlan } from '../../charts';
import type { Latest } from '../../api';
import type { Kind, Metric, Schema } from '../../schema';

export interface Choice {
  id: string;
  kind: string;
  metric: string;
  /* What the instance is called; null for kinds without. */
  part: string | null;
}

const PATTERN = /^([a-z][a-z0-9.-]{0,99})\.([a-z][a-z0-9-]{0,65})(?::(.{1,900}))?$/;

/* Null for what is no choice: an address need not be of ours. */
export function parseChoice(id: string): Choice | null {
  const [, kind, metric, part] = PATTERN.exec(id) ?? [];
  if (kind === undefined || metric === undefined) {
    return null;
  }
  try {
    return { id, kind, metric, part: part === undefined ? null : decodeURIComponent(part) };
  } catch {
    return null;
  }
}

export function choiceId(kind: string, metric: string, part: string): string {
  return `${kind}.${metric}:${encodeURIComponent(part)}`;
}

/* What any of several systems measures; what the first says of it holds. */
export function joinSchemas(schemas: readonly Schema[]): Schema {
  const kinds = new Map<string, Kind>();
  for (const kind of schemas.flatMap((schema) => schema.kinds)) {
    const known = kinds.get(kind.name);
    const more = kind.metrics.filter((metric) => known?.metrics.every((one) => one.name !== metric.name) !== false);
    kinds.set(kind.name, known === undefined ? kind : { ...known, metrics: [...known.metrics, ...more] });
  }
  return { kinds: [...kinds.values()] };
}

/* The metrics of kinds without instances: one line for each system. */
export function plainChoices(schema: Schema): string[] {
  return schema.kinds
    .filter((kind) => !kind.instanced)
    .flatMap((kind) => kind.metrics.filter(drawable).map((metric) => `${kind.name}.${metric.name}`));
}

export function kindsWithParts(schema: Schema): Kind[] {
  return schema.kinds.filter((kind) => kind.instanced && kind.metrics.some(drawable));
}

function titleOf(kind: Kind, metric: Metric, part: string | null): string {
  return part === null
    ? joinTitle(kind, metric.title)
    : `${part} \u2013 ${instancesTitle(kind, [metric], kind.metrics.filter(drawable).length)}`;
}

/* Null where the systems measure no such thing. */
export function planOf(schema: Schema, choice: Choice): ChartPlan | null {
  const kind = schema.kinds.find((one) => one.name === choice.kind);
  const metric = kind?.metrics.find((one) => one.name === choice.metric);
  if (kind === undefined || metric === undefined || !drawable(metric) || kind.instanced !== (choice.part !== null)) {
    return null;
  }
  const title = titleOf(kind, metric, choice.part);
  return {
    id: choice.id,
    kind: kind.name,
    title,
    short: title,
    text: metric.text ?? '',
    unit: metric.unit,
    range: metric.range ?? null,
    style: 'line',
    instanced: true,
    metrics: [metric],
    hue: 0,
  };
}

/* By kind and by what people call it: the instance of each system that has one so called. */
export type Parts = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, string>>>;

/* The text metric that tells what people call an instance. */
const NAME = 'name';

export function partsOf(latest: Latest): Parts {
  const parts = new Map<string, Map<string, Map<string, string>>>();
  for (const system of latest.systems) {
    for (const { kind, instance, texts } of system.rows) {
      const named = texts[NAME] ?? '';
      const name = named === '' ? instance : named;
      const ofKind = parts.get(kind) ?? new Map<string, Map<string, string>>();
      const ofName = ofKind.get(name) ?? new Map<string, string>();
      parts.set(kind, ofKind.set(name, ofName.set(system.id, instance)));
    }
  }
  return parts;
}

/* Those that most of the systems have come first. */
export function partNames(parts: Parts, kind: string): { name: string; systems: number }[] {
  return [...(parts.get(kind) ?? [])]
    .map(([name, systems]) => ({ name, systems: systems.size }))
    .sort((a, b) => b.systems - a.systems || natural.compare(a.name, b.name));
}

/* The instance that a choice means on one system. What is not measured now may have been: by its name. */
export function instanceOf(parts: Parts, choice: Choice, system: string): string {
  return choice.part === null ? '' : (parts.get(choice.kind)?.get(choice.part)?.get(system) ?? choice.part);
}
