/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A long list, on a hub of its own: REEVE_MANY (600) systems of which none has come. Only what is in
 * sight is drawn, asked for and followed; times are told, not judged. */

import process from 'node:process';
import { check, expectProblems, open } from './lib.mjs';
import { Hub } from './hub.mjs';

const MANY = Number(process.env.REEVE_MANY ?? 600);

/* Adds them as the page would, some at a time. */
function fill(page, from, to) {
  return page.evaluate(
    async ([first, end]) => {
      const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${sessionStorage.getItem('reeve.token')}` };
      let next = first;
      const run = async () => {
        while (next < end) {
          const name = `system-${String(next).padStart(5, '0')}`;
          next += 1;
          const answer = await fetch('/api/v1/systems', { method: 'POST', headers, body: JSON.stringify({ name }) });
          if (!answer.ok) {
            throw new Error(`${name}: ${answer.status}`);
          }
        }
      };
      await Promise.all(Array.from({ length: 6 }, run));
    },
    [from, to],
  );
}

/* Scrolls for some seconds as somebody in a hurry does, and answers the times between two frames. */
function hurry(page) {
  return page.evaluate(async () => {
    const frames = [];
    let last = performance.now();
    const end = last + 3000;
    let at = 0;
    while (last < end) {
      await new Promise((done) => requestAnimationFrame(done));
      const now = performance.now();
      frames.push(now - last);
      last = now;
      at = (at + 700) % Math.max(1, document.documentElement.scrollHeight - innerHeight);
      scrollTo(0, at);
    }
    return frames.slice(2).sort((a, b) => a - b);
  });
}

const drawn = (page) => page.locator('.table-body .row').count();

async function flow(page, hub, test) {
  await test(`${MANY} systems are added`, async () => {
    await page.goto(await hub.link());
    await page.getByRole('heading', { name: 'No systems yet' }).waitFor();
    for (let at = 0; at < MANY; at += 500) {
      await fill(page, at, Math.min(MANY, at + 500));
    }
    await page.locator('[data-system]').first().waitFor();
  });

  await test('the first rows of many are there soon, and few are drawn', async () => {
    const begun = Date.now();
    await page.goto(`${hub.origin}/`);
    await page.locator('[data-system]').first().waitFor();
    const took = Date.now() - begun;
    const count = await drawn(page);
    check(count < 60, `${count} rows are drawn`);
    const rows = await page.getByRole('table').getAttribute('aria-rowcount');
    check(Number(rows) === MANY + 1, `it says ${rows} rows`);
    return `first row after ${took} ms, ${count} rows drawn`;
  });

  await test('scrolling in a hurry draws no more, and the end is there', async () => {
    const frames = await hurry(page);
    check((await drawn(page)) < 80, 'too many rows are drawn');
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await page.locator('.name a', { hasText: `system-${String(MANY - 1).padStart(5, '0')}` }).waitFor({ timeout: 10_000 });
    const place = (share) => frames[Math.min(frames.length - 1, Math.floor(frames.length * share))].toFixed(1);
    return `frames: median ${place(0.5)} ms, 95th ${place(0.95)} ms, longest ${place(1)} ms of ${frames.length}`;
  });

  await test('a page of rows at a time was asked for, of those in sight only', async () => {
    const asked = [];
    page.on('request', (request) => request.url().includes('/api/v1/systems?') && asked.push(new URL(request.url()).searchParams));
    await page.goto(`${hub.origin}/?sort=-name`);
    await page.locator('.name a', { hasText: `system-${String(MANY - 1).padStart(5, '0')}` }).waitFor();
    await page.waitForTimeout(500);
    check(asked.every((words) => words.get('limit') === '50' && words.get('sort') === '-name'), asked.join(' '));
    check(asked.length <= 3, `${asked.length} requests`);
  });

  await test('back from a system finds the place that was scrolled to', async () => {
    await page.goto(`${hub.origin}/`);
    await page.locator('[data-system]').first().waitFor();
    await page.evaluate(() => scrollTo(0, 9000));
    const row = page.locator('[data-index="175"]');
    await row.waitFor();
    const before = await page.evaluate(() => scrollY);
    await row.locator('.name a').click();
    await page.waitForURL('**/systems/*');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.goBack();
    await row.waitFor();
    await page.waitForFunction((place) => Math.abs(scrollY - place) < 60, before);
    await page.reload();
    await row.waitFor();
    await page.waitForFunction((place) => Math.abs(scrollY - place) < 60, before);
  });

  await test('on paper are all of them, also those that were not in sight', async () => {
    await page.goto(`${hub.origin}/`);
    await page.locator('[data-system]').first().waitFor();
    await page.evaluate(() => {
      globalThis.print = () => {
        globalThis.printed = document.querySelectorAll('[data-system]').length;
        globalThis.note = document.querySelector('.print-note')?.textContent;
        dispatchEvent(new Event('afterprint'));
      };
    });
    await page.keyboard.press('Control+p');
    await page.waitForFunction(() => globalThis.printed !== undefined);
    const { printed, note } = await page.evaluate(() => ({ printed: globalThis.printed, note: globalThis.note }));
    check(printed === Math.min(MANY, 1000) && note.includes(printed.toLocaleString('en-GB')), `${printed}: ${note}`);
    await page.waitForFunction(() => document.querySelectorAll('[data-system]').length < 80);
    return note;
  });

  await test('the filter finds one of many by the hub', async () => {
    await page.goto(`${hub.origin}/`);
    await page.getByRole('searchbox').fill('00042');
    await page.waitForURL('**/?filter=00042');
    await page.locator('.name a', { hasText: 'system-00042' }).waitFor();
    await page.waitForFunction(() => document.querySelectorAll('[data-system]').length === 1);
  });

  await test('a list that changes under the eyes is right again', async () => {
    await page.goto(`${hub.origin}/`);
    await page.locator('[data-system]').first().waitFor();
    await hub.ctl('systems', 'add', 'a-new-one');
    await page.locator('.name a', { hasText: 'a-new-one' }).waitFor({ timeout: 10_000 });
    await hub.ctl('systems', 'remove', 'a-new-one');
    await page.locator('.name a', { hasText: 'a-new-one' }).waitFor({ state: 'detached', timeout: 10_000 });
  });
}

export default async function ({ browser, test }) {
  let hub = null;
  let page = null;
  await test('a hub for many starts', async () => {
    hub = await Hub.make();
    page = await open(browser);
  });
  try {
    await expectProblems(['404'], () => flow(page, hub, test));
  } finally {
    await page?.context().close();
    await hub?.end();
  }
}
