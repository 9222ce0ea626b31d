/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const { askEarly, nearlyCome, takeAsked } = await load('asked.ts');
const { listPath, PAGE } = await load('list-query.ts');

/* What fetch() was called with; each is answered by `answer`. */
const calls = [];
let answer = async () => Response.json({ total: 3 });
globalThis.fetch = (url, init) => {
  calls.push({ url, authorization: init.headers.get('Authorization'), init });
  return answer();
};

test('what was asked for is taken once, by who it was asked for', async () => {
  askEarly('/reeve', '/api/v1/systems', 'token');
  const [call] = calls.splice(0);
  assert.equal(call.url, '/reeve/api/v1/systems');
  assert.equal(call.authorization, 'Bearer token');
  assert.equal(call.init.redirect, 'error');
  assert.equal(takeAsked('/api/v1/schema', 'token'), undefined);
  const asked = takeAsked('/api/v1/systems', 'token');
  assert.equal((await asked.response).status, 200);
  assert.deepEqual(await asked.body, { total: 3 });
  assert.equal(takeAsked('/api/v1/systems', 'token'), undefined);
});

test('another session asks for itself', () => {
  askEarly('', '/api/v1/systems', 'one');
  assert.equal(takeAsked('/api/v1/systems', 'another'), undefined);
  assert.equal(takeAsked('/api/v1/systems', 'one'), undefined);
});

test('a cookie says by itself who asks', () => {
  calls.length = 0;
  askEarly('', '/api/v1/systems', '');
  assert.equal(calls[0].authorization, null);
  assert.notEqual(takeAsked('/api/v1/systems', ''), undefined);
});

test('an old answer is asked for again', (context) => {
  askEarly('', '/api/v1/systems', '');
  const now = performance.now();
  context.mock.method(performance, 'now', () => now + 6000);
  assert.equal(takeAsked('/api/v1/systems', ''), undefined);
});

test('a refusal has no body to read, and what fails is told to who takes it', async () => {
  answer = async () => new Response('no', { status: 401 });
  askEarly('', '/refused', '');
  const refused = takeAsked('/refused', '');
  assert.equal((await refused.response).status, 401);
  assert.equal(await refused.body, null);
  answer = async () => {
    throw new TypeError('away');
  };
  askEarly('', '/away', '');
  await assert.rejects(takeAsked('/away', '').response, TypeError);
});

test('what does not come is not waited for', async () => {
  await nearlyCome();
  answer = () => new Promise(() => undefined);
  askEarly('', '/slow', '');
  await nearlyCome();
  takeAsked('/slow', '');
});

test('a page of the list is asked for by one address', () => {
  assert.equal(listPath({ filter: '', sort: '' }, 0, PAGE), `/api/v1/systems?offset=0&limit=${PAGE}`);
  const path = listPath({ filter: 'state:down a&b', sort: '-cpu.usage' }, 50, 50);
  assert.equal(path, '/api/v1/systems?offset=50&limit=50&filter=state%3Adown+a%26b&sort=-cpu.usage');
});
