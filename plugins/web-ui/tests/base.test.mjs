/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const { base, baseOf, home } = await load('base.ts');
const { systemPath } = await load('router.ts');

test('the base is what stands before the assets', () => {
  assert.equal(baseOf('https://hub.example/assets/main-ABC.js'), '');
  assert.equal(baseOf('https://hub.example/reeve/assets/main-ABC.js'), '/reeve');
  assert.equal(baseOf('https://hub.example:8443/a/b/assets/main-ABC.js?x#y'), '/a/b');
  assert.equal(baseOf('https://hub.example/assets/assets/main-ABC.js'), '/assets');
  assert.equal(baseOf('https://hub.example/main.js'), '');
});

test('without assets there is no base', () => {
  assert.equal(base, '');
  assert.equal(home, '/');
  assert.equal(systemPath('0123456789abcdef'), '/systems/0123456789abcdef');
});
