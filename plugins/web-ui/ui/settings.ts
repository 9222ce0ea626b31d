/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the viewer chose: kept in this browser, looked at with suspicion when it is read. */

import { Store } from './store';

export interface Settings {
  language: 'auto' | 'en' | 'de';
  theme: 'auto' | 'light' | 'dark';
  temperature: 'celsius' | 'fahrenheit';
  rates: 'bytes' | 'bits';
  prefixes: 1024 | 1000;
  clock: 'auto' | '12' | '24';
  /* Shares from which on a value is shown as worth a look, and as bad. */
  warn: number;
  critical: number;
  /* Columns of the fleet's table, in their order; empty for the usual ones. */
  columns: readonly string[];
  layout: 'auto' | 'table' | 'cards';
  problemsFirst: boolean;
}

export const DEFAULTS: Settings = {
  language: 'auto',
  theme: 'auto',
  temperature: 'celsius',
  rates: 'bytes',
  prefixes: 1024,
  clock: 'auto',
  warn: 0.65,
  critical: 0.9,
  columns: [],
  layout: 'auto',
  problemsFirst: false,
};

const KEY = 'reeve.settings';
const MOST_COLUMNS = 64;

const CHOICES: { readonly [K in keyof Settings]?: readonly Settings[K][] } = {
  language: ['auto', 'en', 'de'],
  theme: ['auto', 'light', 'dark'],
  temperature: ['celsius', 'fahrenheit'],
  rates: ['bytes', 'bits'],
  prefixes: [1024, 1000],
  clock: ['auto', '12', '24'],
  layout: ['auto', 'table', 'cards'],
  problemsFirst: [false, true],
};

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= 1;
}

function isColumns(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length <= MOST_COLUMNS &&
    value.every((one) => typeof one === 'string' && /^[a-z][a-z0-9.-]{0,65}$/.test(one))
  );
}

/* The settings in `text`; whatever does not fit is as if it had never been chosen. */
export function parseSettings(text: string | null): Settings {
  let stored: Record<string, unknown> = {};
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    if (typeof value === 'object' && value !== null) {
      stored = value as Record<string, unknown>;
    }
  } catch {
    /* Not ours, or cut off. */
  }
  const result: Record<string, unknown> = { ...DEFAULTS };
  for (const [key, choices] of Object.entries(CHOICES)) {
    if ((choices as readonly unknown[]).includes(stored[key])) {
      result[key] = stored[key];
    }
  }
  if (isShare(stored['warn']) && isShare(stored['critical']) && stored['warn'] <= stored['critical']) {
    result['warn'] = stored['warn'];
    result['critical'] = stored['critical'];
  }
  if (isColumns(stored['columns'])) {
    result['columns'] = [...new Set(stored['columns'])];
  }
  return result as unknown as Settings;
}

function read(): Settings {
  try {
    return parseSettings(localStorage.getItem(KEY));
  } catch {
    return DEFAULTS;
  }
}

export const settings = new Store<Settings>(read());

export function changeSettings(part: Partial<Settings>): void {
  const next = { ...settings.value, ...part };
  try {
    localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    /* Then it holds until the page is loaded again. */
  }
  settings.set(next);
}

/* Another tab of this browser may change them, too. */
export function followOtherTabs(): void {
  addEventListener('storage', (event) => {
    if (event.key === KEY || event.key === null) {
      settings.set(read());
    }
  });
}
