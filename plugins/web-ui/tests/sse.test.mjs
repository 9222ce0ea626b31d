/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const { EventStreamParser, backOff } = await load('sse.ts');
const bytes = (text) => new TextEncoder().encode(text);

function parse(chunks, limit) {
  const events = [];
  const parser = new EventStreamParser((event) => events.push(event), limit);
  for (const chunk of chunks) {
    parser.push(typeof chunk === 'string' ? bytes(chunk) : chunk);
  }
  return events;
}

test('an event has a name and data', () => {
  assert.deepEqual(parse(['event: systems\ndata: {"a":1}\n\n']), [
    { event: 'systems', data: '{"a":1}' },
  ]);
});

test('comments and unknown fields are passed over, an event without data is none', () => {
  assert.deepEqual(parse([': ping\n\nid: 3\nretry: 5\nevent: x\n\ndata: y\n\n']), [
    { event: 'message', data: 'y' },
  ]);
});

test('several data lines are joined; one space after the colon goes', () => {
  assert.deepEqual(parse(['data:a\ndata:  b\ndata\n\n']), [{ event: 'message', data: 'a\n b\n' }]);
});

test('every kind of line end', () => {
  const expected = [
    { event: 'e', data: '1' },
    { event: 'e', data: '2' },
  ];
  for (const end of ['\n', '\r\n', '\r']) {
    const text = 'event: e#data: 1##event: e#data: 2##'.replaceAll('#', end);
    assert.deepEqual(parse([text]), expected, JSON.stringify(end));
    assert.deepEqual(parse([...text]), expected, `${JSON.stringify(end)}, a character at a time`);
  }
});

test('cut at every byte, in the middle of a character too', () => {
  const whole = bytes('\ufeffevent: sample\r\ndata: {"n":"h\u00f6\u20ac\u{1f600}"}\r\n\r\n');
  for (let cut = 0; cut <= whole.length; cut += 1) {
    assert.deepEqual(parse([whole.subarray(0, cut), whole.subarray(cut)]), [
      { event: 'sample', data: '{"n":"h\u00f6\u20ac\u{1f600}"}' },
    ]);
  }
});

test('an event that is not complete is not delivered', () => {
  assert.deepEqual(parse(['data: x\n']), []);
});

test('a line or event over the limit ends the stream', () => {
  assert.throws(() => parse(['x'.repeat(101)], 100), /too long/);
  assert.throws(() => parse(Array(30).fill('data: 12345\n'), 100), /too long/);
});

test('the back-off doubles, is capped, and lies in the upper half', () => {
  assert.equal(backOff(0, () => 1), 500);
  assert.equal(backOff(0, () => 0), 250);
  assert.equal(backOff(3, () => 1), 4000);
  assert.equal(backOff(50, () => 1), 15_000);
  assert.equal(backOff(5000, () => 0), 7500);
});
