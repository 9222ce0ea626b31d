/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The page in a real browser against a real, running hub that has this machine as a system. Prints
 * TAP. A flow is a file; lib.mjs says what the environment may hold. */

import { finish, launch, open, run, test } from './lib.mjs';
import fleet from './fleet.mjs';
import settings from './settings.mjs';
import signIn from './sign-in.mjs';
import signOut from './sign-out.mjs';
import system from './system.mjs';

const browser = await launch();
try {
  /* `system` and `name` are of the system that is looked at, once fleet.mjs has found it. */
  const world = { browser, page: await open(browser), test, system: '', name: '' };
  await run(signIn, world, true);
  await run(fleet, world);
  await run(system, world);
  await run(settings, world);
  await run(signOut, world);
} finally {
  await browser.close();
}
finish();
