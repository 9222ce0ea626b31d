/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pages with charts and tables: what axe finds, what they weigh, how they are with a finger. */

import { atEachSize, bytesOf, check, listRequests, open, openMetered, origin, scrollThrough, shoot } from './lib.mjs';
import { axeSource, judge } from './axe.mjs';
import { chart, settled } from './charts.mjs';

const SIZES = [[1440, 900], [390, 844]];
/* Of scripts and styles, beyond those of the list. */
const MOST_BYTES = 60 * 1024;

export default async function ({ browser, page, ids, test }) {
  const source = await axeSource();
  const places = [
    ['a system', `/systems/${ids.past}?range=24h`, '[data-chart] .u-over'],
    ['a crowded system', `/systems/${ids.crowd}?range=live`, '[data-chart] .u-over'],
    ['a comparison', `/compare?systems=${ids.past},${ids.twin}&range=7d`, '[data-chart] .u-over'],
    ['the page of a plugin', '/x/containers/all', 'main tbody tr'],
  ];
  for (const [what, address, wait] of places) {
    await test(`axe: ${what}`, async () => {
      await page.goto(origin + address);
      await page.locator(wait).first().waitFor({ timeout: 30_000 });
      await atEachSize(page, async (scheme, width) => {
        await scrollThrough(page);
        await page.waitForTimeout(300);
        await judge(page, source, `${what}, ${scheme} ${width}`);
      }, SIZES);
    }, { alone: true });
  }

  await test('the first charts of a system keep within their bytes', async () => {
    const { visitor, requests } = await openMetered(browser, page);
    await visitor.goto(`${origin}/`);
    await visitor.locator('[data-system]').first().waitFor();
    await visitor.waitForTimeout(300);
    requests.clear();
    const begun = Date.now();
    await visitor.locator(`[data-system="${ids.past}"] a`).first().click();
    await chart(visitor, 'cpu.usage').locator('.u-over').waitFor();
    const spent = Date.now() - begun;
    await visitor.waitForTimeout(1000);
    const files = [...requests.values()].filter(({ url }) => url.includes('/assets/') && !url.includes('/assets/modules/'));
    const bytes = bytesOf(files);
    await visitor.context().close();
    check(bytes > 0 && bytes <= MOST_BYTES, `${bytes} bytes: ${listRequests(files)}`);
    return `${(bytes / 1024).toFixed(1)} KiB more in ${files.length} files; first chart after ${spent} ms`;
  });

  await test('what has not changed is not sent again', async () => {
    const { visitor, requests } = await openMetered(browser, page);
    const schema = async () => {
      requests.clear();
      await visitor.goto(`${origin}/systems/${ids.past}?range=24h`);
      await chart(visitor, 'cpu.usage').locator('.u-over').waitFor({ timeout: 30_000 });
      await settled(visitor);
      return [...requests.values()].find(({ url }) => url.endsWith('/schema')).bytes;
    };
    const first = await schema();
    const again = await schema();
    await visitor.context().close();
    check(first > 2000 && again > 0 && again < 1000, `the schema was sent as ${first}, then as ${again} bytes`);
    return `${first}, then ${again} bytes`;
  });

  await test('a finger pins the cursor, and every control is big enough for it', async () => {
    const token = await page.evaluate(() => sessionStorage.getItem('reeve.token'));
    const phone = await open(browser, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    await phone.addInitScript((value) => sessionStorage.setItem('reeve.token', value), token);
    await phone.goto(`${origin}/systems/${ids.past}?range=24h`);
    const over = chart(phone, 'cpu.usage').locator('.u-over');
    await over.waitFor();
    await settled(phone);
    const box = await over.boundingBox();
    await phone.touchscreen.tap(box.x + box.width * 0.4, box.y + box.height / 2);
    await phone.waitForTimeout(600);
    const first = await chart(phone, 'cpu.usage').locator('.plot-moment:not([hidden])').textContent();
    await phone.waitForTimeout(1500);
    check((await chart(phone, 'cpu.usage').locator('.plot-moment:not([hidden])').textContent()) === first, 'it did not stay');
    const small = await phone.evaluate(() =>
      [...document.querySelectorAll('main button, main input, main summary')]
        .map((element) => {
          /* What is chosen by its label is as big as that. */
          const rect = (element.closest('label') ?? element).getBoundingClientRect();
          return { what: element.outerHTML.slice(0, 80), width: rect.width, height: rect.height };
        })
        .filter(({ width, height }) => width > 0 && (height < 24 || width < 24)),
    );
    check(small.length === 0, JSON.stringify(small.slice(0, 5)));
    await shoot(phone, 'system-pinned-390');
    await phone.context().close();
  });
}
