/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

process.env.TZ = 'UTC';
/* A reader whose clock has 24 hours. */
Object.defineProperty(globalThis, 'navigator', { value: { languages: ['en-GB'] }, configurable: true });
const format = await load('format.ts');
const { formatAs } = await load('../tests/format-as.ts');
const plain = (text) => text.replaceAll('\u00a0', ' ');

function values(unit, cases) {
  for (const [value, expected] of cases) {
    assert.equal(plain(format.formatValue(value, unit)), expected, `${value} ${unit}`);
  }
}

test('a missing or impossible value is a dash', () => {
  for (const value of [null, undefined, Number.NaN, Infinity]) {
    assert.equal(format.formatValue(value, 'bytes'), '\u2013');
  }
});

test('ratios are percent with one decimal', () => {
  values('ratio', [[0, '0.0%'], [0.0457, '4.6%'], [0.9994, '99.9%'], [0.9996, '100%'], [1, '100%'], [1.5, '150%']]);
});

test('bytes are counted in powers of 1024, with three digits', () => {
  values('bytes', [
    [0, '0 B'],
    [512, '512 B'],
    [999, '999 B'],
    [1000, '0.98 KiB'],
    [1024, '1.00 KiB'],
    [1024 * 1023.9, '1.00 MiB'],
    [16 * 2 ** 30, '16.0 GiB'],
    [345.6 * 2 ** 40, '346 TiB'],
  ]);
  values('bytes/s', [[2.25 * 2 ** 20, '2.25 MiB/s']]);
});

test('durations show their two largest parts', () => {
  values('seconds', [
    [0, '0 s'],
    [0.0000123, '12.3 \u00b5s'],
    [0.42, '420 ms'],
    [12, '12 s'],
    [12.34, '12.3 s'],
    [59.9, '1 min'],
    [300, '5 min'],
    [3599.9, '1 h'],
    [3660, '1 h 1 min'],
    [86_400, '1 d'],
    [86_400 * 3 + 4 * 3600 + 59, '3 d 4 h'],
    [86_400 * 3 - 1, '3 d'],
  ]);
});

test('other units', () => {
  values('celsius', [[41, '41.0 \u00b0C'], [-3.26, '\u22123.3 \u00b0C'], [-0.01, '0.0 \u00b0C']]);
  values('rpm', [[1200.4, '1,200 rpm']]);
  values('watts', [[12.345, '12.3 W']]);
  values('load', [[0.5, '0.50']]);
  values('count', [[0, '0'], [12_345, '12,345'], [1.5, '1.50'], [1_234_567, '1.23 M']]);
  values('per-second', [[3.21, '3.21 /s']]);
  values('parsecs', [[7, '7'], [0.123, '0.12']]);
});

test('tick labels share one unit and the decimals of their distance', () => {
  const ticks = (list, unit) => format.formatTicks(list, unit).map(plain);
  assert.deepEqual(ticks([0, 0.25, 0.5], 'ratio'), ['0%', '25%', '50%']);
  assert.deepEqual(ticks([0, 0.005, 0.01], 'ratio'), ['0.0%', '0.5%', '1.0%']);
  assert.deepEqual(ticks([0, 2 ** 29, 2 ** 30], 'bytes'), ['0.0 GiB', '0.5 GiB', '1.0 GiB']);
  assert.deepEqual(ticks([0, 60, 120], 'seconds'), ['0 min', '1 min', '2 min']);
});

test('axes begin at zero, end above the data and keep within the range', () => {
  const { axisTicks } = format;
  assert.deepEqual(axisTicks(0.1, 0.42, 'ratio', 1), [0, 0.2, 0.4, 0.6]);
  assert.equal(axisTicks(0.1, 0.97, 'ratio', 1).at(-1), 1);
  assert.ok(axisTicks(0, 1.3, 'ratio', 1).at(-1) >= 1.3);
  assert.equal(axisTicks(Infinity, -Infinity, 'load', null)[0], 0);
  assert.ok(axisTicks(-5, 12, 'celsius', null)[0] <= -5);
  for (const step of axisTicks(0, 3 * 2 ** 30, 'bytes', null)) {
    assert.equal(step % 2 ** 29, 0);
  }
  assert.ok(axisTicks(0, 3, 'count', null).every(Number.isInteger));
});

test('axes stay small for every size of value', () => {
  for (const unit of ['ratio', 'bytes', 'bytes/s', 'seconds', 'count', 'load', 'celsius', 'none']) {
    for (let power = -9; power <= 18; power += 1) {
      const high = 3.7 * 10 ** power;
      const ticks = format.axisTicks(0, high, unit, null);
      assert.ok(ticks.length >= 2 && ticks.length <= 7, `${high} ${unit}: ${ticks.length}`);
      assert.ok(ticks.at(-1) >= high, `${high} ${unit}: ends at ${ticks.at(-1)}`);
      assert.equal(new Set(format.formatTicks(ticks, unit)).size > 1, true, `${high} ${unit}`);
    }
  }
});

test('how long ago', () => {
  const ago = (seconds) => plain(format.formatAgo(seconds));
  assert.deepEqual([0, 12.7, 61, 7200, 200_000].map(ago), [
    'just now',
    '12 s ago',
    '1 min ago',
    '2 h ago',
    '2 d ago',
  ]);
});

test('time ticks: seconds, minutes, and the date at midnight', () => {
  const noon = Date.UTC(2026, 0, 5, 12) / 1000;
  assert.match(format.formatTimeTicks([noon], 10)[0], /12:00:00/);
  assert.equal(format.formatTimeTicks([noon], 600)[0], '12:00');
  assert.match(format.formatTimeTicks([noon + 43_200], 3600)[0], /6/);
});

test('units are the viewer\'s choice', () => {
  const { formatValue, formatTicks, axisTicks, formatMoment } = formatAs({
    temperature: 'fahrenheit', rates: 'bits', prefixes: 1000, clock: '12',
  });
  assert.equal(plain(formatValue(20, 'celsius')), '68.0 \u00b0F');
  assert.equal(plain(formatValue(-40, 'celsius')), '\u221240.0 \u00b0F');
  assert.equal(plain(formatValue(125_000, 'bytes/s')), '1.00 Mbit/s');
  assert.equal(plain(formatValue(16e9, 'bytes')), '16.0 GB');
  /* Ticks are round in what is read, and stand where they belong. */
  const degrees = axisTicks(20, 36, 'celsius', null);
  assert.deepEqual(formatTicks(degrees, 'celsius').map(plain), ['0 \u00b0F', '25 \u00b0F', '50 \u00b0F', '75 \u00b0F', '100 \u00b0F']);
  assert.ok(Math.abs(degrees[0] - -17.7777) < 0.001);
  const rates = axisTicks(0, 125_000, 'bytes/s', null);
  assert.deepEqual(rates, [0, 31_250, 62_500, 93_750, 125_000]);
  assert.equal(plain(formatTicks(rates, 'bytes/s').at(-1)), '1.00 Mbit/s');
  assert.match(formatMoment(13 * 3600, 60), /^0?1:00:00\s*pm$/i);
});
