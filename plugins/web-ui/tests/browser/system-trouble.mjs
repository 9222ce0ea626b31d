/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What can go wrong while one looks at a system. */

import process from 'node:process';
import { check, expectProblems, open, origin, shoot } from './lib.mjs';
import { chart, goTo, query, settled, shownWindow } from './charts.mjs';

export default async function ({ browser, page, ids, test }) {
  await test('a range without data says so, and another one is a click away', async () => {
    const to = Math.floor(Date.now() / 1000) - 200 * 86_400;
    await page.goto(`${origin}/systems/${ids.past}?from=${to - 7200}&to=${to}`);
    await page.locator('.charts .notice').waitFor({ timeout: 30_000 });
    const text = await page.locator('.charts .notice').textContent();
    check(text.includes('Nothing to draw'), text);
    check((await page.locator('[data-chart]').count()) === 0, 'empty charts are shown');
    await page.locator('.segmented input[value="24h"]').check({ force: true });
    await chart(page, 'cpu.usage').locator('.u-over').waitFor();
  });

  await test('nonsense in the address is as if it were not there', async () => {
    for (const words of ['?from=9&to=1', '?from=x&to=NaN', '?range=__proto__', '?from=99999999999&to=999999999999']) {
      await goTo(page, ids.past, words);
      check((await page.locator('[data-chart]').count()) > 3, `${words}: nothing is drawn`);
    }
  });

  await test('a system that its agent has never come for says what to do', async () => {
    await page.goto(`${origin}/systems/${ids.idle}?range=1h`);
    const notice = page.locator('.charts .notice');
    await notice.waitFor({ timeout: 30_000 });
    check((await notice.textContent()).includes('has not come yet'), await notice.textContent());
  });

  await test('a system that tells nothing any more has no present value', async () => {
    const age = async (route) => {
      const response = await route.fetch();
      const answer = await response.json();
      await route.fulfill({ response, json: { ...answer, times: answer.times.map((time) => time - 1200) } });
    };
    await page.route('**/history?*', age);
    await goTo(page, ids.twin, '?range=1h');
    const text = await chart(page, 'cpu.usage').locator('[data-value]').textContent();
    check(text === 'no data', `the value reads "${text}"`);
    await shoot(page, 'system-not-heard');
    await page.unroute('**/history?*', age);
  });

  await test('a hub that goes away is said, what was shown stays, and all is well again by itself', async () => {
    await page.evaluate(() => localStorage.setItem('reeve.settings', JSON.stringify({ clock: '12' })));
    await goTo(page, ids.past, '?range=24h');
    const before = await page.locator('[data-chart]').count();
    const hub = Number(process.env.REEVE_HUB_PID);
    /* A process that is stopped answers nothing and closes nothing: the worst way to be away. */
    process.kill(hub, 'SIGSTOP');
    try {
      await page.locator('.segmented input[value="7d"]').check({ force: true });
      await page.locator('.banner').first().waitFor({ timeout: 90_000 });
      check((await page.locator('[data-chart]').count()) === before, 'the charts are gone');
      const said = await page.locator('.banner').first().textContent();
      check(/since \d?\d:\d\d:\d\d\s*[ap]m/i.test(said), `by a clock of 12 hours it says ${said}`);
    } finally {
      process.kill(hub, 'SIGCONT');
    }
    await page.evaluate(() => localStorage.removeItem('reeve.settings'));
    await page.locator('.banner').first().waitFor({ state: 'detached', timeout: 60_000 });
    await settled(page);
    const [from, to] = await shownWindow(page, 'cpu.usage');
    check(query(page).get('range') === '7d' && Math.abs(to - from - 7 * 86_400) < 60, `it shows ${to - from} s`);
  });

  for (const hours of [-7, 9]) {
    await test(`a browser whose clock is ${hours} hours off sees the same hours`, async () => {
      const token = await page.evaluate(() => sessionStorage.getItem('reeve.token'));
      const other = await open(browser);
      await other.addInitScript(
        ([shift, value]) => {
          const Real = Date;
          globalThis.Date = class extends Real {
            constructor(...parts) {
              if (parts.length === 0) {
                super(Real.now() + shift);
              } else {
                super(...parts);
              }
            }
            static now() {
              return Real.now() + shift;
            }
          };
          sessionStorage.setItem('reeve.token', value);
        },
        [hours * 3_600_000, token],
      );
      await goTo(other, ids.past, '?range=1h');
      await other.waitForTimeout(1500);
      const [from, to] = await shownWindow(other, 'cpu.usage');
      const real = Date.now() / 1000;
      check(Math.abs(to - real) < 30 && Math.abs(from - real + 3600) < 60, `it shows ${from - real} to ${to - real}`);
      const text = await chart(other, 'cpu.usage').locator('[data-value]').textContent();
      check(/^\d+(\.\d)?%/.test(text), `the value reads "${text}"`);
      const link = await other.locator('[data-fact="link"]').textContent();
      check(!/ [3-9]\u00a0h| \d\d+\u00a0h/.test(link), `the link is said to be ${link}`);
      await other.context().close();
    });
  }

  await test('a system that is removed while one looks at it says so', async () => {
    await page.goto(`${origin}/systems/${ids.idle}`);
    await page.getByRole('heading', { name: 'idle', exact: true }).waitFor();
    await expectProblems(['404'], async () => {
      const status = await page.evaluate(async (id) => {
        const headers = { Authorization: `Bearer ${sessionStorage.getItem('reeve.token')}` };
        return (await fetch(`/api/v1/systems/${id}`, { method: 'DELETE', headers })).status;
      }, ids.idle);
      check(status < 300, `removing answered ${status}`);
      await page.getByRole('heading', { name: 'There is no such system' }).waitFor({ timeout: 30_000 });
    });
    const asked = [];
    const note = (request) => asked.push(new URL(request.url()).pathname);
    page.on('request', note);
    /* Longer than after another failure it waits to ask again. */
    await page.waitForTimeout(6000);
    page.off('request', note);
    check(!asked.some((path) => path.includes(ids.idle)), `it went on to ask for ${asked.join(', ')}`);
  });
}
