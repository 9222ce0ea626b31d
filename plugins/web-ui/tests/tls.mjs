/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The page in a real browser over the hub's own TLS: a session that is a cookie which no script
 * sees. Ends with 0 when all holds, with 77 when there is no browser.
 *
 *   REEVE_URL  one-time link as `reevectl open` prints it, with https
 */

import { existsSync } from 'node:fs';
import process from 'node:process';

const link = process.env.REEVE_URL ?? '';
const executablePath = process.env.REEVE_CHROMIUM ?? '/usr/bin/chromium';
const playwright = existsSync(executablePath) ? await import('playwright-core').catch(() => null) : null;
if (playwright === null) {
  process.exit(77);
}

function check(condition, message) {
  if (!condition) {
    throw new Error(message);
  }
}

const { origin, hostname } = new URL(link);
const root = process.getuid?.() === 0;
const browser = await playwright.chromium.launch({
  executablePath,
  args: [`--host-resolver-rules=MAP ${hostname} 127.0.0.1`, ...(root ? ['--no-sandbox'] : [])],
});
try {
  /* the hub made its certificate itself, which a person would have to accept */
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  const problems = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(String(error)));
  const systems = page.getByRole('heading', { name: 'Systems', exact: true });
  const signIn = page.getByRole('heading', { name: 'Sign in to Reeve' });

  await page.goto(origin);
  await signIn.waitFor();
  /* the tab shows the page already, so only the fragment changes; and the session outlives a reload */
  await page.goto(link);
  await systems.waitFor();
  await page.reload();
  await systems.waitFor();
  const cookies = await context.cookies();
  check(cookies.length === 1 && cookies[0].name === '__Host-reeve', 'there is no cookie of the session');
  check(cookies[0].httpOnly && cookies[0].secure && cookies[0].sameSite === 'Strict', 'the cookie is too open');
  const seen = await page.evaluate(() =>
    JSON.stringify([document.cookie, { ...sessionStorage }, { ...localStorage }]),
  );
  check(!seen.includes(cookies[0].value), 'scripts can read the session');
  /* another tab of this browser has it too, and loses it with this one */
  const second = await context.newPage();
  await second.goto(origin);
  await second.getByRole('heading', { name: 'Systems', exact: true }).waitFor();
  await second.close();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await signIn.waitFor();
  for (let i = 0; i < 100 && (await context.cookies()).length > 0; i += 1) {
    await page.waitForTimeout(100);
  }
  check((await context.cookies()).length === 0, 'the cookie stays');
  await page.reload();
  await signIn.waitFor();
  check(problems.length === 0, problems.join('\n'));
} finally {
  await browser.close();
}
