/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From base units to text, in the units that the viewer chose. A no-break space keeps a number and
 * its unit on one line; bytes in powers of 1024 say so (KiB, MiB). */

import { locale, t } from './i18n';
import { writeDecimal, writeWhole } from './numbers';
import type { Unit } from './schema';
import { settings } from './settings';

const NBSP = '\u00a0';
const MINUS = '\u2212';
const BINARY_PREFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL_PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
const COUNT_UNITS = ['', 'k', 'M', 'G', 'T', 'P'];

export const MISSING = '\u2013';

interface Scale {
  divisor: number;
  suffix: string;
}

/* The unit in which a value has at most three digits before the point. */
function pickScale(value: number, base: number, units: readonly string[]): Scale {
  let divisor = 1;
  let index = 0;
  while (index < units.length - 1 && Math.abs(value) / divisor >= 999.5) {
    divisor *= base;
    index += 1;
  }
  return { divisor, suffix: units[index] ?? '' };
}

/* With a minus sign of its own, and the decimal sign of the reader. */
function fixed(value: number, decimals: number): string {
  const size = Math.abs(value);
  const minus = value < 0 && Number(size.toFixed(decimals)) !== 0 ? MINUS : '';
  return minus + writeDecimal(size, decimals, locale());
}

/* Three significant digits, never more than `most` behind the point. */
function significant(value: number, most = 2): string {
  const size = Math.abs(value);
  const decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  return fixed(value, Math.min(decimals, most));
}

function withUnit(number: string, unit: string): string {
  return unit === '' ? number : number + NBSP + unit;
}

/* What lies in bytes, what flows in bytes or bits a second. The divisor is of bytes in any case. */
function dataScale(value: number, unit: Unit): Scale {
  const { prefixes: base, rates } = settings.value;
  const bits = unit === 'bytes/s' && rates === 'bits';
  const prefixes = base === 1024 ? BINARY_PREFIXES : DECIMAL_PREFIXES;
  const scale = pickScale(bits ? value * 8 : value, base, prefixes);
  const suffix = scale.suffix + (bits ? 'bit' : 'B') + (unit === 'bytes' ? '' : '/s');
  return { divisor: bits ? scale.divisor / 8 : scale.divisor, suffix };
}

function formatBytes(value: number, unit: Unit): string {
  const scale = dataScale(value, unit);
  const whole = scale.divisor <= 1;
  return withUnit(significant(value / scale.divisor, whole ? 0 : 2), scale.suffix);
}

/* Degrees as the viewer reads them. */
function degrees(celsius: number): number {
  return settings.value.temperature === 'fahrenheit' ? celsius * 1.8 + 32 : celsius;
}

function degreeUnit(): string {
  return settings.value.temperature === 'fahrenheit' ? '\u00b0F' : '\u00b0C';
}

function formatCount(value: number): string {
  if (Math.abs(value) < 99_999.5) {
    const whole = Number.isInteger(value) || Math.abs(value) >= 99.95;
    return whole ? writeWhole(Math.round(value), locale()) : significant(value);
  }
  const scale = pickScale(value, 1000, COUNT_UNITS);
  return withUnit(significant(value / scale.divisor), scale.suffix);
}

/* Length of time in its two largest parts: `3 d 4 h`, `5 min`, `420 ms`. */
export function formatDuration(seconds: number): string {
  const size = Math.abs(seconds);
  if (size === 0) {
    return withUnit('0', 's');
  }
  if (size < 0.0009995) {
    return withUnit(significant(seconds * 1e6, 1), '\u00b5s');
  }
  if (size < 0.9995) {
    return withUnit(significant(seconds * 1e3, 1), 'ms');
  }
  if (size < 59.5) {
    return withUnit(Number.isInteger(seconds) ? String(seconds) : significant(seconds, 1), 's');
  }
  const parts: [number, string][] = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
  ];
  for (const [index, [length, unit]] of parts.entries()) {
    const rounded = Math.round(size / (parts[index + 1]?.[0] ?? 60)) * (parts[index + 1]?.[0] ?? 60);
    if (rounded < length) {
      continue;
    }
    const next = parts[index + 1];
    const whole = Math.floor(rounded / length);
    const rest = next === undefined ? 0 : Math.floor((rounded % length) / next[0]);
    const head = withUnit((seconds < 0 ? MINUS : '') + whole, unit);
    return next === undefined || rest === 0 ? head : `${head} ${withUnit(String(rest), next[1])}`;
  }
  return withUnit(String(Math.round(seconds)), 's');
}

/* One value in its own best unit; a value that is missing is a dash. */
export function formatValue(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined || !Number.isFinite(value)) {
    return MISSING;
  }
  switch (unit) {
    case 'ratio': {
      const percent = value * 100;
      return fixed(percent, Math.abs(percent) >= 99.95 ? 0 : 1) + '%';
    }
    case 'bytes':
      return formatBytes(value, 'bytes');
    case 'bytes/s':
      return formatBytes(value, 'bytes/s');
    case 'seconds':
      return formatDuration(value);
    case 'celsius':
      return withUnit(fixed(degrees(value), 1), degreeUnit());
    case 'rpm':
      return withUnit(writeWhole(Math.round(value), locale()), 'rpm');
    case 'watts':
      return withUnit(significant(value), 'W');
    case 'load':
      return fixed(value, 2);
    case 'per-second':
      return withUnit(significant(value), '/s');
    case 'count':
      return formatCount(value);
    default:
      return Number.isInteger(value) ? formatCount(value) : significant(value);
  }
}

function decimalsOf(step: number): number {
  for (let decimals = 0; decimals < 6; decimals += 1) {
    const scaled = step * 10 ** decimals;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6 * Math.max(1, scaled)) {
      return decimals;
    }
  }
  return 6;
}

function durationScale(top: number): Scale {
  if (top >= 2 * 86_400) {
    return { divisor: 86_400, suffix: 'd' };
  }
  if (top >= 2 * 3600) {
    return { divisor: 3600, suffix: 'h' };
  }
  if (top >= 120) {
    return { divisor: 60, suffix: 'min' };
  }
  if (top >= 1) {
    return { divisor: 1, suffix: 's' };
  }
  return top >= 0.001 ? { divisor: 0.001, suffix: 'ms' } : { divisor: 1e-6, suffix: '\u00b5s' };
}

function tickScale(top: number, unit: Unit): Scale {
  switch (unit) {
    case 'ratio':
      return { divisor: 0.01, suffix: '%' };
    case 'bytes':
    case 'bytes/s':
      return dataScale(top, unit);
    case 'seconds':
      return durationScale(top);
    case 'celsius':
      return { divisor: 1, suffix: degreeUnit() };
    case 'rpm':
      return { divisor: 1, suffix: 'rpm' };
    case 'watts':
      return { divisor: 1, suffix: 'W' };
    case 'per-second': {
      const scale = pickScale(top, 1000, COUNT_UNITS);
      return { divisor: scale.divisor, suffix: scale.suffix + '/s' };
    }
    default:
      return pickScale(top, 1000, COUNT_UNITS);
  }
}

/* Labels of one axis: all in the same unit, with as many decimals as their distance needs. */
export function formatTicks(places: readonly number[], unit: Unit): string[] {
  const values = unit === 'celsius' ? places.map(degrees) : places;
  const top = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scale = tickScale(top, unit);
  const step = values.length > 1 ? Math.abs((values[1] ?? 0) - (values[0] ?? 0)) : top;
  const decimals = Math.min(decimalsOf(step / scale.divisor), 6);
  return values.map((value) => {
    const number = fixed(value / scale.divisor, decimals);
    return unit === 'ratio' ? number + scale.suffix : withUnit(number, scale.suffix);
  });
}

const DECIMAL_STEPS = [1, 2, 2.5, 5];
const BINARY_STEPS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600];

function nextStep(least: number, unit: Unit): number {
  if ((unit === 'bytes' || unit === 'bytes/s') && settings.value.prefixes === 1024) {
    let factor = 1;
    while (least > factor * 512 && factor < 2 ** 60) {
      factor *= 1024;
    }
    return factor * (BINARY_STEPS.find((step) => step * factor >= least) ?? 512);
  }
  if (unit === 'seconds' && least > 0.5) {
    const found = TIME_STEPS.find((step) => step >= least);
    return found ?? 43_200 * Math.ceil(least / 43_200);
  }
  if (unit === 'count' || unit === 'rpm') {
    least = Math.max(least, 1);
  }
  const power = 10 ** Math.floor(Math.log10(least));
  const whole = unit === 'count' || unit === 'rpm';
  const found = DECIMAL_STEPS.find(
    (step) => step * power >= least * (1 - 1e-9) && !(whole && step * power % 1 !== 0),
  );
  return (found ?? 10) * power;
}

const LEAST_TOP: Record<string, number> = {
  ratio: 0.04,
  bytes: 1024,
  'bytes/s': 1024,
  celsius: 40,
  fahrenheit: 100,
  load: 0.4,
  'per-second': 1,
  seconds: 0.001,
  watts: 1,
  count: 4,
  rpm: 400,
};

/* Ticks of a value axis from zero (or below, where the data is) to just above the highest value;
 * `range` is the metric's upper bound, which the axis does not pass unless the data does. */
export function axisTicks(
  low: number,
  high: number,
  unit: Unit,
  range: number | null,
  intervals = 4,
): number[] {
  /* Ticks are round in the unit that is read, and given in the base unit. */
  if (unit === 'bytes/s' && settings.value.rates === 'bits') {
    return plainTicks(low * 8, high * 8, unit, range, intervals).map((tick) => tick / 8);
  }
  if (unit === 'celsius' && settings.value.temperature === 'fahrenheit') {
    const ticks = plainTicks(degrees(low), degrees(high), 'fahrenheit', null, intervals);
    return ticks.map((tick) => (tick - 32) / 1.8);
  }
  return plainTicks(low, high, unit, range, intervals);
}

function plainTicks(
  low: number,
  high: number,
  unit: Unit,
  range: number | null,
  intervals: number,
): number[] {
  const bottom = Math.min(0, Number.isFinite(low) ? low : 0);
  let top = Math.max(Number.isFinite(high) ? high : 0, LEAST_TOP[unit] ?? 0.0001);
  if (top <= bottom) {
    top = bottom + 1;
  }
  const step = nextStep((top - bottom) / intervals, unit);
  const first = Math.floor(bottom / step + 1e-9);
  let last = Math.ceil(top / step - 1e-9);
  if (range !== null && high <= range && last * step > range) {
    last = Math.max(first + 1, Math.floor(range / step + 1e-9));
  }
  const ticks: number[] = [];
  for (let index = first; index <= last; index += 1) {
    ticks.push(Number((index * step).toPrecision(12)));
  }
  return ticks;
}

/* How long ago, for a line of text: `just now`, `12 s ago`, `3 d ago`. */
export function formatAgo(seconds: number): string {
  if (seconds < 2) {
    return t('just now');
  }
  const units: [number, string][] = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  /* Hours up to two days. */
  const [length, unit] = units.find(([size]) => seconds >= (size === 86_400 ? 2 * size : size)) ?? [1, 's'];
  return t('{time} ago', { time: withUnit(String(Math.floor(seconds / length)), unit) });
}

const clockFormats = new Map<string, Intl.DateTimeFormat>();

function clockFormat(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const { clock } = settings.value;
  const key = `${name} ${clock} ${locale()}`;
  let format = clockFormats.get(key);
  if (format === undefined) {
    const chosen = options.hour !== undefined && clock !== 'auto';
    const cycle = chosen ? { hourCycle: clock === '12' ? ('h12' as const) : ('h23' as const) } : {};
    format = new Intl.DateTimeFormat(locale(), { ...options, ...cycle });
    clockFormats.set(key, format);
  }
  return format;
}

const HOUR: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };
const DAY: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short' };

/* Labels of the time axis; `step` is their distance in seconds. Midnight shows its date. */
export function formatTimeTicks(times: readonly number[], step: number): string[] {
  return times.map((time) => {
    const date = new Date(time * 1000);
    if (step < 60) {
      return clockFormat('s', { ...HOUR, second: '2-digit' }).format(date);
    }
    const midnight = date.getHours() === 0 && date.getMinutes() === 0;
    if (step >= 28 * 86_400) {
      return clockFormat('y', { month: 'short', year: 'numeric' }).format(date);
    }
    if (step >= 86_400 || midnight) {
      return clockFormat('d', DAY).format(date);
    }
    return clockFormat('m', HOUR).format(date);
  });
}

/* A time of day to the second, by the viewer's clock. */
export function formatClock(time: number): string {
  return clockFormat('s', { ...HOUR, second: '2-digit' }).format(new Date(time * 1000));
}

/* One moment, as exact as the range it is read in: `span` is the length of that range. */
export function formatMoment(time: number, span: number): string {
  const date = new Date(time * 1000);
  if (span <= 3600) {
    return formatClock(time);
  }
  if (span <= 86_400 / 2) {
    return clockFormat('m', HOUR).format(date);
  }
  if (span <= 60 * 86_400) {
    return clockFormat('dm', { ...DAY, ...HOUR }).format(date);
  }
  return clockFormat('dym', { ...DAY, year: 'numeric', ...HOUR }).format(date);
}

/* A window by its two ends, for headings and buttons. */
export function formatWindow(from: number, to: number): string {
  const span = to - from;
  const options = span <= 3600 ? { second: '2-digit' as const } : {};
  const year = new Date(from * 1000).getFullYear() === new Date().getFullYear() ? {} : { year: 'numeric' as const };
  const format = clockFormat(`w${span <= 3600} ${'year' in year}`, { ...DAY, ...year, ...HOUR, ...options });
  return format.formatRange(new Date(from * 1000), new Date(to * 1000));
}
