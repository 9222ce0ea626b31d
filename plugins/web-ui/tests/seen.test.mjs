/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const { whenSeen } = await load('seen.ts');

function look(hidden) {
  globalThis.document.hidden = hidden;
  globalThis.document.dispatchEvent(new Event('visibilitychange'));
}

test('a tab that nobody sees asks once when it is looked at, and not when it is left before', () => {
  globalThis.document = Object.assign(new EventTarget(), { hidden: false });
  const stays = new AbortController();
  const left = new AbortController();
  const runs = [];
  whenSeen(() => runs.push('at once'), stays.signal);
  look(true);
  whenSeen(() => runs.push('later'), stays.signal);
  whenSeen(() => runs.push('never'), left.signal);
  left.abort();
  look(true);
  assert.deepEqual(runs, ['at once']);
  look(false);
  look(true);
  look(false);
  assert.deepEqual(runs, ['at once', 'later']);
});
