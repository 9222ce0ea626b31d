/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One system: live values, charts, ranges. */

import { atEachSize, check, overflow, scrollThrough, shoot } from './lib.mjs';

const CHARTS = 4;

/* Which charts in the page have something drawn on their canvas. */
function drawnCharts(page) {
  return page.evaluate(() => {
    const drawn = [];
    for (const canvas of document.querySelectorAll('[data-chart] canvas')) {
      const { width, height } = canvas;
      const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
      const colours = new Set();
      for (let at = 0; at < data.length; at += 4) {
        /* Series are the only thing drawn in a colour: axes and grid are almost grey. */
        const [red, green, blue, alpha] = data.slice(at, at + 4);
        if (alpha > 120 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60) {
          colours.add(`${red} ${green} ${blue}`);
        }
      }
      if (colours.size > 0) {
        drawn.push(canvas.closest('[data-chart]').dataset.chart);
      }
    }
    return drawn;
  });
}

export default async function ({ page, system, name, test }) {
  await test('the system page opens and shows live values', async () => {
    await page.locator(`[data-system="${system}"] .name a`).click();
    await page.getByRole('heading', { name, exact: true }).waitFor();
    await page.locator('.segmented input[value="live"]').check({ force: true });
    await page.locator('[data-chart] canvas').first().waitFor({ timeout: 20_000 });
  });

  await test('a live value changes within 10 s', async () => {
    const read = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('[data-chart] [data-value], [data-chart] .legend .value')]
          .map((element) => element.textContent)
          .join('|'),
      );
    const before = await read();
    const begun = Date.now();
    while ((await read()) === before) {
      check(Date.now() - begun < 10_000, `no value changed from ${before}`);
      await page.waitForTimeout(200);
    }
    return `after ${((Date.now() - begun) / 1000).toFixed(1)} s`;
  });

  await test(`at least ${CHARTS} charts have data drawn`, async () => {
    /* A line needs two samples. */
    const begun = Date.now();
    let drawn = [];
    do {
      await page.waitForTimeout(1000);
      await scrollThrough(page);
      drawn = await drawnCharts(page);
    } while (drawn.length < CHARTS && Date.now() - begun < 20_000);
    check(drawn.length >= CHARTS, `only ${drawn.length} are drawn: ${drawn.join(' ')}`);
    return drawn.join(' ');
  });

  await test('the cursor is linked: all charts in sight read at one moment', async () => {
    await page.evaluate(() => scrollTo(0, 0));
    const box = await page.locator('[data-chart] .u-over').first().boundingBox();
    await page.mouse.move(box.x + box.width - 12, box.y + box.height / 2);
    await page.waitForTimeout(300);
    const moments = await page.evaluate(() =>
      [...document.querySelectorAll('.plot-moment:not([hidden])')]
        .filter((element) => element.getBoundingClientRect().top < innerHeight)
        .map((element) => element.textContent),
    );
    /* Samples go on arriving, so two charts may be one sample apart while this reads. */
    const seconds = moments.map((text) =>
      text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0),
    );
    const spread = Math.max(...seconds) - Math.min(...seconds);
    check(moments.length > 1 && spread <= 2, `moments shown: ${moments.join(', ')}`);
    await page.mouse.move(2, 2);
  });

  await test('every range is offered and answers', async () => {
    for (const range of ['1h', '12h', '24h', '7d', '30d', 'live']) {
      await page.locator(`.segmented input[value="${range}"]`).check({ force: true });
      await page.locator('.chart-grid, .notice').first().waitFor();
      await page.locator('.chart-card.waiting').first().waitFor({ state: 'detached', timeout: 20_000 });
      const title = await page.locator('.notice h2').allTextContents();
      check(!title.includes('No answer'), `${range}: the hub gave no answer`);
    }
  });

  await test('system screenshots, nothing wider than the screen', async () => {
    await page.waitForTimeout(4000);
    await atEachSize(page, async (scheme, width) => {
      await scrollThrough(page);
      await page.waitForTimeout(300);
      check((await overflow(page)) <= 0, `${width} px: wider than the screen`);
      await shoot(page, `system-${scheme}-${width}`);
      await shoot(page, `system-full-${scheme}-${width}`, { fullPage: true });
    });
  });
}
