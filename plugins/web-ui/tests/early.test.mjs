/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is asked for before the page's script has come, by the address and what the browser remembers. */

import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import esbuild from 'esbuild';

const SYSTEM = '0123456789abcdef';
const built = await esbuild.build({
  absWorkingDir: path.dirname(path.dirname(fileURLToPath(import.meta.url))),
  entryPoints: ['ui/early.ts'],
  bundle: true,
  write: false,
  format: 'iife',
  target: 'es2022',
});

function storage(values) {
  return { getItem: (key) => values[key] ?? null };
}

/* The requests, scripts and theme of a page that begins at `address`. */
function begin(address, { session = {}, local = {}, base = '' } = {}) {
  const url = new URL(address, 'http://127.0.0.1:8090');
  const asked = [];
  const scripts = [];
  const dataset = {};
  const document = {
    documentElement: { dataset },
    currentScript: {
      src: new URL(`${base}/assets/early-X.js`, url).href,
      dataset: { laterSystem: 'system-X.js chunk-X.js', laterCompare: 'compare-X.js' },
    },
    createElement: () => ({}),
    head: { append: (link) => scripts.push(new URL(link.href).pathname) },
  };
  const fetch = (where, init) => {
    asked.push(`${where} ${init.headers.get('Authorization') ?? 'cookie'}`);
    return new Promise(() => undefined);
  };
  const world = { document, fetch, location: url, sessionStorage: storage(session), localStorage: storage(local) };
  vm.runInNewContext(built.outputFiles[0].text, { ...world, URL, URLSearchParams, Headers, AbortSignal, performance });
  return { asked, scripts, theme: dataset.theme };
}

const session = { 'reeve.token': 'secret' };

test('the list is asked for as the address and the settings have it', () => {
  const first = '/api/v1/systems?offset=0&limit=50';
  assert.deepEqual(begin('/', { session }).asked, [`${first}&sort=name Bearer secret`]);
  const local = { 'reeve.settings': '{"problemsFirst":true,"theme":"dark"}' };
  const wrong = begin('/?sort=-cpu.usage&filter=label:a=b%20state:down', { session, local });
  assert.deepEqual(wrong.asked, [`${first}&filter=state%3Adown+label%3Aa%3Db&sort=state%2C-cpu.usage Bearer secret`]);
  assert.equal(wrong.theme, 'dark');
  assert.deepEqual(wrong.scripts, []);
});

test('of a system what its page begins with, and its scripts', () => {
  const { asked, scripts } = begin(`/systems/${SYSTEM}?range=30d`, { session });
  assert.deepEqual(asked, [`/api/v1/systems/${SYSTEM} Bearer secret`, `/api/v1/systems/${SYSTEM}/schema Bearer secret`]);
  assert.deepEqual(scripts, ['/assets/system-X.js', '/assets/chunk-X.js']);
  assert.deepEqual(begin('/compare', { session }), { asked: [], scripts: ['/assets/compare-X.js'], theme: undefined });
});

test('below a path of a proxy all is below it', () => {
  const at = (address) => begin(address, { session, base: '/my/reeve' });
  assert.deepEqual(at('/my/reeve/').asked, ['/my/reeve/api/v1/systems?offset=0&limit=50&sort=name Bearer secret']);
  assert.deepEqual(at('/my/reeve').asked, at('/my/reeve/').asked);
  const { asked, scripts } = at(`/my/reeve/systems/${SYSTEM}`);
  assert.equal(asked[0], `/my/reeve/api/v1/systems/${SYSTEM} Bearer secret`);
  assert.equal(scripts[0], '/my/reeve/assets/system-X.js');
});

test('who has no session, or gets another one now, asks for nothing', () => {
  assert.deepEqual(begin('/').asked, []);
  assert.deepEqual(begin('/#open=secret', { session }).asked, []);
  assert.deepEqual(begin('/tokens', { session }).asked, []);
  assert.deepEqual(begin('https://hub.example/', { session }).asked, []);
});

test('over TLS the cookie says who asks, where there was one', () => {
  const { asked } = begin('https://hub.example/', { local: { 'reeve.signed-in': '1' } });
  assert.deepEqual(asked, ['/api/v1/systems?offset=0&limit=50&sort=name cookie']);
});

test('nonsense that was stored does not stop it', () => {
  for (const text of ['null', '{', '[]', '7']) {
    assert.equal(begin('/', { session, local: { 'reeve.settings': text } }).asked.length, 1, text);
  }
});
