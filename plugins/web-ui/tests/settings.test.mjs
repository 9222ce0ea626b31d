/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const { DEFAULTS, parseSettings } = await load('settings.ts');

test('nothing stored, or nothing of ours, is the defaults', () => {
  for (const text of [null, '', '{', '[]', 'null', '7', '"x"', '{"theme":"pink","warn":"high","columns":"cpu"}']) {
    assert.deepEqual(parseSettings(text), DEFAULTS, String(text));
  }
});

test('what was chosen is taken, each by itself', () => {
  const chosen = parseSettings('{"theme":"dark","clock":12,"prefixes":1000,"columns":["name","cpu","cpu"]}');
  assert.equal(chosen.theme, 'dark');
  assert.equal(chosen.clock, 'auto');
  assert.equal(chosen.prefixes, 1000);
  assert.deepEqual(chosen.columns, ['name', 'cpu']);
});

test('shares that are none, or the wrong way round, are not taken', () => {
  for (const [warn, critical] of [[0.9, 0.5], [-1, 0.5], [0.5, 2], [0.5, null], [0, 1]]) {
    const parsed = parseSettings(JSON.stringify({ warn, critical }));
    assert.deepEqual([parsed.warn, parsed.critical], [DEFAULTS.warn, DEFAULTS.critical]);
  }
  assert.equal(parseSettings('{"warn":0.5,"critical":0.5}').warn, 0.5);
});

test('columns that could not be any, or are too many, are not taken', () => {
  for (const columns of [['<b>'], [7], Array(65).fill('cpu'), ['A'], [`x${'y'.repeat(70)}`]]) {
    assert.deepEqual(parseSettings(JSON.stringify({ columns })).columns, []);
  }
});
