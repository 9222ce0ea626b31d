/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The page in a real browser against a real, running hub that has this machine as a system. Prints
 * TAP. A flow is a file; lib.mjs says what the environment may hold. */

import process from 'node:process';
import axe from './axe.mjs';
import budget from './budget.mjs';
import changes from './changes.mjs';
import { finish, launch, open, run, test } from './lib.mjs';
import { reeved } from './hub.mjs';
import fleet from './fleet.mjs';
import keyboard from './keyboard.mjs';
import many from './many.mjs';
import settings from './settings.mjs';
import signIn from './sign-in.mjs';
import signOut from './sign-out.mjs';
import system from './system.mjs';

const browser = await launch();
try {
  /* `system` and `name` are of the system that is looked at, once fleet.mjs has found it. */
  const world = { browser, page: await open(browser), test, system: '', name: '' };
  await run(signIn, world, true);
  const flows = { fleet, system, settings, keyboard, axe, budget, ...(reeved === '' ? {} : { changes, many }) };
  const chosen = process.env.REEVE_FLOWS?.split(',').filter((name) => name !== '') ?? [];
  for (const [name, flow] of Object.entries(flows)) {
    /* The others need what it finds. */
    if (chosen.length === 0 || chosen.includes(name) || name === 'fleet') {
      await run(flow, world);
    }
  }
  await run(signOut, world);
} finally {
  await browser.close();
}
finish();
