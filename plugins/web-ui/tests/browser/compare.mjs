/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The same charts over several systems. */

import { atEachSize, check, origin, overflow, shoot } from './lib.mjs';
import { chart, drag, legend, pointAt, query, settled, shownWindow, until } from './charts.mjs';

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

  await test('nothing chosen, or nonsense, says what to do', async () => {
    await page.goto(`${origin}/compare?systems=x,${'0'.repeat(15)},%3Cb%3E&metrics=__proto__`);
    await page.getByText('Choose systems to compare').waitFor();
  });
}
