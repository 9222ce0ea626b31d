/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const { choiceId, instanceOf, joinSchemas, parseChoice, partNames, partsOf, planOf, plainChoices } = await load('pages/compare/choices.ts');
const { problemTitle } = await load('problem.ts');

const number = (name, more = {}) => ({ name, title: name, type: 'number', unit: 'none', chart: 'line', ...more });
const schema = {
  kinds: [
    { name: 'cpu', title: 'CPU', instanced: false, metrics: [number('usage', { title: 'Usage' }), number('state', { type: 'state' })] },
    { name: 'disk', title: 'Disks', instanced: true, metrics: [number('read', { title: 'Read' }), number('write', { title: 'Write' })] },
  ],
};

test('what is compared stands in the address, whatever an instance is called', () => {
  for (const name of ['sda', '/mnt/a, b', '100%', 'x:y', '\u202eodd <b>', 'ä']) {
    const id = choiceId('disk', 'read', name);
    assert.ok(!id.includes(','), id);
    assert.deepEqual(parseChoice(id), { id, kind: 'disk', metric: 'read', part: name });
  }
  assert.deepEqual(parseChoice('disk-health.drive.life'), { id: 'disk-health.drive.life', kind: 'disk-health.drive', metric: 'life', part: null });
  for (const id of ['', 'cpu', '.usage', 'cpu.', 'disk.read:', 'disk.read:%E0%A4', '__proto__.x', `disk.read:${'x'.repeat(2000)}`]) {
    assert.equal(parseChoice(id), null, id);
  }
});

test('only what the schema can draw is a choice', () => {
  assert.deepEqual(plainChoices(schema), ['cpu.usage']);
  assert.equal(planOf(schema, parseChoice('cpu.usage')).title, 'CPU usage');
  assert.equal(planOf(schema, parseChoice('disk.read:sda')).title, 'sda \u2013 Disks: read');
  for (const id of ['cpu.state', 'cpu.usage:0', 'disk.read', 'disk.nothing:sda', 'nothing.at:all']) {
    assert.equal(planOf(schema, parseChoice(id)), null, id);
  }
});

test('what any of the systems measures is a choice, as the first of them says it', () => {
  const other = {
    kinds: [
      { name: 'gpu', title: 'GPU', instanced: false, metrics: [number('power')] },
      { name: 'cpu', title: 'Other', instanced: true, metrics: [number('usage', { title: 'Other' }), number('steal')] },
    ],
  };
  const joined = joinSchemas([schema, other, schema]);
  assert.deepEqual(joined.kinds.map((kind) => kind.name), ['cpu', 'disk', 'gpu']);
  assert.deepEqual(plainChoices(joined), ['cpu.usage', 'cpu.steal', 'gpu.power']);
  assert.equal(planOf(joined, parseChoice('cpu.usage')).title, 'CPU usage');
  assert.deepEqual(joinSchemas([schema]), schema);
  assert.deepEqual(joinSchemas([]), { kinds: [] });
});

test('one name may be another instance on each system', () => {
  const row = (instance, name) => ({ kind: 'container', instance, values: {}, texts: name === undefined ? {} : { name } });
  const parts = partsOf({
    systems: [
      { id: 'a', rows: [row('1f', 'web'), row('2f', 'db'), row('plain')] },
      { id: 'b', rows: [row('9c', 'web')] },
    ],
  });
  assert.deepEqual(partNames(parts, 'container'), [
    { name: 'web', systems: 2 },
    { name: 'db', systems: 1 },
    { name: 'plain', systems: 1 },
  ]);
  const web = parseChoice('container.cpu:web');
  assert.deepEqual(['a', 'b', 'c'].map((id) => instanceOf(parts, web, id)), ['1f', '9c', 'web']);
  assert.equal(instanceOf(parts, parseChoice('cpu.usage'), 'a'), '');
  assert.deepEqual(partNames(parts, 'disk'), []);
});

test('a problem that is known by its type is told in our words', () => {
  assert.equal(problemTitle('urn:reeve:problem:exists', 'Exists already'), 'There is one already');
  assert.equal(problemTitle('urn:reeve:problem:brand-new', 'Brand new'), 'Brand new');
  assert.equal(problemTitle('about:blank', 'Not Found'), 'Not Found');
  assert.equal(problemTitle('urn:reeve:problem:__proto__', 'x'), 'x');
});
