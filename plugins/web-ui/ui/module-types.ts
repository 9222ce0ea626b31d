/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a plugin's module for the page may use: docs/ui-modules.md says it for people. Whatever is here
 * stays as it is within one version of the interface. */

import type { ComponentChildren, ComponentType, Fragment, h } from 'preact';
import type * as hooks from 'preact/hooks';
import type { IconName } from './controls/icon';
import type { Latest } from './api';
import type { SystemState, Unit } from './schema';

/* Without a title a column has no sorting. */
export interface TableColumn<Row> {
  id: string;
  title: string;
  /* What it is sorted and filtered by. */
  value: (row: Row) => string | number | null;
  /* What is shown; the value as text without. */
  cell?: (row: Row) => ComponentChildren;
  numeric?: boolean;
  /* Left out where there is little room. */
  minor?: boolean;
}

export interface TableProps<Row> {
  label: string;
  rows: readonly Row[];
  columns: readonly TableColumn<Row>[];
  rowKey: (row: Row) => string;
  /* What it is sorted by at first: a column, with "-" in front the largest first. */
  sort?: string;
  /* A row that can be opened is a button. */
  onOpen?: (row: Row) => void;
}

export interface PanelSystem {
  id: string;
  name: string;
  state: SystemState;
}

export interface PanelProps {
  system: PanelSystem;
}

export interface PageProps {
  query: string;
}

export interface Panel {
  id: string;
  /* Translated where it is shown. */
  title: string;
  /* It stands above the charts of the first of these kinds that is drawn, and only where one is;
   * without, it stands below all charts of every system. */
  kinds?: readonly string[];
  render: ComponentType<PanelProps>;
}

export interface ModulePage {
  /* Its address is /x/PLUGIN/ID. */
  id: string;
  /* Translated where it is shown. */
  title: string;
  icon?: IconName;
  render: ComponentType<PageProps>;
}

export type Tone = 'good' | 'warn' | 'bad' | 'rest';

export interface Reeve {
  readonly version: 1;
  h: typeof h;
  Fragment: typeof Fragment;
  hooks: typeof hooks;
  controls: {
    Icon: ComponentType<{ name: IconName }>;
    /* A state by sign, colour and word. */
    Sign: ComponentType<{ tone: Tone; word: string }>;
    Table: <Row>(props: TableProps<Row>) => ReturnType<typeof h>;
    /* Lies over the page's right side. */
    Sheet: ComponentType<{ title: string; onClose: () => void; children: ComponentChildren }>;
  };
  addPage: (page: ModulePage) => void;
  addPanel: (panel: Panel) => void;
  api: {
    /* GET of a path below /api/v1/, JSON. Errors have `status` and a message for people. */
    get: <T>(path: string, signal?: AbortSignal) => Promise<T>;
    latest: (wanted: { systems: readonly string[]; kinds: readonly string[] }, signal: AbortSignal) => Promise<Latest>;
    /* A verb that the agent answers if its own files unlock it. */
    ask: <T>(system: string, verb: string, args: Record<string, unknown>, signal?: AbortSignal) => Promise<T>;
  };
  format: {
    value: (value: number | null | undefined, unit: Unit) => string;
    ago: (seconds: number) => string;
  };
  /* The moment by the hub's clock, in seconds. */
  now: () => number;
  systemPath: (id: string) => string;
  t: (text: string, args?: Record<string, string | number>) => string;
  tn: (one: string, many: string, count: number, args?: Record<string, string | number>) => string;
}
