/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the flows share: the browser, TAP, pictures, and what a person would see red in the console.
 *
 *   REEVE_URL       one-time link as `reevectl open` prints it; skipped without
 *   REEVE_SHOTS     folder for screenshots (made if missing); none without
 *   REEVE_CHROMIUM  the browser, /usr/bin/chromium otherwise
 *   REEVE_SYSTEM    name of the system to look at; the first one that is up otherwise
 *   REEVE_WAIT      longest wait for the first value, in seconds (90)
 *   REEVE_FLOWS     only these flows, with commas between
 *   REEVE_REEVED    the program, for flows that want a hub of their own (left out without), and
 *   REEVE_PAGE      where its page is built, if not installed
 */

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

export const link = process.env.REEVE_URL ?? '';
export const shots = process.env.REEVE_SHOTS ?? '';
export const wanted = process.env.REEVE_SYSTEM ?? '';
export const firstWait = Number(process.env.REEVE_WAIT ?? 90) * 1000;
export const origin = link === '' ? '' : new URL(link).origin;

function skipAll(reason) {
  console.log(`1..0 # SKIP ${reason}`);
  process.exit(0);
}

/* The browser, or the end of this run as skipped. */
export async function launch() {
  const executablePath = process.env.REEVE_CHROMIUM ?? '/usr/bin/chromium';
  if (link === '') {
    skipAll('REEVE_URL is not set');
  }
  if (!existsSync(executablePath)) {
    skipAll(`there is no ${executablePath}`);
  }
  const playwright = await import('playwright-core').catch(() =>
    skipAll('playwright-core is not installed'),
  );
  if (shots !== '') {
    await mkdir(shots, { recursive: true });
  }
  /* Chromium refuses to run its sandbox as root, which is what a build machine is. */
  const root = process.getuid?.() === 0;
  return playwright.chromium.launch({ executablePath, args: root ? ['--no-sandbox'] : [] });
}

let count = 0;
let failures = 0;
/* Why the steps that follow do not run, or null. */
let stopped = null;

/* One step; what `body` answers is added to the line. Later steps of a flow need the earlier ones, so
 * after a failure the rest of it is named as failed too and does not run, unless a step is `alone`. */
export async function test(name, body, { alone = false } = {}) {
  count += 1;
  if (stopped !== null) {
    failures += 1;
    console.log(`not ok ${count} - ${name} # not run: ${stopped}`);
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
    stopped = alone ? null : 'an earlier step failed';
    console.log(`not ok ${count} - ${name}`);
    for (const line of String(error?.message ?? error).split('\n')) {
      console.log(`# ${line}`);
    }
  }
}

/* Runs one flow. Without a session none of the others can do anything: `vital` ones stop them all. */
export async function run(flow, world, vital = false) {
  const before = failures;
  await flow(world);
  if (!vital || failures === before) {
    stopped = null;
  } else {
    stopped = 'there is no session';
  }
}

/* Ends the run with TAP's last line and the exit status. */
export function finish() {
  console.log(`1..${count}`);
  process.exit(failures === 0 ? 0 : 1);
}

export function check(condition, message) {
  if (!condition) {
    throw new Error(message);
  }
}

/* What was said in the console of any page: messages, exceptions. */
export const problems = [];

/* What pages wait for, each request with its page, but for their live streams. */
const waiting = new Map();

async function allAnswered() {
  const end = Date.now() + 5000;
  do {
    await new Promise((done) => setTimeout(done, 100));
  } while (waiting.size > 0 && Date.now() < end);
}

/* Forgets what was said while `body` ran if it holds one of `words`: the browser itself reports each
 * refused request, which is what some steps are after. */
export async function expectProblems(words, body) {
  const before = problems.length;
  try {
    return await body();
  } finally {
    await allAnswered();
    const unexpected = problems.slice(before).filter((text) => !words.some((word) => text.includes(word)));
    problems.splice(before, problems.length, ...unexpected);
  }
}

/* A page in a browser context of its own: no session, nothing stored. */
export async function open(browser, options = {}) {
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
  page.on('request', (request) => !/\/live$/.test(new URL(request.url()).pathname) && waiting.set(request, page));
  page.on('requestfinished', (request) => waiting.delete(request));
  page.on('requestfailed', (request) => waiting.delete(request));
  page.on('close', () => waiting.forEach((whose, request) => whose === page && waiting.delete(request)));
  page.on('pageerror', (error) => problems.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      problems.push(`console: ${message.text()} ${message.location().url}`);
    }
  });
  return page;
}

/* A visitor that has never been here but has the session of `page`, and what it asks for: `requests` with url
 * and bytes over the wire. */
export async function openMetered(browser, page) {
  const token = await page.evaluate(() => sessionStorage.getItem('reeve.token'));
  const visitor = await open(browser);
  await visitor.addInitScript((value) => sessionStorage.setItem('reeve.token', value), token);
  const session = await visitor.context().newCDPSession(visitor);
  await session.send('Network.enable');
  const requests = new Map();
  session.on('Network.requestWillBeSent', ({ requestId, request }) => requests.set(requestId, { url: request.url, bytes: 0 }));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const request = requests.get(requestId);
    if (request !== undefined) {
      request.bytes = encodedDataLength;
    }
  });
  return { visitor, requests };
}

export function bytesOf(requests) {
  return requests.reduce((sum, { bytes }) => sum + bytes, 0);
}

export function listRequests(requests) {
  return requests.map(({ url, bytes }) => `${url} ${bytes}`).join('\n');
}

export async function policyProblems(page) {
  return page.evaluate(() => globalThis.policyProblems);
}

export async function shoot(page, name, options = {}) {
  if (shots !== '') {
    await page.screenshot({ path: path.join(shots, `${name}.png`), ...options });
  }
}

/* How much wider than the window the page is. */
export async function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}

export const WIDTHS = [[1440, 900], [1024, 768], [390, 844]];

/* Calls `body` for light and dark at each of `widths`, and leaves the page light and wide. */
export async function atEachSize(page, body, widths = WIDTHS) {
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const [width, height] of widths) {
      await page.setViewportSize({ width, height });
      await body(scheme, width);
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: 'light' });
}

/* Calls `body` as somebody sees the page who wants more contrast, and as one whose desktop chooses the colours. */
export async function inContrasts(page, body) {
  for (const [name, media] of [
    ['more-light', { contrast: 'more', colorScheme: 'light' }],
    ['more-dark', { contrast: 'more', colorScheme: 'dark' }],
    ['forced', { contrast: null, forcedColors: 'active', colorScheme: 'light' }],
    ['forced-dark', { contrast: null, forcedColors: 'active', colorScheme: 'dark' }],
  ]) {
    await page.emulateMedia(media);
    await page.waitForTimeout(200);
    await body(name);
  }
  await page.emulateMedia({ contrast: null, forcedColors: null, colorScheme: 'light' });
}

/* Shows all that is drawn only when it comes into sight. */
export async function scrollThrough(page) {
  await page.evaluate(async () => {
    for (let top = 0; top < document.documentElement.scrollHeight; top += 400) {
      scrollTo(0, top);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    scrollTo(0, 0);
  });
}

/* These requests do not come from a page, so the hub may refuse them for that reason first (403). */
export function refused(answer) {
  return answer.status() === 401 || answer.status() === 403;
}
