/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const w = await load('window.ts');
const NOW = 1_800_000_000;

test('an address names a range or two ends; nonsense names nothing', () => {
  assert.deepEqual(w.parseWindow('?range=1h', NOW), { last: '1h', span: 3600 });
  const fixed = { last: null, from: NOW - 7200, to: NOW - 3600, span: 3600 };
  assert.deepEqual(w.parseWindow(`?from=${NOW - 7200}&to=${NOW - 3600}`, NOW), fixed);
  for (const query of ['', '?range=1x', '?from=5', '?from=x&to=y', `?from=${NOW}&to=${NOW - 1}`, '?from=-5&to=9', '?from=1e999&to=5']) {
    assert.equal(w.parseWindow(query, NOW), null, query);
  }
  /* One that lies wholly in the future is of a clock that is wrong. */
  assert.equal(w.parseWindow(`?from=${NOW + 10}&to=${NOW + 20}`, NOW), null);
});

test('a window keeps a least length and ends at the present at the latest', () => {
  const short = w.fixedWindow(NOW - 100, NOW - 99, NOW);
  assert.ok(short.span >= w.LEAST_SPAN && short.from <= NOW - 100 && short.to >= NOW - 99);
  const late = w.fixedWindow(NOW - 50, NOW + 50, NOW);
  assert.deepEqual([late.from, late.to], [NOW - 100, NOW]);
  const turned = w.fixedWindow(NOW - 100, NOW - 900, NOW);
  assert.deepEqual([turned.from, turned.to], [NOW - 900, NOW - 100]);
  assert.ok(w.fixedWindow(0, NOW, NOW).span <= w.MOST_SPAN);
});

test('the query keeps what is not the window', () => {
  const query = w.windowQuery('?systems=a%2Cb&range=7d', w.fixedWindow(NOW - 200, NOW - 100, NOW));
  assert.equal(query, `?systems=a,b&from=${NOW - 200}&to=${NOW - 100}`);
  assert.equal(w.windowQuery(query, w.lastWindow('2y')), '?systems=a,b&range=2y');
});

test('panning and scaling', () => {
  const hour = w.lastWindow('1h');
  const earlier = w.panWindow(hour, -0.5, NOW);
  assert.deepEqual([earlier.from, earlier.to], [NOW - 5400, NOW - 1800]);
  /* There is nothing beyond the present. */
  assert.deepEqual(w.panWindow(earlier, 9, NOW), w.fixedWindow(NOW - 3600, NOW, NOW));
  const closer = w.scaleWindow(earlier, 0.5, NOW);
  assert.deepEqual([closer.from, closer.to], [NOW - 4500, NOW - 2700]);
  const around = w.scaleWindow(earlier, 0.5, NOW, earlier.from);
  assert.deepEqual([around.from, around.to], [NOW - 5400, NOW - 3600]);
});

test('ranges go from the last minute to two years', () => {
  assert.equal(w.RANGES[0].span, 60);
  assert.equal(w.RANGES.at(-1).span, 730 * 86_400);
});
