/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The same charts over several systems. */

import { atEachSize, check, origin, overflow, shoot } from './lib.mjs';
import { chart, drag, drawnColumns, legend, pointAt, query, saved, settled, showChart, shownWindow, until } from './charts.mjs';

const CORE = 'core.usage:0';

/* When each line of a chart has its last value, in seconds, by what it saves. */
async function lastTimes(page, id) {
  const card = chart(page, id);
  await card.hover();
  const { bytes } = await saved(page, card.locator('[data-save="csv"]'));
  const [head, ...rows] = bytes.toString('utf8').trimEnd().split('\n').map((line) => line.split(','));
  return head.slice(1).map((_title, column) => Date.parse(rows.findLast((row) => row[column + 1] !== '')?.[0]) / 1000);
}

export default async function ({ page, ids, test }) {
  await test('a system is compared with others that are found by name', async () => {
    await page.goto(`${origin}/systems/${ids.past}?range=24h`);
    await page.locator('[data-control="compare"]').click();
    await page.getByRole('heading', { name: 'Compare' }).waitFor();
    await chart(page, 'cpu.usage').locator('.u-over').waitFor({ timeout: 30_000 });
    await page.getByLabel('Add a system').fill('twin');
    await page.locator(`[data-add="${ids.twin}"]`).click();
    await page.locator(`.chosen [data-system="${ids.twin}"]`).waitFor();
    check(query(page).get('systems') === `${ids.past},${ids.twin}`, page.url());
    const names = await until(page, () => legend(page, 'cpu.usage'), (lines) => lines.twin !== undefined && lines.twin !== 'no data');
    check(Object.keys(names).join() === 'past,twin', JSON.stringify(names));
  });

  await test('both are drawn, read at one moment, and zoomed together', async () => {
    await page.locator('.segmented input[value="24h"]').check({ force: true });
    await settled(page);
    await pointAt(page, 'cpu.usage', 0.4);
    const read = await until(
      page,
      async () => {
        await pointAt(page, 'cpu.usage', 0.4);
        return [await legend(page, 'cpu.usage'), await legend(page, 'memory.usage')];
      },
      (both) => both.every((lines) => Object.values(lines).every((text) => /^\d/.test(text))),
    );
    check(read.every((lines) => /^\d/.test(lines.past) && /^\d/.test(lines.twin)), JSON.stringify(read));
    const colours = await page.evaluate(() =>
      ['cpu.usage', 'memory.usage'].map((id) =>
        [...document.querySelectorAll(`[data-chart="${id}"] .legend .key`)].map((key) => getComputedStyle(key).color).join('|'),
      ),
    );
    check(colours[0] === colours[1] && new Set(colours[0].split('|')).size === 2, colours.join(' and '));
    await drag(page, 'cpu.usage', 0.2, 0.4);
    const [from, to] = await shownWindow(page, 'memory.usage');
    check(Math.abs(to - from - 0.2 * 86_400) < 600, `it shows ${to - from} s`);
    check(query(page).get('systems') === `${ids.past},${ids.twin}`, 'zooming lost the systems');
    await page.goBack();
    await settled(page);
    check(query(page).get('range') === '24h', page.url());
  });

  await test('which charts are compared is chosen, and stays in the address', async () => {
    await page.locator('.metrics summary').click();
    await page.getByRole('checkbox', { name: 'Swap used' }).uncheck();
    await chart(page, 'swap.used').waitFor({ state: 'detached' });
    check(!query(page).get('metrics').includes('swap'), page.url());
    await page.reload();
    await chart(page, 'cpu.usage').locator('.u-over').waitFor();
    check((await chart(page, 'swap.used').count()) === 0, 'the reload forgot the choice');
    await page.mouse.move(2, 2);
    await atEachSize(page, async (scheme, width) => {
      await page.waitForTimeout(500);
      check((await overflow(page)) <= 0, `${width} px: wider than the screen`);
      await shoot(page, `compare-${scheme}-${width}`);
    });
    await page.getByRole('button', { name: 'Take twin out' }).click();
    const names = await until(page, () => legend(page, 'cpu.usage'), (lines) => lines.twin === undefined);
    check(Object.keys(names).join() === 'past', JSON.stringify(names));
  });

  await test('one of several is chosen by its name, and stays in the address', async () => {
    await page.goto(`${origin}/compare?systems=${ids.past},${ids.twin}&metrics=cpu.usage&range=24h`);
    await chart(page, 'cpu.usage').locator('.u-over').waitFor({ timeout: 30_000 });
    await page.locator('.metrics summary').click();
    await page.locator('[data-pick="kind"]').selectOption('core');
    await page.locator('[data-pick="part"]').waitFor();
    check((await page.locator('[data-pick="part"]').inputValue()) === '0', 'the first core is not the first offer');
    await page.locator('[data-pick="metric"]').selectOption('usage');
    await page.locator('[data-pick="add"]').click();
    check(query(page).get('metrics') === `cpu.usage,${CORE}`, page.url());
    await showChart(page, CORE);
    await page.reload();
    await chart(page, CORE).locator('.u-over').waitFor({ timeout: 30_000 });
    const read = await until(
      page,
      async () => {
        await pointAt(page, CORE, 0.4);
        return legend(page, CORE);
      },
      (lines) => /^\d/.test(lines.past) && /^\d/.test(lines.twin),
    );
    check(/^\d/.test(read.past) && /^\d/.test(read.twin), JSON.stringify(read));
    await page.mouse.move(2, 2);
    await shoot(page, 'compare-parts-light-1440');
    await page.locator('.metrics summary').click();
    await page.locator(`[data-metric="${CORE}"]`).click();
    await chart(page, CORE).waitFor({ state: 'detached' });
  });

  await test('live: it begins with a line, and each system goes on by itself', async () => {
    await page.goto(`${origin}/compare?systems=${ids.past},${ids.crowd}&metrics=cpu.usage,${CORE}&range=live`);
    await showChart(page, CORE);
    const columns = await until(page, () => drawnColumns(page, 'cpu.usage'), (drawn) => drawn.slice(0, drawn.length / 4).some(Boolean));
    check(columns.slice(0, columns.length / 4).some(Boolean), 'nothing is drawn of before it was opened');
    const first = await until(page, () => legend(page, CORE), (lines) => /^\d/.test(lines.past) && /^\d/.test(lines.crowd));
    check(/^\d/.test(first.past) && /^\d/.test(first.crowd), JSON.stringify(first));
    /* Whatever they read: the newest value of each is younger than this. */
    const mark = Date.now() / 1000 + 1;
    const newest = await until(page, () => lastTimes(page, CORE), (times) => times.length === 2 && times.every((time) => time > mark));
    check(newest.length === 2 && newest.every((time) => time > mark), `the newest values are of ${newest}, not after ${mark}`);
    const [from, to] = await shownWindow(page, CORE);
    check(Math.abs(to - from - 60) < 2 && Math.abs(Date.now() / 1000 - to) < 30, `it shows ${from} to ${to}`);
    await shoot(page, 'compare-live-light-1440');
  });

  await test('live: that none of them tells anything is said', async () => {
    await page.goto(`${origin}/compare?systems=${ids.twin},${ids.idle}&range=live`);
    await page.locator('[data-silent]').waitFor({ timeout: 30_000 });
    await page.locator('.segmented input[value="24h"]').check({ force: true });
    await page.locator('[data-silent]').waitFor({ state: 'detached' });
  });

  await test('what any of them measures is offered', async () => {
    await page.goto(`${origin}/compare?systems=${ids.idle},${ids.past}&range=24h`);
    await page.locator('.metrics summary').click();
    await page.locator('[data-metric="greeter.greetings.said"]').waitFor();
  });

  await test('nothing chosen, or nonsense, says what to do', async () => {
    await page.goto(`${origin}/compare?systems=x,${'0'.repeat(15)},%3Cb%3E&metrics=__proto__,core.usage:%25E0%25A4,:,.x`);
    await page.getByText('Choose systems to compare').waitFor();
  });
}
