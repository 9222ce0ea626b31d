/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of all systems. */

import { atEachSize, check, firstWait, overflow, shoot, wanted } from './lib.mjs';

export default async function (world) {
  const { page, test } = world;

  await test('the row of this machine goes up and has a CPU value', async () => {
    const named = wanted === '' ? '' : `:has(.name a:has-text("${wanted}"))`;
    const row = page.locator(`[data-system][data-state="up"]${named}`).first();
    await row.waitFor({ timeout: firstWait });
    const number = row.locator('[data-column="cpu"] .number');
    await number.waitFor({ timeout: firstWait });
    const text = await number.textContent();
    check(/^\d+(\.\d)?%/.test(text), `the CPU value reads "${text}"`);
    world.system = (await row.getAttribute('data-system')) ?? '';
    world.name = (await row.locator('.name a').textContent()) ?? '';
    return `${world.name} (${world.system}): CPU ${text}`;
  });

  await test('fleet screenshots, nothing wider than the screen', async () => {
    await atEachSize(page, async (scheme, width) => {
      await page.waitForTimeout(300);
      check((await overflow(page)) <= 0, `${width} px: wider than the screen`);
      await shoot(page, `fleet-${scheme}-${width}`);
    });
  });
}
