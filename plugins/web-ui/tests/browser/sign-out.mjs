/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The end of a session, and what was said in the console until then. */

import { check, expectProblems, origin, policyProblems, problems, refused } from './lib.mjs';
import { until } from './charts.mjs';

/* Whether the browser still has the answer, without asking the hub. */
function isKept(page) {
  return page.evaluate(() =>
    fetch('/api/v1/schema', { cache: 'only-if-cached', mode: 'same-origin' }).then((answer) => answer.ok, () => false),
  );
}

export default async function ({ page, test }) {
  await test('signing out ends the session', async () => {
    await page.goto(`${origin}/`);
    await page.getByRole('heading', { name: 'Systems', exact: true }).waitFor();
    const token = await page.evaluate(() => sessionStorage.getItem('reeve.token'));
    await page.evaluate(
      (value) => fetch('/api/v1/schema', { cache: 'no-cache', headers: { Authorization: `Bearer ${value}` } }).then((answer) => answer.text()),
      token,
    );
    check(await until(page, () => isKept(page), Boolean), 'the browser keeps nothing in the first place');
    const told = page.waitForResponse((answer) => answer.request().method() === 'DELETE');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to Reeve' }).waitFor();
    await told;
    const left = await page.evaluate(() => sessionStorage.length);
    check(left === 0, 'something is left in sessionStorage');
    await expectProblems(['ERR_CACHE_MISS', 'Failed to load'], async () => {
      check(!(await until(page, () => isKept(page), (kept) => !kept)), 'an answer can be read still');
    });
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
}
