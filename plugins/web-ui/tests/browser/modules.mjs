/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What plugins add to the page: the tables of containers and services, and modules that are broken. */

import { atEachSize, check, expectProblems, origin, overflow, shoot } from './lib.mjs';
import { chart, showChart, until } from './charts.mjs';

const LIST = '[data-panel="containers/list"]';

export default async function ({ page, ids, test }) {
  const firstNames = () => page.locator(`${LIST} tbody th`).allTextContents();

  await test('a plugin that is not of the tree has a chart and a panel, without a line in the page', async () => {
    await page.goto(`${origin}/systems/${ids.past}?range=live`);
    await showChart(page, 'greeter.greetings.said');
    const value = await until(
      page,
      () => chart(page, 'greeter.greetings.said').locator('[data-value]').textContent(),
      (text) => Number(text) > 2,
    );
    check(Number(value) > 2, `the chart reads ${value}`);
    const text = await chart(page, 'greeter.greetings.said').locator('header').textContent();
    check(text.includes('Greetings said') && text.includes('How often it has greeted'), text);
    const panel = page.locator('[data-panel="greeter/said"]');
    await panel.scrollIntoViewIfNeeded();
    const said = await until(page, () => panel.locator('p').textContent(), (words) => /greeted \d+ times/.test(words));
    check(/^past has greeted \d+ times$/.test(said), said);
    await shoot(page, 'system-out-of-tree-1440');
  });

  await test('the modules are listed, under the hash of what they are', async () => {
    await page.goto(`${origin}/systems/${ids.crowd}?range=live`);
    await chart(page, 'core.usage').locator('.u-over').waitFor({ timeout: 60_000 });
    const answer = await page.evaluate(async () => {
      const headers = { Authorization: `Bearer ${sessionStorage.getItem('reeve.token')}` };
      return (await fetch('/api/v1/modules', { headers })).json();
    });
    const rows = Object.fromEntries(answer.modules.map((row) => [row.plugin, row]));
    check(/^\/assets\/modules\/containers-[0-9a-f]{16}\.js$/.test(rows.containers?.url), JSON.stringify(answer));
    check(rows.old?.interface === 99 && rows.empty?.problem.includes('ui.js'), JSON.stringify(answer));
    const file = await page.request.get(origin + rows.containers.url);
    check(file.headers()['cache-control'].includes('immutable'), 'it is not kept for ever');
    const without = await page.request.get(`${origin}/api/v1/modules`);
    check(without.status() >= 400, `without a session the list answered ${without.status()}`);
  });

  await test('containers stand in a table, which sorts and filters', async () => {
    await page.locator('[data-kind="container"]').scrollIntoViewIfNeeded();
    await page.locator(`${LIST} tbody tr`).first().waitFor({ timeout: 30_000 });
    const count = await page.locator(`${LIST} .data-table-tools [role="status"]`).textContent();
    check(count === '300 rows', count);
    await page.locator(`${LIST} thead button`, { hasText: 'Memory' }).click();
    const largest = await until(page, firstNames, (names) => /^job-2[89]/.test(names[0]));
    check(/^job-2[89]/.test(largest[0]), largest.slice(0, 3).join(' '));
    await page.locator(`${LIST} input`).fill('unhealthy');
    const found = await until(page, firstNames, (names) => names.length === 1);
    check(found.join() === 'job-007', found.join(' '));
    const row = await page.locator(`${LIST} tbody tr`).textContent();
    check(row.includes('running, unhealthy') && row.includes('MiB'), row);
  });

  await test('the last lines of a container lie beside it, with times, filtered', async () => {
    await page.locator(`${LIST} .open-row`).click();
    const sheet = page.getByRole('dialog', { name: 'job-007' });
    const lines = sheet.locator('pre > div');
    await lines.first().waitFor();
    check((await lines.count()) === 200, `${await lines.count()} lines`);
    check((await lines.first().textContent()).startsWith('2026-01-01 10:00:00 line 0 of 000000abc007 <script>'), await lines.first().textContent());
    await sheet.getByLabel('Times').uncheck();
    check((await lines.first().textContent()).startsWith('line 0'), 'the times are still there');
    await sheet.getByRole('searchbox').fill('line 19');
    check((await lines.count()) === 11, `${await lines.count()} lines match`);
    await shoot(page, 'container-logs-1440');
    await sheet.getByRole('tab', { name: 'Details' }).click();
    await sheet.getByText('"/bin/app"').waitFor();
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    const focused = await page.evaluate(() => document.activeElement.closest('[data-row]')?.dataset.row ?? '');
    check(focused.endsWith('/000000abc007'), `the focus is on ${focused}`);
    await page.locator(`${LIST} input`).fill('');
  });

  await test('services have a table and details', async () => {
    const panel = page.locator('[data-panel="services/list"]');
    await panel.scrollIntoViewIfNeeded();
    await panel.locator('tbody tr').first().waitFor();
    await panel.locator('input').fill('failed');
    check((await panel.locator('tbody tr').count()) === 3, 'three services have failed');
    await panel.locator('.open-row').first().click();
    const sheet = page.getByRole('dialog', { name: 'unit-05' });
    await sheet.getByText('A service <b>of</b> the crowd').waitFor();
    check((await sheet.locator('dd b').count()) === 0, 'the text became markup');
    await page.keyboard.press('Escape');
  });

  await test('a module that is broken is told of and hurts nothing else', async () => {
    await page.locator('[data-problem="throws"]').scrollIntoViewIfNeeded();
    for (const [plugin, words] of [
      ['throws', 'not today'],
      ['old', '99'],
      ['syntax', ''],
      ['empty', 'ui.js'],
      ['crashes', 'no panel'],
    ]) {
      const text = await page.locator(`[data-problem="${plugin}"]`).first().textContent();
      check(text.includes(`“${plugin}”`) && text.includes(words), `${plugin}: ${text}`);
    }
    check((await page.locator('[data-panel="throws/one"]').count()) === 0, 'half of a broken module is there');
    check((await page.locator('[data-panel="crashes/one"]').count()) === 1, 'the panel that crashed is gone altogether');
  });

  await test('all containers of the fleet are on a page of their own', async () => {
    await page.getByRole('navigation', { name: 'Pages of plugins' }).getByRole('link', { name: 'Containers' }).click();
    await page.getByRole('heading', { name: 'Containers' }).waitFor();
    check(new URL(page.url()).pathname === '/x/containers/all', page.url());
    await page.locator('main tbody tr').first().waitFor();
    const link = page.locator('main tbody td a').first();
    check((await link.textContent()) === 'crowd', await link.textContent());
    await atEachSize(page, async (scheme, width) => {
      check((await overflow(page)) <= 0, `${width} px: wider than the screen`);
      await shoot(page, `containers-${scheme}-${width}`);
    });
    await page.reload();
    await page.locator('main tbody tr').first().waitFor();
    await link.click();
    await page.getByRole('heading', { name: 'crowd', exact: true }).waitFor();
  });

  await test('containers of a system that is not heard are not said to run, nor some to be all', async () => {
    const change = async (route) => {
      const response = await route.fetch();
      const answer = await response.json();
      const systems = answer.systems.map((system) => ({ ...system, state: 'down' }));
      await route.fulfill({ response, json: { systems, complete: false } });
    };
    await page.route('**/api/v1/latest?*', change);
    await page.goto(`${origin}/x/containers/all`);
    await page.locator('main tbody tr').first().waitFor();
    const row = await page.locator('main tbody tr').first().textContent();
    check(row.includes('not heard') && !row.includes('running') && !row.includes('MiB'), row);
    check((await page.locator('main .module-note').textContent()).includes('only the first 300'), 'it does not say what is cut off');
    await shoot(page, 'containers-not-heard');
    await page.unroute('**/api/v1/latest?*', change);
    await page.goto(`${origin}/systems/${ids.crowd}?range=live`);
    await chart(page, 'core.usage').locator('.u-over').waitFor({ timeout: 60_000 });
  });

  await test('what the agent has not unlocked is said, with the remedy', async () => {
    await page.evaluate(async (id) => {
      const real = globalThis.fetch;
      globalThis.fetch = (path, init) =>
        String(path).endsWith('/ask') ? real(String(path).replace(/systems\/\w+/, `systems/${id}`), init) : real(path, init);
    }, ids.past);
    await page.locator('[data-kind="service"]').scrollIntoViewIfNeeded();
    const panel = page.locator('[data-panel="services/list"]');
    const sheet = page.locator('[data-service]');
    /* The browser itself reports that it was refused. */
    await expectProblems(['Failed to load resource'], async () => {
      await panel.locator('.open-row').first().click();
      await sheet.locator('[role="alert"], dl').waitFor({ timeout: 60_000 });
    });
    const said = await sheet.textContent();
    check(said.includes('unlock=service.info'), said);
    await page.keyboard.press('Escape');
    await page.reload();
    return said;
  });
}
