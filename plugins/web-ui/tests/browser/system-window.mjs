/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One system with a past: the window of time, the cursor, gaps and bands, what is saved. */

import { check, origin, shoot } from './lib.mjs';
import { chart, drag, drawnColumns, goTo, HOUR, legend, moves, pointAt, query, saved, settled, showChart, shownWindow, until } from './charts.mjs';

const CPU = 'cpu.usage';
const LOAD = 'load.one+five+fifteen';

function near(value, expected, slack, what) {
  check(Math.abs(value - expected) <= slack, `${what} is ${value}, not about ${expected}`);
}

export default async function ({ page, ids, test }) {
  const now = () => Date.now() / 1000;

  await test('dragging over one chart zooms all of them, and back goes back', async () => {
    await goTo(page, ids.past, '?range=24h');
    const [from, to] = await shownWindow(page, CPU);
    near(to - from, 24 * HOUR, 2, 'the window');
    await drag(page, CPU, 0.25, 0.5);
    const words = query(page);
    near(Number(words.get('from')), from + 6 * HOUR, 600, 'the begin');
    near(Number(words.get('to')), from + 12 * HOUR, 600, 'the end');
    const [first, other] = [await shownWindow(page, CPU), await shownWindow(page, LOAD)];
    check(String(first) === String(other), `the charts show ${first} and ${other}`);
    await drag(page, LOAD, 0.2, 0.6);
    const closer = Number(query(page).get('to')) - Number(query(page).get('from'));
    near(closer, 2.4 * HOUR, 300, 'the second zoom');
    await moves(page, () => chart(page, CPU).locator('.u-over').dblclick());
    check(query(page).get('from') === words.get('from'), 'a double click did not go one window back');
    await moves(page, () => page.goBack());
    check(query(page).get('range') === '24h', "the browser's back did not go to the first window");
    await moves(page, () => page.goForward());
    check(query(page).get('from') === words.get('from'), 'forward did not go forward');
    await page.mouse.move(2, 2);
    await page.waitForTimeout(150);
    await moves(page, () => page.keyboard.press('Escape'));
    check(query(page).get('range') === '24h', 'Escape did not go back');
  });

  await test('a press that moves nothing chooses nothing, whatever becomes of the cursor meanwhile', async () => {
    await goTo(page, ids.past, '?range=24h');
    await drag(page, CPU, 0.2, 0.4);
    const before = page.url();
    await pointAt(page, CPU, 0.7);
    await page.mouse.down();
    await page.keyboard.press('Escape');
    await until(page, () => page.locator('.plot-moment:not([hidden])').count(), (count) => count === 0);
    await page.mouse.up();
    await page.waitForTimeout(150);
    check(page.url() === before, `it went to ${page.url()}`);
  });

  await test('a link to a window shows that window, after a reload as well', async () => {
    const to = Math.floor(now() - 30 * HOUR);
    await goTo(page, ids.past, `?from=${to - 3 * HOUR}&to=${to}`);
    check(String(await shownWindow(page, CPU)) === String([to - 3 * HOUR, to]), 'another window is shown');
    await page.reload();
    await chart(page, CPU).locator('.u-over').waitFor();
    check(String(await shownWindow(page, CPU)) === String([to - 3 * HOUR, to]), 'the reload lost the window');
    check(await page.locator('[data-window]').isVisible(), 'it is not said what is shown');
    await moves(page, () => page.locator('[data-move="back"]').click());
    check(query(page).get('range') !== null, 'Back has no range to go to');
  });

  await test('the window moves by shift and drag, by keys and by buttons, not beyond the present', async () => {
    const to = Math.floor(now() - 20 * HOUR);
    await goTo(page, ids.past, `?from=${to - 4 * HOUR}&to=${to}`);
    await drag(page, CPU, 0.25, 0.75, 'Shift');
    near(Number(query(page).get('to')), to - 2 * HOUR, 400, 'the end after dragging');
    await chart(page, CPU).getByRole('slider').focus();
    await moves(page, () => page.keyboard.press('Shift+ArrowRight'));
    near(Number(query(page).get('to')), to - HOUR, 400, 'the end after a key');
    await moves(page, () => page.locator('[data-move="later"]').click());
    near(Number(query(page).get('to')), to + HOUR, 400, 'the end after a button');
    const later = page.locator('[data-move="later"]');
    const ended = await until(
      page,
      async () => {
        /* it may end between the look and the click */
        await later.click({ timeout: 1000 }).catch(() => {});
        return later.isDisabled();
      },
      (disabled) => disabled,
    );
    check(ended, 'it can go on beyond the present');
    await settled(page);
    check(Number(query(page).get('to')) <= now() + 2, 'the window lies in the future');
    await moves(page, () => page.locator('[data-move="wider"]').click());
    near(Number(query(page).get('to')) - Number(query(page).get('from')), 8 * HOUR, 60, 'the wider window');
    /* However often it moved, one step back is where it was. */
    await moves(page, () => page.goBack());
    near(Number(query(page).get('to')), to, 1, 'the end after going back');
  });

  await test('all charts in sight are read at the same moment, by mouse and by keyboard', async () => {
    await goTo(page, ids.past, '?range=24h');
    await pointAt(page, CPU, 0.3);
    const moments = await page.locator('.plot-moment:not([hidden])').allTextContents();
    check(moments.length >= 4 && new Set(moments).size === 1, `moments: ${moments.join(', ')}`);
    const read = await legend(page, LOAD);
    check(/^\d/.test(read['1 minute']), `the load reads ${JSON.stringify(read)}`);
    await page.mouse.move(2, 2);
    const slider = chart(page, CPU).getByRole('slider');
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    await page.waitForTimeout(100);
    const first = await slider.getAttribute('aria-valuetext');
    await page.keyboard.press('PageUp');
    const second = await until(page, () => slider.getAttribute('aria-valuetext'), (text) => text !== first);
    check(first !== second && /\d+(\.\d)?%/.test(second), `it reads "${first}", then "${second}"`);
    const keyed = await page.locator('.plot-moment:not([hidden])').allTextContents();
    check(keyed.length >= 4 && new Set(keyed).size === 1, `moments by key: ${keyed.join(', ')}`);
    await page.keyboard.press('Escape');
    const left = await until(page, () => page.locator('.plot-moment:not([hidden])').count(), (count) => count === 0);
    check(left === 0, 'Escape left the cursor');
  });

  await test('a step that is longer than a sample has a band, and the legend its two ends', async () => {
    await goTo(page, ids.past, '?range=30d');
    await pointAt(page, CPU, 0.5);
    const text = await chart(page, CPU).locator('[data-value]').textContent();
    const [, mean, least, most] = /^(\d+\.\d)% \((\d+\.\d)%\s.\s(\d+\.\d)%\)$/.exec(text) ?? [];
    check(Number(least) < Number(mean) && Number(mean) < Number(most), `the value reads "${text}"`);
    await page.mouse.move(2, 2);
    return text;
  });

  await test('a gap is a gap: nothing is drawn there and the legend says "no data"', async () => {
    await goTo(page, ids.past, '?range=12h');
    /* Six hours before the end an hour without samples begins, going backwards. */
    const [from, to] = await shownWindow(page, CPU);
    const at = (to - 6.5 * HOUR - from) / (to - from);
    const columns = await drawnColumns(page, CPU);
    const part = (share) => columns.slice(Math.round((share - 0.02) * columns.length), Math.round((share + 0.02) * columns.length));
    check(part(at).every((drawn) => !drawn), 'something is drawn in the gap');
    check(part(at - 0.2).every(Boolean) && part(at + 0.2).every(Boolean), 'nothing is drawn beside the gap');
    await pointAt(page, CPU, at);
    check((await chart(page, CPU).locator('[data-value]').textContent()) === 'no data', 'the value in the gap is not "no data"');
  });

  await test('what is missing is not zero, and zero is not missing', async () => {
    await goTo(page, ids.past, '?range=12h');
    const [from, to] = await shownWindow(page, LOAD);
    /* For an hour the load is missing, while swap is zero. */
    const at = (to - 9.5 * HOUR - from) / (to - from);
    await pointAt(page, CPU, at);
    const load = await legend(page, LOAD);
    check(Object.values(load).every((value) => value === 'no data'), `the load reads ${JSON.stringify(load)}`);
    const swap = chart(page, 'swap.used');
    await showChart(page, 'swap.used');
    await pointAt(page, 'swap.used', at);
    const text = await swap.locator('[data-value]').textContent();
    check(text.startsWith('0 B') || text.startsWith('0\u00a0B'), `swap reads "${text}"`);
    await page.mouse.move(2, 2);
    await page.evaluate(() => scrollTo(0, 0));
  });

  await test('a chart is saved as CSV of what is seen, and as PNG', async () => {
    await goTo(page, ids.past, '?range=12h');
    const card = chart(page, LOAD);
    await card.hover();
    const csv = await saved(page, card.locator('[data-save="csv"]'));
    const lines = csv.bytes.toString('utf8').trimEnd().split('\n');
    check(csv.name === 'past-load.one-five-fifteen.csv', `the file is called ${csv.name}`);
    check(lines[0].startsWith('time,1 minute [load]'), `its head is ${lines[0]}`);
    const [from, to] = await shownWindow(page, LOAD);
    const times = lines.slice(1).map((line) => Date.parse(line.split(',')[0]) / 1000);
    check(times.length >= 200 && times[0] >= from - 1 && times.at(-1) <= to + 61, `${times.length} rows`);
    const gap = times.some((time, row) => row > 0 && time - times[row - 1] > 50 * 60);
    check(gap, 'the gap was filled');
    const png = await saved(page, card.locator('[data-save="png"]'));
    check(png.bytes.subarray(1, 4).toString() === 'PNG' && png.bytes.length > 8000, 'it is no picture');
    const size = [png.bytes.readUInt32BE(16), png.bytes.readUInt32BE(20)];
    check(size[0] > 500 && size[1] > 250, `the picture has ${size.join(' x ')}`);
  });

  await test('the page is saved as one CSV', async () => {
    const { name, bytes } = await saved(page, page.locator('[data-save="page"]'));
    const lines = bytes.toString('utf8').trimEnd().split('\n');
    const charts = new Set(lines.slice(1).map((line) => line.split(',')[1]));
    check(name.startsWith('past-') && lines[0] === 'time,chart,series,value', `${name}: ${lines[0]}`);
    check(charts.has('CPU usage') && charts.has('Load average') && charts.size > 4, [...charts].join(' '));
  });

  await test('the live view begins with a line, and a reload keeps the window', async () => {
    await goTo(page, ids.past, '?range=24h');
    await moves(page, () => page.locator('.segmented input[value="live"]').check({ force: true }));
    await page.reload();
    await chart(page, CPU).locator('.u-over').waitFor({ timeout: 30_000 });
    check(query(page).get('range') === 'live', page.url());
    const begin = (drawn) => drawn.slice(0, drawn.length / 4).some(Boolean);
    const columns = await until(page, () => drawnColumns(page, CPU), begin);
    check(begin(columns), 'nothing is drawn of before it was opened');
    const [from, to] = await shownWindow(page, CPU);
    near(to - from, 60, 2, 'the window');
    /* Without an address the last choice holds. */
    await page.goto(`${origin}/systems/${ids.past}`);
    await page.locator('.segmented input[value="live"]:checked').waitFor({ state: 'attached' });
  });

  await test('values are in the units that the viewer chose', async () => {
    await page.evaluate(() =>
      localStorage.setItem('reeve.settings', JSON.stringify({ temperature: 'fahrenheit', rates: 'bits', prefixes: 1000, clock: '12' })),
    );
    await goTo(page, ids.past, '?range=24h');
    await pointAt(page, CPU, 0.4);
    const moment = await page.locator('.plot-moment:not([hidden])').first().textContent();
    check(/\d:\d\d\s*[ap]m/i.test(moment), `the moment reads "${moment}"`);
    await showChart(page, 'network.sent+received');
    const network = await until(
      page,
      async () => {
        await pointAt(page, 'network.sent+received', 0.4);
        return legend(page, 'network.sent+received');
      },
      (values) => /bit\/s/.test(values.Sent),
    );
    check(/bit\/s/.test(network.Sent), `the network reads ${JSON.stringify(network)}`);
    await page.locator('[data-kind="sensor"]').scrollIntoViewIfNeeded();
    await showChart(page, 'sensor.temperature');
    const isHot = (values) => Object.values(values).some((text) => text.includes('\u00b0F'));
    const heat = await until(
      page,
      async () => {
        await pointAt(page, 'sensor.temperature', 0.4);
        return legend(page, 'sensor.temperature');
      },
      isHot,
    );
    check(isHot(heat), `sensors read ${JSON.stringify(heat)}`);
    await page.evaluate(() => localStorage.removeItem('reeve.settings'));
    await shoot(page, 'system-units-1440');
  });
}
