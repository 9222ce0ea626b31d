/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const { csvCell, csvLong, csvTable, fileName } = await load('csv.ts');

test('no cell becomes a formula, none breaks its line', () => {
  for (const [text, cell] of [
    ['plain', 'plain'],
    ['=1+1', '"\'=1+1"'],
    ['+1', '"\'+1"'],
    ['-1', '"\'-1"'],
    ['@A1', '"\'@A1"'],
    ['\tx', '"\'\tx"'],
    ['\r=1', '"\'\\x0d=1"'],
    ['\t=1', '"\'\t\'=1"'],
    ["x;=1+cmd|'/C calc'!A1;y", "\"x;'=1+cmd|'/C calc'!A1;y\""],
    ['x\t=1', '"x\t\'=1"'],
    ['x, "=1', '"x, ""\'=1"'],
    [' =1', '" \'=1"'],
    ['a;b', '"a;b"'],
    ['1-2', '1-2'],
    ['a,b', '"a,b"'],
    ['a"b', '"a""b"'],
    ['a\nb', '"a\nb"'],
    [' a', '" a"'],
    ['a\u202eb', 'a\\u{202e}b'],
    ['a\u0000b', 'a\\x00b'],
  ]) {
    assert.equal(csvCell(text), cell);
  }
});

test('a table has the rows of the window; missing is empty, zero is zero', () => {
  const columns = [
    { title: 'one', values: [1, null, 0, 4] },
    { title: '=two', values: [null, null, 0.5, 8] },
  ];
  assert.equal(
    csvTable([100, 160, 220, 280], columns, 100, 220),
    'time,one,"\'=two"\n1970-01-01T00:01:40Z,1,\n1970-01-01T00:03:40Z,0,0.5\n',
  );
});

test('several charts make one long table', () => {
  const parts = [{ chart: 'CPU', times: [60], columns: [{ title: 'a', values: [0] }, { title: 'b', values: [null] }] }];
  assert.equal(csvLong(parts, 0, 100), 'time,chart,series,value\n1970-01-01T00:01:00Z,CPU,a,0\n');
});

test('names of files are plain, whatever a system is called', () => {
  assert.equal(fileName(['../../etc/päss "wd"', 'cpu.usage'], 'csv'), 'etc-pa-ss-wd-cpu.usage.csv');
  assert.equal(fileName(['\u05d0', ''], 'png'), 'reeve.png');
  assert.ok(fileName(['x'.repeat(4096)], 'csv').length < 120);
});
