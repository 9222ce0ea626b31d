/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Flows that need a past, a crowd or trouble: tests/test-page.py makes the hub for them and names its
 * systems in REEVE_IDS (JSON, name to id). REEVE_FLOWS names some of them only. Prints TAP. */

import process from 'node:process';
import { finish, launch, link, open, run, test } from './lib.mjs';
import again from './again.mjs';
import compare from './compare.mjs';
import list from './list.mjs';
import look from './look.mjs';
import modules from './modules.mjs';
import signOut from './sign-out.mjs';
import crowd from './system-crowd.mjs';
import trouble from './system-trouble.mjs';
import window from './system-window.mjs';

const flows = { window, compare, list, crowd, modules, look, again, trouble };
const wanted = process.env.REEVE_FLOWS?.split(',') ?? Object.keys(flows);

const browser = await launch();
try {
  const world = { browser, page: await open(browser), test, ids: JSON.parse(process.env.REEVE_IDS ?? '{}') };
  await world.page.goto(link);
  await world.page.getByRole('heading', { name: 'Systems', exact: true }).waitFor();
  for (const name of wanted) {
    await run(flows[name], world);
  }
  await run(signOut, world);
} finally {
  await browser.close();
}
finish();
