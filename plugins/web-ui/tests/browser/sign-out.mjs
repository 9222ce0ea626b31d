/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The end of a session, and what was said in the console until then. */

import { check, origin, policyProblems, problems, refused } from './lib.mjs';

export default async function ({ page, test }) {
  await test('signing out ends the session', async () => {
    await page.goto(`${origin}/`);
    await page.getByRole('heading', { name: 'Systems', exact: true }).waitFor();
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
}
