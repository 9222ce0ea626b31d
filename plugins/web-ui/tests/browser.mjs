/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The page in a real browser against a real, running hub that has this machine as a system. Prints TAP.
 *
 *   REEVE_URL       one-time link as `reevectl open` prints it; skipped without
 *   REEVE_SHOTS     folder for screenshots (made if missing); none without
 *   REEVE_CHROMIUM  the browser, /usr/bin/chromium otherwise
 *   REEVE_SYSTEM    name of the system to look at; the first one that is up otherwise
 *   REEVE_WAIT      longest wait for the first value, in seconds (90)
 */

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

const link = process.env.REEVE_URL ?? '';
const shots = process.env.REEVE_SHOTS ?? '';
const executablePath = process.env.REEVE_CHROMIUM ?? '/usr/bin/chromium';
const wanted = process.env.REEVE_SYSTEM ?? '';
const firstWait = Number(process.env.REEVE_WAIT ?? 90) * 1000;
const CHARTS = 4;

function skipAll(reason) {
  console.log(`1..0 # SKIP ${reason}`);
  process.exit(0);
}

if (link === '') {
  skipAll('REEVE_URL is not set');
}
if (!existsSync(executablePath)) {
  skipAll(`there is no ${executablePath}`);
}
const playwright = await import('playwright-core').catch(() =>
  skipAll('playwright-core is not installed'),
);

let count = 0;
let failures = 0;

/* One test; what `body` answers is added to the line. Later tests need the earlier ones, so after a
 * failure the rest is named as failed too and does not run. */
async function test(name, body) {
  count += 1;
  if (failures > 0) {
    failures += 1;
    console.log(`not ok ${count} - ${name} # not run: an earlier step failed`);
    return;
  }
  try {
    const note = await body();
    console.log(`ok ${count} - ${name}`);
    if (note !== undefined) {
      console.log(`# ${note}`);
    }
  } catch (error) {
    failures += 1;
    console.log(`not ok ${count} - ${name}`);
    for (const line of String(error?.message ?? error).split('\n')) {
      console.log(`# ${line}`);
    }
  }
}

function check(condition, message) {
  if (!condition) {
    throw new Error(message);
  }
}

const problems = [];

/* Everything that a person would see red in the console: messages, exceptions, policy violations. The
 * browser itself reports each refused request, which is what some of these tests are after. */
async function open(browser, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    ...options,
  });
  await context.addInitScript(() => {
    globalThis.policyProblems = [];
    addEventListener('securitypolicyviolation', (event) => {
      globalThis.policyProblems.push(`${event.effectiveDirective} ${event.blockedURI}`);
    });
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      problems.push(`console: ${message.text()}`);
    }
  });
  return page;
}

async function policyProblems(page) {
  return page.evaluate(() => globalThis.policyProblems);
}

async function shoot(page, name, options = {}) {
  if (shots !== '') {
    await page.screenshot({ path: path.join(shots, `${name}.png`), ...options });
  }
}

/* How many canvases of charts in the page have something drawn on them. */
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

async function scrollThrough(page) {
  await page.evaluate(async () => {
    for (let top = 0; top < document.documentElement.scrollHeight; top += 400) {
      scrollTo(0, top);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    scrollTo(0, 0);
  });
}

/* These requests do not come from a page, so the hub may refuse them for that reason first (403). */
function refused(answer) {
  return answer.status() === 401 || answer.status() === 403;
}

async function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}

if (shots !== '') {
  await mkdir(shots, { recursive: true });
}
const { origin } = new URL(link);
/* Chromium refuses to run its sandbox as root, which is what a build machine is. */
const root = process.getuid?.() === 0;
const browser = await playwright.chromium.launch({
  executablePath,
  args: root ? ['--no-sandbox'] : [],
});

try {
  const page = await open(browser);
  let system = '';
  let name = '';

  await test('a fresh visitor sees the sign-in page and nothing else', async () => {
    const stranger = await open(browser);
    const requests = [];
    stranger.on('request', (request) => requests.push(new URL(request.url())));
    for (const address of ['/', '/systems/0000000000000001']) {
      await stranger.goto(origin + address);
      await stranger.getByRole('heading', { name: 'Sign in to Reeve' }).waitFor();
      check((await stranger.locator('table, [data-chart], .top-bar').count()) === 0, 'more is shown');
    }
    check(requests.every((url) => url.origin === origin), 'something was asked of another origin');
    check(!requests.some((url) => url.pathname.startsWith('/api/')), 'the API was asked');
    for (const address of ['systems', 'schema', 'live', 'session']) {
      const answer = await stranger.request.get(`${origin}/api/v1/${address}`);
      check(refused(answer), `/api/v1/${address} answered ${answer.status()}, not 401`);
    }
    await shoot(stranger, 'sign-in-light-1440');
    check((await policyProblems(stranger)).length === 0, 'the policy was violated');
    await stranger.context().close();
  });

  await test('the answer carries the policy', async () => {
    const answer = await page.request.get(`${origin}/`);
    const policy = answer.headers()['content-security-policy'] ?? '';
    for (const part of ["default-src 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'"]) {
      check(policy.includes(part), `no ${part} in "${policy}"`);
    }
  });

  await test('the one-time link signs in and leaves no secret in the address', async () => {
    await page.goto(link);
    await page.getByRole('heading', { name: 'Systems', exact: true }).waitFor();
    const { address, length } = await page.evaluate(() => ({
      address: location.href,
      length: history.length,
    }));
    check(!address.includes('#') && !address.includes('open='), `the address is ${address}`);
    return `history has ${length} entries`;
  });

  await test('the link works once only', async () => {
    const second = await open(browser);
    const before = problems.length;
    await second.goto(link);
    await second.getByRole('alert').waitFor();
    check((await second.locator('table').count()) === 0, 'the table is shown');
    /* The browser reports the refused request; that one is expected. */
    problems.splice(before, problems.length, ...problems.slice(before).filter((text) => !text.includes('401')));
    await second.context().close();
  });

  await test('the row of this machine goes up and has a CPU value', async () => {
    const named = wanted === '' ? '' : `:has(.name a:text-is("${wanted}"))`;
    const row = page.locator(`tr[data-state="up"]${named}`).first();
    await row.waitFor({ timeout: firstWait });
    const number = row.locator('[data-column="cpu"] .number');
    await number.waitFor({ timeout: firstWait });
    const text = await number.textContent();
    check(/^\d+(\.\d)?%$/.test(text), `the CPU value reads "${text}"`);
    system = (await row.getAttribute('data-system')) ?? '';
    name = (await row.locator('.name a').textContent()) ?? '';
    return `${name} (${system}): CPU ${text}`;
  });

  await test('fleet screenshots, nothing wider than the screen', async () => {
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme });
      for (const [width, height] of [[1440, 900], [390, 844]]) {
        await page.setViewportSize({ width, height });
        await page.waitForTimeout(300);
        check((await overflow(page)) <= 0, `${width} px: wider than the screen`);
        await shoot(page, `fleet-${scheme}-${width}`);
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
  });

  await test('the system page opens and shows live values', async () => {
    await page.locator(`tr[data-system="${system}"] .name a`).click();
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
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme });
      for (const [width, height] of [[1440, 900], [390, 844]]) {
        await page.setViewportSize({ width, height });
        await scrollThrough(page);
        await page.waitForTimeout(300);
        check((await overflow(page)) <= 0, `${width} px: wider than the screen`);
        await shoot(page, `system-${scheme}-${width}`);
        await shoot(page, `system-full-${scheme}-${width}`, { fullPage: true });
      }
    }
  });

  await test('the colours can be chosen, and stay chosen', async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await ground();
    await page.locator('[data-control="theme"]').click();
    await page.locator('[data-control="theme"]').click();
    check((await ground()) !== light, 'the page did not turn dark');
    await page.reload();
    await page.getByRole('heading', { name, exact: true }).waitFor();
    check((await ground()) !== light, 'the choice was lost');
  });

  await test('signing out ends the session', async () => {
    const token = await page.evaluate(() => sessionStorage.getItem('reeve.token'));
    const told = page.waitForResponse((answer) => answer.request().method() === 'DELETE');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to Reeve' }).waitFor();
    await told;
    const left = await page.evaluate(() => sessionStorage.length);
    check(left === 0, 'something is left in sessionStorage');
    const answer = await page.request.get(`${origin}/api/v1/systems`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    check(refused(answer), `the old token is still answered with ${answer.status()}`);
  });

  await test('no policy violation, no error in the console', async () => {
    const violations = await policyProblems(page);
    check(violations.length === 0, `policy: ${violations.join('; ')}`);
    check(problems.length === 0, problems.join('\n'));
  });
} finally {
  await browser.close();
}
console.log(`1..${count}`);
process.exit(failures === 0 ? 0 : 1);
