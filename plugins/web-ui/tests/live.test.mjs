/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

globalThis.document = Object.assign(new EventTarget(), { hidden: false });
globalThis.addEventListener = () => undefined;
globalThis.removeEventListener = () => undefined;
const { Live } = await load('live.ts');

const encoder = new TextEncoder();

/* A hub with one stream, which holds back its answers to what is told to it. */
function fakeHub() {
  const hub = { streams: [], told: [], answers: [] };
  globalThis.fetch = (url, init) => {
    if (init.method === 'PUT') {
      hub.told.push(JSON.parse(init.body));
      return new Promise((done) => hub.answers.push(() => done(new Response(null, { status: 204 }))));
    }
    const body = new ReadableStream({ start: (controller) => hub.streams.push(controller) });
    return Promise.resolve(new Response(body));
  };
  hub.say = (event, data) =>
    hub.streams.at(-1).enqueue(encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  return hub;
}

async function until(holds) {
  for (let turn = 0; !holds(); turn += 1) {
    assert.ok(turn < 2000, 'it does not come');
    await new Promise((done) => setTimeout(done, 5));
  }
}

function look(hidden) {
  document.hidden = hidden;
  document.dispatchEvent(new Event('visibilitychange'));
}

test('a tab that is opened behind others connects when it is looked at', async () => {
  const hub = fakeHub();
  const live = new Live();
  document.hidden = true;
  live.start();
  assert.equal(live.link.value.state, 'resting');
  assert.equal(hub.streams.length, 0);
  look(false);
  await until(() => hub.streams.length === 1);
  live.stop();
});

test('a row that is no longer watched is forgotten', async () => {
  const hub = fakeHub();
  const live = new Live();
  live.start();
  live.watch(['a']);
  live.await('b');
  await until(() => hub.streams.length === 1);
  hub.say('systems', { systems: [{ id: 'a', state: 'up' }, { id: 'b', state: 'up' }] });
  await until(() => live.systems.value.size === 2);
  live.watch(['b']);
  assert.deepEqual([...live.systems.value.keys()], ['b']);
  live.watch([]);
  live.await(null);
  assert.equal(live.systems.value.size, 0);
  live.stop();
});

test('what is in sight is told one after the other, and the last of it is told last', async () => {
  const hub = fakeHub();
  const live = new Live();
  live.start();
  live.watch(['a']);
  await until(() => hub.streams.length === 1);
  hub.say('hello', { stream: 's' });
  await until(() => hub.told.length === 1);
  live.watch(['b']);
  live.watch(['c']);
  /* Longer than it takes to settle. */
  await new Promise((done) => setTimeout(done, 200));
  assert.equal(hub.told.length, 1);
  hub.answers.shift()();
  await until(() => hub.told.length === 2);
  hub.answers.shift()();
  live.watch(['d']);
  await until(() => hub.told.length === 3);
  assert.deepEqual(hub.told.map((told) => told.system), ['a', 'c', 'd']);
  live.stop();
});
