/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A machine of 500 cores, 64 interfaces and 300 containers with names that nobody would wish for. */

import { check, origin, overflow, shoot } from './lib.mjs';
import { chart, legend, saved, showChart, until } from './charts.mjs';

const CORES = 'core.usage';

/* Milliseconds, of the next five seconds. */
function longestTask(page) {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        let most = 0;
        const observer = new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) {
            most = Math.max(most, entry.duration);
          }
        });
        observer.observe({ entryTypes: ['longtask'] });
        setTimeout(() => {
          observer.disconnect();
          resolve(most);
        }, 5000);
      }),
  );
}

export default async function ({ page, ids, test }) {
  await test('of 500 cores the ten largest are drawn, and all when asked for', async () => {
    await page.goto(`${origin}/systems/${ids.crowd}?range=live`);
    await chart(page, CORES).locator('.u-over').waitFor({ timeout: 60_000 });
    const largest = await until(page, () => legend(page, CORES), (lines) => Object.keys(lines).length === 10);
    check(Object.keys(largest).length === 10, `the legend has ${Object.keys(largest).join(' ')}`);
    check(Object.values(largest).every((text) => parseFloat(text) > 70), JSON.stringify(largest));
    const begun = Date.now();
    await page.locator('[data-kind="core"] [data-all]').click();
    await chart(page, CORES).locator('.legend .more').waitFor();
    const spent = Date.now() - begun;
    const shown = Object.keys(await legend(page, CORES)).length;
    check(shown === 12, `the legend is not folded: ${shown}`);
    await chart(page, CORES).locator('.legend .more').click();
    const unfolded = Object.keys(await legend(page, CORES)).length;
    check(unfolded === 200, `the legend has ${unfolded} lines`);
    const box = await chart(page, CORES).locator('.legend').boundingBox();
    check(box.height < 300, `the legend is ${box.height} px high`);
    const pause = await longestTask(page);
    return `all were drawn after ${spent} ms; the longest task of the seconds after takes ${pause.toFixed(0)} ms`;
  });

  await test('a filter of words chooses among them', async () => {
    const section = page.locator('[data-kind="core"]');
    await section.getByRole('searchbox').fill('49');
    const all49 = (names_) => names_.length > 0 && names_.every((name) => name.includes('49'));
    const names = await until(page, async () => Object.keys(await legend(page, CORES)), all49);
    check(all49(names), names.join(' '));
    await section.getByRole('searchbox').fill('no such core');
    const none = await until(page, async () => Object.keys(await legend(page, CORES)), (left) => left.length === 0);
    check(none.length === 0, 'something matches');
    await section.getByRole('searchbox').fill('');
  });

  await test('containers have their names, as text only', async () => {
    const section = page.locator('[data-kind="container"]');
    const filter = section.locator(':scope > header').getByRole('searchbox');
    await section.scrollIntoViewIfNeeded();
    await filter.fill('onerror');
    const name = '<img src=x onerror=alert(1)>';
    await chart(page, 'container.memory').locator('.legend .label', { hasText: 'onerror' }).waitFor();
    check(Object.keys(await legend(page, 'container.memory'))[0] === name, 'it is called otherwise');
    check((await page.locator('main img').count()) === 0, 'the name became markup');
    await filter.fill('hyperlink');
    const card = chart(page, 'container.memory');
    await card.locator('.legend .label', { hasText: 'HYPERLINK' }).waitFor();
    await card.locator('.legend .label', { hasText: 'onerror' }).waitFor({ state: 'detached' });
    await card.hover();
    const csv = await saved(page, card.locator('[data-save="csv"]'));
    const [head] = csv.bytes.toString('utf8').split('\n');
    check(head === 'time,"\'=HYPERLINK(""http://example.invalid"") [bytes]"', `the head is ${head}`);
    await filter.fill('wwww');
    await card.locator('.legend .label', { hasText: 'wwww' }).waitFor();
    check((await overflow(page)) <= 0, 'a long name makes the page wider');
    await filter.fill('');
    await chart(page, 'container.memory').locator('.legend .label', { hasText: 'others' }).waitFor();
    await shoot(page, 'system-crowd-1440');
  });

  await test('values that are no numbers are missing, and leave the others alone', async () => {
    await showChart(page, 'sensor.temperature');
    const names = await until(page, () => legend(page, 'sensor.temperature'), (lines) => lines.fine !== undefined);
    check(Object.keys(names).join() === 'fine', `sensors: ${JSON.stringify(names)}`);
    check(/^4\d|^50/.test(names.fine), names.fine);
  });

  await test('what is not well stands on top, each once', async () => {
    await page.evaluate(() => scrollTo(0, 0));
    const bad = await page.locator('.states [data-severity="critical"]').allTextContents();
    check(bad.length === 4 && bad.filter((text) => text.includes('unit-')).length === 3, bad.join(' | '));
  });
}
