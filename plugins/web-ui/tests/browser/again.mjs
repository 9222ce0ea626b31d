/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What could not be had the first time, or comes late. */

import { check, expectProblems, open, origin, shoot } from './lib.mjs';
import { goTo, settled, shownWindow, until } from './charts.mjs';

/* What the browser itself says of what does not come. */
const SAID = ['Failed to load resource', '503', 'net::ERR'];

/* Refuses what `pattern` names while `body` runs. */
async function without(page, pattern, body) {
  const refuse = (route) => route.fulfill({ status: 503, contentType: 'application/json', body: '{"title":"Not now"}' });
  await page.route(pattern, refuse);
  try {
    await body();
  } finally {
    await page.unroute(pattern, refuse);
  }
}

/* A page that has never been here, with the session of `page`. */
async function another(browser, page) {
  const token = await page.evaluate(() => sessionStorage.getItem('reeve.token'));
  const other = await open(browser);
  await other.addInitScript((value) => sessionStorage.setItem('reeve.token', value), token);
  return other;
}

export default async function ({ browser, page, ids, test }) {
  await test('a dialog about a system that cannot be asked for says so, and tries again', async () => {
    await expectProblems(SAID, async () => {
      await page.goto(`${origin}/`);
      await page.locator(`[data-system="${ids.past}"]`).waitFor();
      await without(page, `**/api/v1/systems/${ids.past}`, async () => {
        await page.goto(`${origin}/?open=rename&on=${ids.past}`);
        await page.getByRole('dialog', { name: 'No answer' }).getByRole('alert').waitFor();
        await shoot(page, 'dialog-no-answer');
      });
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('dialog', { name: 'Rename past' }).waitFor();
    });
  });

  await test('a dialog whose code cannot be had says so over the page, and tries again', async () => {
    const other = await another(browser, page);
    await other.goto(`${origin}/`);
    await other.locator('[data-system]').first().waitFor();
    await other.waitForTimeout(500);
    await expectProblems(SAID, async () => {
      await without(other, '**/assets/*.js', async () => {
        await other.locator('[data-control="palette"]').click();
        await other.getByRole('dialog', { name: 'This part of the page could not be loaded' }).waitFor();
        await shoot(other, 'dialog-no-code');
      });
      await other.getByRole('button', { name: 'Try again' }).click();
      await other.getByRole('combobox').waitFor();
    });
    await other.context().close();
  });

  await test('modules of plugins that could not be had come when the hub is back', async () => {
    const other = await another(browser, page);
    await expectProblems(SAID, async () => {
      await without(other, '**/api/v1/modules', async () => {
        await other.goto(`${origin}/x/containers/all`);
        await other.getByText('The hub could not be asked.').waitFor();
        await shoot(other, 'module-no-answer');
      });
      await other.getByRole('heading', { name: 'Containers' }).waitFor({ timeout: 60_000 });
      await other.locator('main tbody tr').first().waitFor({ timeout: 30_000 });
    });
    await other.context().close();
  });

  await test('a comparison that could not be had says so, and comes by itself', async () => {
    const other = await another(browser, page);
    await expectProblems(SAID, async () => {
      await without(other, '**/schema', async () => {
        await without(other, `**/api/v1/systems/${ids.twin}`, async () => {
          await other.goto(`${origin}/compare?systems=${ids.past},${ids.twin}&range=24h`);
          await other.getByText('Some of the systems could not be asked for.').waitFor();
        });
      });
      await other.locator('[data-chart] .u-over').first().waitFor({ timeout: 30_000 });
      await other.locator('.chosen').getByText('twin').waitFor({ timeout: 30_000 });
    });
    await other.context().close();
  });

  await test('charts of another range than the chosen one are said to be so, until it comes', async () => {
    const notice = page.locator('[data-failed]');
    await expectProblems(SAID, async () => {
      await goTo(page, ids.past, '?range=24h');
      await without(page, '**/history?*', async () => {
        await page.locator('.segmented input[value="7d"]').check({ force: true });
        await notice.waitFor();
        check((await page.locator('[data-chart]').count()) > 3, 'the charts are gone');
        await shoot(page, 'system-no-answer');
      });
      await notice.waitFor({ state: 'detached', timeout: 30_000 });
    });
    await settled(page);
    const [from, to] = await shownWindow(page, 'cpu.usage');
    check(Math.abs(to - from - 7 * 86_400) < 60, `it shows ${to - from} s`);
  });

  await test('Enter opens what was typed, not what was found for less of it', async () => {
    await page.goto(`${origin}/`);
    await page.locator('[data-system]').first().waitFor();
    await page.locator('[data-control="palette"]').click();
    const box = page.getByRole('combobox');
    await box.fill('past');
    await page.locator(`[data-entry="system-${ids.past}"]`).waitFor();
    await until(page, () => page.locator('[role="option"]').count(), (count) => count === 1);
    await box.fill('twin');
    await box.press('Enter');
    await page.getByRole('heading', { name: 'twin', exact: true }).waitFor();
  });

  await test('a one-time link that was used leaves the session as it is', async () => {
    await page.goto(`${origin}/`);
    await page.locator('[data-system]').first().waitFor();
    await expectProblems(['401', '403'], async () => {
      await page.evaluate(() => {
        location.hash = '#open=nonsense';
      });
      await page.getByText('This link was used already').waitFor();
      check((await page.locator('[data-system]').count()) > 0, 'the list is gone');
      await shoot(page, 'link-used');
      await page.goto('about:blank');
      await page.goto(`${origin}/#open=nonsense`);
      await page.locator('[data-system]').first().waitFor();
      await page.getByText('This link was used already').waitFor();
    });
  });

  await test('a state that is typed becomes a button when its word has ended', async () => {
    await page.goto(`${origin}/`);
    await page.locator('[data-system]').first().waitFor();
    const box = page.getByRole('searchbox', { name: 'Filter systems' });
    await box.pressSequentially('state:u');
    /* Longer than a pause in typing. */
    await page.waitForTimeout(500);
    check((await box.inputValue()) === 'state:u', `the box has ${await box.inputValue()}`);
    check(!page.url().includes('filter='), page.url());
    await box.pressSequentially('p pa');
    await until(page, () => page.url(), (url) => url.includes('pa'));
    check((await box.inputValue()) === 'pa', `the box has ${await box.inputValue()}`);
    check((await page.locator('[data-state="up"]').first().getAttribute('aria-pressed')) === 'true', page.url());
  });

  await test('of two languages that are chosen in a row the last one is shown, in titles of plugins too', async () => {
    let answer = null;
    const hold = (route) => {
      answer = () => route.continue();
    };
    await page.route('**/assets/de-*.json', hold);
    await page.goto(`${origin}/?open=settings`);
    const language = page.locator('[data-setting="language"]');
    await language.selectOption('de');
    await until(page, async () => answer, (held) => held !== null);
    await language.selectOption('en');
    await answer();
    await page.unroute('**/assets/de-*.json', hold);
    await page.waitForTimeout(500);
    const shown = await page.evaluate(() => document.documentElement.lang);
    check(shown === 'en', `the page says ${shown}`);
    await language.selectOption('de');
    await page.locator('.module-links').getByText('Container', { exact: true }).waitFor();
    await language.selectOption('auto');
    await page.locator('.module-links').getByText('Containers', { exact: true }).waitFor();
  });
}
