/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the viewer chose stays. */

import { check, open, origin, shoot } from './lib.mjs';

export default async function ({ browser, page, system, name, test }) {
  await test('the colours can be chosen, and stay chosen', async () => {
    await page.goto(`${origin}/systems/${system}`);
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await ground();
    await page.locator('[data-control="theme"]').click();
    await page.locator('[data-control="theme"]').click();
    check((await ground()) !== light, 'the page did not turn dark');
    await page.reload();
    await page.getByRole('heading', { name, exact: true }).waitFor();
    check((await ground()) !== light, 'the choice was lost');
    await page.locator('[data-control="theme"]').click();
  });

  await test('the settings lie over the page, in the address, and give the focus back', async () => {
    await page.goto(`${origin}/`);
    const button = page.getByRole('button', { name: 'Settings' });
    await button.click();
    const dialog = page.getByRole('dialog', { name: 'Settings' });
    await dialog.waitFor();
    check(page.url().endsWith('/?open=settings'), `the address is ${page.url()}`);
    await shoot(page, 'settings-light-1440');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    check(page.url() === `${origin}/`, `the address is ${page.url()}`);
    check(await button.evaluate((element) => element === document.activeElement), 'the focus is elsewhere');
    await page.goForward();
    await dialog.waitFor();
    await page.goBack();
    await dialog.waitFor({ state: 'detached' });
  });

  await test('German is complete, at once, and stays', async () => {
    await page.goto(`${origin}/?open=settings`);
    await page.locator('[data-setting="language"]').selectOption('de');
    await page.getByRole('dialog', { name: 'Einstellungen' }).waitFor();
    check((await page.evaluate(() => document.documentElement.lang)) === 'de', 'the page says another language');
    await page.reload();
    await page.getByRole('dialog', { name: 'Einstellungen' }).waitFor();
    await shoot(page, 'settings-german-1440');
    await page.locator('[data-setting="language"]').selectOption('auto');
    await page.getByRole('dialog', { name: 'Settings' }).waitFor();
  });

  await test("the browser's language is taken by itself, and English needs no catalogue", async () => {
    const visitor = await open(browser, { locale: 'de-AT' });
    await visitor.goto(origin);
    await visitor.getByRole('heading', { name: 'Bei Reeve anmelden' }).waitFor();
    await visitor.context().close();
    const files = [];
    const english = await open(browser);
    english.on('request', (request) => files.push(new URL(request.url()).pathname));
    await english.goto(origin);
    await english.getByRole('heading', { name: 'Sign in to Reeve' }).waitFor();
    check(!files.some((file) => file.endsWith('.json')), `asked for ${files.join(' ')}`);
    await english.context().close();
  });

  await test('thresholds and units are checked, kept and reset', async () => {
    await page.goto(`${origin}/?open=settings`);
    await page.locator('[data-setting="critical"]').fill('50');
    await page.locator('[data-setting="temperature"]').selectOption('fahrenheit');
    const stored = () => page.evaluate(() => JSON.parse(localStorage.getItem('reeve.settings')));
    const { warn, critical, temperature } = await stored();
    check(warn === 0.5 && critical === 0.5 && temperature === 'fahrenheit', JSON.stringify(await stored()));
    await page.getByRole('button', { name: 'Reset all' }).click();
    check((await stored()).critical === 0.9, 'nothing was reset');
    /* What somebody else wrote there harms nothing. */
    await page.evaluate(() => localStorage.setItem('reeve.settings', '{"theme":["x"],"columns":[{}]}'));
    await page.goto(`${origin}/`);
    await page.getByRole('heading', { name: 'Systems', exact: true }).waitFor();
    await page.evaluate(() => localStorage.removeItem('reeve.settings'));
  });
}
