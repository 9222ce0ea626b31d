/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The window of time that a page's charts show: one that ends at the present ("the last hour"), or one
 * with two fixed ends. The address holds it, so that links, reload and the back button agree. */

export type RangeId = 'live' | '1h' | '12h' | '24h' | '7d' | '30d' | '90d' | '1y' | '2y';

export interface Range {
  value: RangeId;
  /* Length in seconds. */
  span: number;
}

const HOUR = 3600;
const DAY = 86_400;

export const RANGES: readonly Range[] = [
  { value: 'live', span: 60 },
  { value: '1h', span: HOUR },
  { value: '12h', span: 12 * HOUR },
  { value: '24h', span: DAY },
  { value: '7d', span: 7 * DAY },
  { value: '30d', span: 30 * DAY },
  { value: '90d', span: 90 * DAY },
  { value: '1y', span: 365 * DAY },
  { value: '2y', span: 730 * DAY },
];

/* A window shorter than this has no two samples in it; the longest is what any tier keeps. */
export const LEAST_SPAN = 10;
export const MOST_SPAN = 5 * 366 * DAY;

export type Window =
  | { last: RangeId; span: number }
  | { last: null; from: number; to: number; span: number };

export function lastWindow(id: RangeId): Window {
  const span = RANGES.find((range) => range.value === id)?.span ?? HOUR;
  return { last: id, span };
}

/* The two ends in whole seconds, put right where they are too near, too far apart or beyond `now`. */
export function fixedWindow(from: number, to: number, now: number): Window {
  let [begin, end] = from <= to ? [from, to] : [to, from];
  const middle = (begin + end) / 2;
  const span = Math.min(MOST_SPAN, Math.max(LEAST_SPAN, end - begin));
  if (span !== end - begin) {
    begin = middle - span / 2;
    end = middle + span / 2;
  }
  if (end > now) {
    begin -= end - now;
    end = now;
  }
  begin = Math.max(0, Math.floor(begin));
  end = Math.max(begin + LEAST_SPAN, Math.ceil(end));
  return { last: null, from: begin, to: end, span: end - begin };
}

export function isRange(text: string | null): text is RangeId {
  return RANGES.some((range) => range.value === text);
}

/* What the address says: `range=1h`, or `from=SECONDS&to=SECONDS`; null where it says nothing that
 * makes sense. */
export function parseWindow(query: string, now: number): Window | null {
  const words = new URLSearchParams(query);
  const range = words.get('range');
  if (isRange(range)) {
    return lastWindow(range);
  }
  const from = Number(words.get('from') ?? Number.NaN);
  const to = Number(words.get('to') ?? Number.NaN);
  const known = Number.isFinite(from) && Number.isFinite(to) && from >= 0 && from < to && from < now;
  return known ? fixedWindow(from, to, now) : null;
}

/* `query` with the window in it and all else as it was. */
export function windowQuery(query: string, window: Window): string {
  const words = new URLSearchParams(query);
  for (const name of ['range', 'from', 'to']) {
    words.delete(name);
  }
  if (window.last !== null) {
    words.set('range', window.last);
  } else {
    words.set('from', String(window.from));
    words.set('to', String(window.to));
  }
  return `?${words.toString().replaceAll('%2C', ',')}`;
}

export function windowEnds(window: Window, now: number): { from: number; to: number } {
  return window.last === null
    ? { from: window.from, to: window.to }
    : { from: now - window.span, to: now };
}

/* Moves the window by `part` of its length; what would lie beyond the present stops there. */
export function panWindow(window: Window, part: number, now: number): Window {
  const { from, to } = windowEnds(window, now);
  const by = part * (to - from);
  return fixedWindow(from + by, to + by, now);
}

/* `factor` above 1 shows more, below 1 less, around `at` (the middle without). */
export function scaleWindow(window: Window, factor: number, now: number, at?: number): Window {
  const { from, to } = windowEnds(window, now);
  const centre = at ?? (from + to) / 2;
  return fixedWindow(centre - (centre - from) * factor, centre + (to - centre) * factor, now);
}

const KEY = 'reeve.range';

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
