/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The windows of time that a system's page offers. */

export type RangeId = 'live' | '1h' | '12h' | '24h' | '7d' | '30d';

export interface Range {
  value: RangeId;
  label: string;
  title: string;
  /* Length in seconds. */
  span: number;
  /* Rows asked of the history. */
  points: number;
}

export const RANGES: readonly Range[] = [
  { value: 'live', label: 'Live', title: 'The last minute, live', span: 60, points: 60 },
  { value: '1h', label: '1 h', title: 'The last hour', span: 3600, points: 60 },
  { value: '12h', label: '12 h', title: 'The last 12 hours', span: 43_200, points: 360 },
  { value: '24h', label: '24 h', title: 'The last 24 hours', span: 86_400, points: 360 },
  { value: '7d', label: '7 d', title: 'The last 7 days', span: 604_800, points: 336 },
  { value: '30d', label: '30 d', title: 'The last 30 days', span: 2_592_000, points: 360 },
];

const KEY = 'reeve.range';

export function isRange(text: string | null): text is RangeId {
  return RANGES.some((range) => range.value === text);
}

export function rangeOf(id: RangeId): Range {
  const found = RANGES.find((range) => range.value === id);
  if (found === undefined) {
    throw new Error(`no range ${id}`);
  }
  return found;
}

/* The range chosen last in this browser; null before the first choice. */
export function storedRange(): RangeId | null {
  try {
    const text = localStorage.getItem(KEY);
    return isRange(text) ? text : null;
  } catch {
    return null;
  }
}

export function storeRange(id: RangeId): void {
  try {
    localStorage.setItem(KEY, id);
  } catch {
    /* Then the address alone remembers it. */
  }
}
