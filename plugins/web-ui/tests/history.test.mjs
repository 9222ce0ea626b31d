/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from 'node:assert/strict';
import test, { mock } from 'node:test';
import { load } from './load.mjs';

globalThis.document = Object.assign(new EventTarget(), { hidden: false });
const { HistoryLoader } = await load('history.ts');

const metric = { name: 'usage', chart: 'line', type: 'number' };
const SCHEMA = { kinds: [{ name: 'cpu', instanced: false, metrics: [metric] }] };
const fixed = (from) => ({ last: null, from, to: from + 3600, span: 3600 });

let refuse = false;
let asked = 0;
globalThis.fetch = async () => {
  asked += 1;
  return refuse
    ? Response.json({ title: 'no' }, { status: 503 })
    : Response.json({ from: 0, to: 1, step: 60, times: [60], series: [] });
};

const answered = async (loader) => {
  while (loader.busy) {
    await new Promise((done) => setImmediate(done));
  }
};

test('a window that could not be had is said to be so, and asked for again', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const loader = new HistoryLoader('a');
  loader.look(fixed(3600), SCHEMA, 100);
  await answered(loader);
  assert.equal(loader.failed, false);
  refuse = true;
  loader.look(fixed(7200), SCHEMA, 100);
  await answered(loader);
  assert.equal(loader.failed, true);
  assert.notEqual(loader.plain, null);
  refuse = false;
  const before = asked;
  mock.timers.tick(60_000);
  await answered(loader);
  assert.equal(asked, before + 1);
  assert.equal(loader.failed, false);
  loader.stop();
  mock.timers.reset();
});

test('a kind is asked for while any of its charts is in sight', async () => {
  const schema = { kinds: [...SCHEMA.kinds, { name: 'disk', instanced: true, metrics: [metric] }] };
  const loader = new HistoryLoader('a');
  loader.look(fixed(3600), schema, 100);
  loader.want('disk');
  loader.want('disk');
  loader.unwant('disk');
  await answered(loader);
  const before = asked;
  loader.refresh();
  await answered(loader);
  assert.equal(asked - before, 3);
  loader.stop();
});
