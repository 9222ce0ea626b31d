/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the viewer chose stays. */

import { check, origin } from './lib.mjs';

export default async function ({ page, system, name, test }) {
  await test('the colours can be chosen, and stay chosen', async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(`${origin}/systems/${system}`);
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await ground();
    await page.locator('[data-control="theme"]').click();
    await page.locator('[data-control="theme"]').click();
    check((await ground()) !== light, 'the page did not turn dark');
    await page.reload();
    await page.getByRole('heading', { name, exact: true }).waitFor();
    check((await ground()) !== light, 'the choice was lost');
  });
}
