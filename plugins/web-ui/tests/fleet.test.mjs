/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const { PAGE } = await load('list-query.ts');
const { Rows } = await load('pages/fleet/rows.ts');
const { joinFilter, labelWord, parseFilter, readTyped, sortKeys, toggle } = await load('pages/fleet/filter.ts');
const { Haste, linesInSight } = await load('pages/fleet/window.ts');
const { gridOf, pickColumns } = await load('pages/fleet/columns.tsx');
const { choose, chooseNone, chosen, MOST_COMPARED } = await load('compared.ts');
const { sparkPath } = await load('controls/spark.tsx');

const row = (index, more = {}) => ({ id: String(index), name: `s${index}`, state: 'up', values: {}, ...more });

/* A hub of `total` systems that answers when it is told to. */
function hub(total) {
  const asked = [];
  const rows = new Rows((query, offset, limit, signal) => {
    let settle;
    const answer = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    asked.push({
      query,
      offset,
      signal,
      answer: (count = total) =>
        settle.resolve({
          systems: Array.from({ length: Math.max(0, Math.min(limit, count - offset)) }, (_, at) => row(offset + at)),
          total: count,
          states: { up: count },
        }),
      fail: () => settle.reject(new Error('away')),
    });
    return answer;
  });
  return { rows, asked };
}

const settled = () => new Promise((done) => setTimeout(done));

test('only the pages in sight are asked for, each once', async () => {
  const { rows, asked } = hub(10_000);
  rows.want(0, 30);
  rows.want(0, 34);
  assert.equal(asked.length, 1);
  asked[0].answer();
  await settled();
  assert.equal(rows.total, 10_000);
  assert.equal(rows.row(PAGE - 1).name, `s${PAGE - 1}`);
  assert.equal(rows.row(PAGE), undefined);
  rows.want(4990, 5030);
  assert.deepEqual(asked.slice(1).map((one) => one.offset), [5000 - PAGE, 5000]);
});

test('what was scrolled past is given up', async () => {
  const { rows, asked } = hub(10_000);
  rows.want(0, 30);
  asked[0].answer();
  await settled();
  rows.want(3000, 3030);
  rows.want(9000, 9030);
  assert.equal(asked[1].signal.aborted, true);
  asked[1].answer();
  asked[2].answer();
  await settled();
  assert.equal(rows.row(3000), undefined);
  assert.equal(rows.row(9000).name, 's9000');
});

test('another question keeps the old rows until its answer is there', async () => {
  const { rows, asked } = hub(250);
  rows.want(0, 30);
  asked[0].answer();
  await settled();
  rows.setQuery({ filter: 'web', sort: '' });
  assert.equal(rows.row(0).name, 's0');
  assert.equal(rows.waiting, true);
  asked.at(-1).answer(1);
  await settled();
  assert.equal(rows.waiting, false);
  assert.equal(rows.total, 1);
  assert.equal(rows.row(1), undefined);
});

test('a late answer to an earlier question is nothing', async () => {
  const { rows, asked } = hub(5);
  rows.want(0, 30);
  rows.setQuery({ filter: 'a', sort: '' });
  rows.setQuery({ filter: 'b', sort: '' });
  asked[0].answer(3);
  asked[1].answer(4);
  await settled();
  assert.equal(rows.total, null);
  asked.at(-1).answer(2);
  await settled();
  assert.equal(rows.total, 2);
  assert.equal(asked.at(-1).query.filter, 'b');
});

test('live rows take the place of those that are there', async () => {
  const { rows, asked } = hub(300);
  rows.want(0, 30);
  asked[0].answer();
  await settled();
  const before = rows.changed.value;
  rows.merge([row(7, { state: 'down' }), row(250, { state: 'down' })]);
  assert.equal(rows.row(7).state, 'down');
  assert.equal(rows.changed.value, before + 1);
  rows.merge([row(299)]);
  assert.equal(rows.changed.value, before + 1);
  assert.equal(rows.indexOf('7'), 7);
  assert.equal(rows.indexOf('250'), -1);
});

test('a list that became shorter has no rows beyond its end', async () => {
  const { rows, asked } = hub(250);
  rows.want(0, 249);
  asked[0].answer();
  await settled();
  asked.slice(1).forEach((one) => one.answer());
  await settled();
  assert.equal(rows.row(249).name, 's249');
  rows.refresh();
  asked.slice(3).forEach((one) => one.answer(120));
  await settled();
  assert.equal(rows.total, 120);
  assert.equal(rows.row(249), undefined);
});

test('a failure is told, and the next look asks again', async () => {
  const { rows, asked } = hub(5);
  rows.want(0, 30);
  asked[0].fail();
  await settled();
  assert.equal(rows.problem.message, 'away');
  rows.refresh();
  asked[1].answer();
  await settled();
  assert.equal(rows.problem, null);
  assert.equal(rows.total, 5);
});

test('what was asked for just now is not asked for again when the list begins to be followed', async () => {
  const { rows, asked } = hub(5);
  const since = performance.now();
  await settled();
  rows.want(0, 30);
  asked[0].answer();
  await settled();
  rows.refresh(since);
  assert.equal(asked.length, 1);
  rows.refresh(performance.now() + 1);
  assert.equal(asked.length, 2);
  asked[1].answer();
  await settled();
  rows.refresh();
  assert.equal(asked.length, 3);
});

test('however far one scrolls, not everything is kept', async () => {
  const { rows, asked } = hub(100 * PAGE);
  rows.want(0, 10);
  asked[0].answer();
  await settled();
  for (let page = 1; page < 100; page += 1) {
    rows.want(page * PAGE, page * PAGE + 10);
    asked.at(-1).answer();
    await settled();
  }
  let kept = 0;
  for (let page = 0; page < 100; page += 1) {
    kept += rows.row(page * PAGE) === undefined ? 0 : 1;
  }
  assert.ok(kept <= 40, `${kept} pages`);
  assert.notEqual(rows.row(99 * PAGE), undefined);
});

test('a state or a label that is typed counts when its word has ended', () => {
  const read = (typed, ended = false) => {
    const { states, labels, text, box } = readTyped(typed, ended);
    return [states.join(), labels.join(), text, box];
  };
  assert.deepEqual(read('web '), ['', '', 'web', 'web ']);
  assert.deepEqual(read('web state:do'), ['', '', 'web', 'web state:do']);
  assert.deepEqual(read('state:'), ['', '', '', 'state:']);
  assert.deepEqual(read('web state:down '), ['down', '', 'web', 'web ']);
  assert.deepEqual(read('label:role=db '), ['', 'role=db', '', '']);
  assert.deepEqual(read('state:down we'), ['down', '', 'we', 'we']);
  assert.deepEqual(read('web label:role=db', true), ['', 'role=db', 'web', 'web']);
});

test('words of a filter', () => {
  const filter = parseFilter('  state:down web label:role=db state:suspect eu ');
  assert.deepEqual(filter, { states: ['down', 'suspect'], labels: ['role=db'], text: 'web eu' });
  assert.equal(joinFilter(filter), 'state:down state:suspect label:role=db web eu');
  assert.deepEqual(parseFilter('state: label:'), { states: [], labels: [], text: 'state: label:' });
  assert.deepEqual(toggle(['a'], 'a'), []);
  assert.equal(labelWord('site', 'Frankfurt am Main'), 'site');
  assert.equal(labelWord('site', ''), 'site');
});

test('what is wrong comes first where that is wanted', () => {
  assert.equal(sortKeys('', false), 'name');
  assert.equal(sortKeys('-cpu.usage', true), 'state,-cpu.usage');
  assert.equal(sortKeys('-state', true), '-state');
});

test('which lines are in sight', () => {
  assert.deepEqual(linesInSight(300, 900, 56), { first: 0, last: 20 });
  const { first, last } = linesInSight(-56_000, 900, 56);
  assert.ok(first <= 1000 - 8 && first >= 980 && last >= 1017 + 8 && last < 1040);
  assert.ok(linesInSight(1e9, 900, 56).last >= 0);
  assert.deepEqual(linesInSight(300, 900, 56, 0), { first: 0, last: 12 });
});

test('what goes by too fast to be read', () => {
  const haste = new Haste();
  const looks = (tops, each = 16, from = 0) => tops.map((top, at) => haste.look(top, 900, from + at * each));
  assert.deepEqual(looks([0, -100, -200, -900, -1000]), [false, false, false, false, false]);
  assert.deepEqual(looks([-2000, -2600, -3200, -3300], 16, 1000), [false, false, true, false]);
  assert.deepEqual(looks([-4000, -5000, -6000], 400, 2000), [false, false, false]);
});

test('columns are as many as there is room for', () => {
  const usual = pickColumns([], new Set(), 200).shown.map((column) => column.id);
  assert.deepEqual(usual, ['state', 'cpu', 'memory', 'disk', 'load', 'network', 'uptime', 'agent']);
  assert.ok(pickColumns([], new Set(['system.gpu']), 200).shown.some((column) => column.id === 'gpu'));
  const narrow = pickColumns([], new Set(), 50);
  assert.ok(narrow.shown.length < usual.length && narrow.dropped.includes('agent'));
  assert.deepEqual(pickColumns([], new Set(), 200).dropped, []);
  assert.deepEqual(pickColumns(['agent', 'cpu', 'memory'], new Set(), 5).dropped, ['cpu', 'memory']);
  assert.equal(narrow.shown[0].id, 'state');
  assert.deepEqual(pickColumns(['agent', 'nonsense', 'cpu'], new Set(), 200).shown.map((one) => one.id), ['agent', 'cpu']);
  assert.equal(pickColumns(['agent', 'cpu', 'memory'], new Set(), 5).shown.length, 1);
  const many = ['agent', 'cpu', 'memory', 'disk', 'load', 'network'];
  assert.equal(pickColumns(many, new Set(), 47).shown.length, 6);
  assert.match(gridOf(pickColumns(many, new Set(), 47).shown, 47), /^1.75rem minmax\(1[0-2]\.\d+rem, 2fr\)/);
  assert.match(gridOf(narrow.shown, 50), /^1.75rem minmax\(13rem, 2fr\) 7.75rem/);
});

test('a picture of a value has gaps where nothing is known', () => {
  assert.equal(sparkPath([0, 1, null, 0.5, NaN], 40, 20, 1), 'M0.0 19.0L10.0 1.0M30.0 10.0');
  assert.equal(sparkPath([], 40, 20, 1), '');
  assert.equal(sparkPath([null], 40, 20, 0), '');
  assert.equal(sparkPath([5, -5], 40, 20, 1), 'M0.0 1.0L40.0 19.0');
});

test('systems are chosen to be compared, up to a limit', () => {
  for (let index = 0; index < MOST_COMPARED + 3; index += 1) {
    choose(String(index), `s${index}`, true);
  }
  assert.equal(chosen.value.size, MOST_COMPARED);
  choose('0', '', false);
  choose('0', '', false);
  choose('17', 's17', true);
  assert.deepEqual([...chosen.value.keys()].slice(-2), ['15', '17']);
  chooseNone();
  assert.equal(chosen.value.size, 0);
});
