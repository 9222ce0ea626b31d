/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const { candidatesOf, catalogueOf, chooseLines, planCharts, planLines, seriesIn, stackColumns, lonePoints, withOthers } =
  await load('charts.ts');
const { LiveBuffer, withTail, lastValue, historyColumns, joinColumns, nearestRow } = await load('columns.ts');
const { seriesKey } = await load('schema.ts');
const { parseRoute } = await load('router.ts');

function metric(name, unit, chart, more = {}) {
  return { name, title: name, unit, type: 'number', aggregation: 'average', chart, range: null, text: null, ...more };
}

const key = (...parts) => parts.join('\0');

const schema = {
  kinds: [
    { name: 'facts', title: 'Facts', text: null, instanced: false, metrics: [metric('os', 'none', 'none')] },
    {
      name: 'made.up',
      title: 'Made up',
      text: 'From a plugin',
      instanced: false,
      metrics: [
        metric('Share', 'ratio', 'area', { range: 1 }),
        metric('a', 'ratio', 'stack', { range: 1 }),
        metric('b', 'ratio', 'stack', { range: 1 }),
        metric('State', 'none', 'line', { type: 'state' }),
        metric('in', 'bytes/s', 'line', { range: 0 }),
        metric('out', 'bytes/s', 'line'),
      ],
    },
    {
      name: 'disk',
      title: 'Disks',
      text: null,
      instanced: true,
      metrics: [metric('Read', 'bytes/s', 'line'), metric('CPU', 'ratio', 'stack')],
    },
  ],
};

test('charts come from the schema alone, grouped by what shares an axis', () => {
  const plans = planCharts(schema);
  assert.deepEqual(
    plans.map((plan) => [plan.title, plan.style, plan.range, plan.metrics.length]),
    [
      ['Made up share', 'area', 1, 1],
      ['Made up breakdown', 'stack', 1, 2],
      ['Made up throughput', 'line', null, 2],
      ['Disks: read', 'line', null, 1],
      ['Disks: CPU', 'stack', null, 1],
    ],
  );
  assert.equal(new Set(plans.map((plan) => plan.id)).size, plans.length);
});

test('lines are those with data; instances in natural order', () => {
  const plan = planCharts(schema)[3];
  const columns = {
    times: [1, 2],
    values: new Map([
      [key('disk', 'sd10', 'Read'), [1, null]],
      [key('disk', 'sd9', 'Read'), [1, 2]],
      [key('disk', 'sdx', 'Read'), [null, null]],
      [key('disk', 'sd1', 'CPU'), [1, 1]],
    ]),
  };
  assert.deepEqual(planLines(plan, [columns]).map((line) => line.label), ['sd9', 'sd10']);
});

test('stacks add up; a row without any value is a gap', () => {
  assert.deepEqual(
    stackColumns([
      [1, null, null],
      [2, 2, null],
    ]),
    [
      [1, 0, null],
      [3, 2, null],
    ],
  );
});

test('lone points are found', () => {
  assert.deepEqual(lonePoints([1, null, 2, 3, null, 4]), [0, 5]);
});

const sample = (time, value) => ({
  system: 's',
  time,
  series: [{ kind: 'cpu', instance: '', metric: 'usage', value }],
});
const CPU = key('cpu', '', 'usage');

test('the live buffer keeps gaps and forgets what is old', () => {
  const buffer = new LiveBuffer();
  buffer.push(sample(100, 1));
  buffer.push(sample(100, 9));
  buffer.push(sample(101, 2));
  buffer.push(sample(120, 3));
  const view = buffer.window(120, 60);
  assert.deepEqual(view.times, [100, 101, 102, 120]);
  assert.deepEqual(view.values.get(CPU), [1, 2, null, 3]);
  for (let time = 121; time < 1000; time += 1) {
    buffer.push(sample(time, time));
  }
  const late = buffer.window(999, 60);
  assert.equal(late.times.length, 62);
  assert.equal(late.values.get(CPU).at(-1), 999);
  assert.equal(buffer.window(5000, 60).times.length, 0);
  /* A closer look ends where it ends. */
  assert.equal(buffer.window(980, 20).values.get(CPU).at(-1), 980);
  assert.equal(buffer.window(980.5, 20).times.at(-1), 981);
});

test('before the first samples stand the last minutes of history', () => {
  const past = (times, values) =>
    historyColumns({ from: 0, to: 600, step: 60, times, series: [{ kind: 'cpu', instance: '', metric: 'usage', values }] });
  const buffer = new LiveBuffer();
  buffer.fill(past([480, 540], [4, 5]));
  buffer.push({ ...sample(600, 6), series: [...sample(600, 6).series, { kind: 'load', instance: '', metric: 'one', value: 1 }] });
  buffer.push(sample(601, 7));
  /* No gap between a minute and the first second; a line leads into the window. */
  assert.deepEqual(buffer.window(601, 60).times, [540, 600, 601].slice(0));
  assert.deepEqual(buffer.window(601, 100).values.get(CPU), [4, 5, 6, 7]);
  /* What comes late, or again, goes where it belongs, and no further than the samples. */
  buffer.fill(past([420, 480, 540, 600], [3, 4, 5, 99]));
  assert.deepEqual(buffer.window(601, 1000).times, [420, 480, 540, 600, 601]);
  assert.deepEqual(buffer.window(601, 1000).values.get(CPU), [3, 4, 5, 6, 7]);
  assert.deepEqual(buffer.window(601, 1000).values.get(key('load', '', 'one')), [null, null, null, 1, null]);
  assert.equal(buffer.covers(540, 601), false);
  assert.equal(buffer.covers(600, 601), true);
  /* A long silence is a gap all the same. */
  const other = new LiveBuffer();
  other.fill(past([60, 120], [1, 2]));
  other.push(sample(600, 3));
  assert.deepEqual(other.window(600, 1000).values.get(CPU).slice(-3), [2, null, 3]);
});

test('history ends in the mean of what came since', () => {
  const history = historyColumns({
    from: 0,
    to: 120,
    step: 60,
    times: [0, 60],
    series: [{ kind: 'cpu', instance: '', metric: 'usage', values: [1, 2] }],
  });
  const buffer = new LiveBuffer();
  for (const [time, value] of [[59, 50], [61, 4], [62, 6]]) {
    buffer.push(sample(time, value));
  }
  const joined = withTail(history, buffer.window(62, 100), 60);
  assert.deepEqual(joined.times, [0, 60, 62]);
  assert.deepEqual(joined.values.get(CPU), [1, 2, 5]);
  assert.equal(lastValue([1, 2, null]), 2);
});

test('addresses', () => {
  assert.deepEqual(parseRoute('/'), { page: 'fleet', query: '' });
  assert.deepEqual(parseRoute('/systems/00000000000000af', '?range=7d'), {
    page: 'system',
    id: '00000000000000af',
    query: '?range=7d',
  });
  assert.deepEqual(parseRoute('/compare/', '?a'), { page: 'compare', query: '?a' });
  assert.equal(parseRoute('/tokens').page, 'tokens');
  assert.equal(parseRoute('/systems/../x').page, 'unknown');
  assert.equal(parseRoute('/systems/00000000000000AF').page, 'unknown');
});

test('rows that are missing make a gap, and what is no number is missing', () => {
  const history = {
    from: 0,
    to: 600,
    step: 60,
    times: [60, 120, 300, 360],
    series: [
      { kind: 'load', instance: '', metric: 'one', values: [0, Infinity, 2, null], least: [0, 0, 1, null], most: [1, 1, 3, null] },
    ],
  };
  const columns = historyColumns(history);
  const one = seriesKey('load', '', 'one');
  assert.deepEqual(columns.times, [60, 120, 180, 300, 360]);
  assert.deepEqual(columns.values.get(one), [0, null, null, 2, null]);
  assert.deepEqual(columns.least.get(one), [0, 0, null, 1, null]);
});

test('answers of several systems come to one axis; a coarse one is drawn between its rows', () => {
  const a = { times: [0, 60, 120], values: new Map([['a', [1, 2, 3]]]) };
  const b = { times: [0, 120, 180], values: new Map([['b', [0, 4, null]]]) };
  const joined = joinColumns([a, b]);
  assert.deepEqual(joined.times, [0, 60, 120, 180]);
  assert.deepEqual(joined.values.get('a'), [1, 2, 3, null]);
  assert.deepEqual(joined.values.get('b'), [0, 2, 4, null]);
});

test('the row nearest to a moment', () => {
  assert.equal(nearestRow([], 5), null);
  assert.deepEqual([-9, 14, 15, 16, 99].map((time) => nearestRow([10, 20, 30], time)), [0, 0, 1, 1, 2]);
});

test('the largest instances are drawn, the rest is summed up', () => {
  const columns = { times: [0, 60], values: new Map() };
  for (let core = 0; core < 500; core += 1) {
    columns.values.set(seriesKey('core', String(core), 'usage'), [core / 500, core / 500]);
  }
  const plan = { id: 'core.usage', kind: 'core', title: 'Cores', metrics: [{ name: 'usage' }], instanced: true };
  const catalogue = catalogueOf(columns);
  assert.equal(seriesIn(plan, catalogue), 500);
  const candidates = candidatesOf(plan, catalogue, new Map([['499', 'last']]));
  const top = chooseLines(candidates, '', false);
  assert.deepEqual(top.lines.map((line) => line.label), ['490', '491', '492', '493', '494', '495', '496', '497', '498', 'last']);
  assert.equal(top.rest.length, 490);
  const [others, more] = withOthers(plan, columns, top.rest);
  assert.ok(Math.abs(more.values.get(others)[0] - (489 * 490) / 2 / 500) < 1e-9);
  assert.equal(chooseLines(candidates, '', true).lines.length, 500);
  assert.deepEqual(chooseLines(candidates, 'LA st', false).lines.map((line) => line.label), ['last']);
  assert.equal(chooseLines(candidates, 'nothing', false).matching, 0);
});
