/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who has no session sees nothing; a one-time link gives one. */

import { check, expectProblems, link, open, origin, policyProblems, refused, shoot } from './lib.mjs';

export default async function ({ browser, page, test }) {
  await test('a fresh visitor sees the sign-in page and nothing else', async () => {
    const stranger = await open(browser);
    const requests = [];
    stranger.on('request', (request) => requests.push(new URL(request.url())));
    for (const address of ['/', '/systems/0000000000000001']) {
      await stranger.goto(origin + address);
      await stranger.getByRole('heading', { name: 'Sign in to Reeve' }).waitFor();
      check((await stranger.locator('[role="table"], [data-chart], .top-bar').count()) === 0, 'more is shown');
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
    await expectProblems(['401'], async () => {
      await second.goto(link);
      await second.getByRole('alert').waitFor();
    });
    check((await second.locator('[role="table"]').count()) === 0, 'the table is shown');
    await second.context().close();
  });
}
