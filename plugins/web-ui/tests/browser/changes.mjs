/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Getting started and changing things, on an empty hub of its own: what is added turns live, every
 * change is made in the page and undone there, and what is removed is gone. */

import { setTimeout as pause } from 'node:timers/promises';
import { check, expectProblems, firstWait, open, policyProblems, shoot } from './lib.mjs';
import { Hub } from './hub.mjs';

/* The text of the only command with `words` in it. */
async function command(page, words) {
  const texts = await page.locator('.dialog .command code').allTextContents();
  const found = texts.filter((text) => text.includes(words));
  check(found.length === 1, `not one command with ${words} but ${found.length} of ${texts.join(' | ')}`);
  return found[0];
}

async function until(what, condition) {
  const end = Date.now() + 20_000;
  while (!(await condition())) {
    check(Date.now() < end, `nothing came of: ${what}`);
    await pause(100);
  }
}

const systems = async (hub) => hub.ctl('systems', 'list');

async function choose(page, name, item) {
  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.locator(`.menu-panel [data-item="${item}"]`).click();
}

async function start(world) {
  const { page, hub, test } = world;

  await test('an empty hub says what to do', async () => {
    await page.goto(await hub.link());
    await page.getByRole('heading', { name: 'No systems yet' }).waitFor();
    await shoot(page, 'empty-light-1440');
    await page.getByRole('button', { name: 'Add a system' }).click();
    await page.getByRole('dialog', { name: 'Add a system' }).waitFor();
    check(page.url() === `${hub.origin}/?open=add`, `the address is ${page.url()}`);
  });

  await test('the dialog gives ready commands for each way, with the token apart', async () => {
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('first');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('dialog', { name: 'first was added' }).waitFor();
    await page.locator('.dialog .command code').nth(1).waitFor();
    const join = await command(page, 'sudo reevectl join');
    const [token] = (await page.locator('.dialog .command code').allTextContents()).filter((text) => !text.includes(' '));
    const key = /--key '(ssh-ed25519 [^']+)'/.exec(join)?.[1];
    check(key !== undefined && join.includes(`--url ${hub.origin}`), join);
    check(!join.includes(token) && join.endsWith('--token-file -'), `the token stands in ${join}`);
    await page.getByRole('radio', { name: "A clone of Reeve's sources" }).check({ force: true });
    check((await command(page, './quickstart agent')).includes(key), 'the key is not in the second one');
    await page.getByRole('radio', { name: 'A stock agent' }).check({ force: true });
    check((await command(page, 'HUB_URL=')) === `HUB_URL=${hub.origin}\nTOKEN=${token}\nKEY="${key}"`, 'the environment');
    await shoot(page, 'add-light-1440');
    world.first = { token, key };
  });

  await test('it turns into the live system the moment that it comes', async () => {
    check((await page.locator('[data-coming="waiting"]').count()) === 1, 'it does not wait');
    world.agent = await hub.agent('first', world.first);
    await page.locator('[data-coming="here"]').waitFor({ timeout: firstWait });
    await shoot(page, 'added-light-1440');
    await page.getByRole('button', { name: 'Look at it' }).click();
    await page.getByRole('heading', { name: 'first', exact: true }).waitFor();
    await page.goBack();
    await page.locator('[data-system][data-state="up"] [data-column="cpu"] .number').waitFor({ timeout: firstWait });
  });

  await test('a name that there is already is refused in the dialog', async () => {
    await page.goto(`${hub.origin}/?open=add`);
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('first');
    await expectProblems(['409', '400'], async () => {
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByRole('dialog').getByRole('alert').waitFor();
    });
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
}

async function edit(world) {
  const { page, hub, test } = world;

  await test('renamed, and undone', async () => {
    await choose(page, 'first', 'rename');
    await page.getByRole('dialog', { name: 'Rename first' }).waitFor();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('second');
    await page.getByRole('button', { name: 'Rename', exact: true }).click();
    await page.locator('[data-system] .name a', { hasText: 'second' }).waitFor();
    check((await systems(hub))[0].name === 'second', 'the hub calls it otherwise');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.locator('[data-system] .name a', { hasText: 'first' }).waitFor();
    check((await systems(hub))[0].name === 'first', 'it was not undone');
  });

  await test('labels are chips that filter, in the address, and back is back', async () => {
    await choose(page, 'first', 'labels');
    await page.getByRole('dialog').locator('textarea').fill('role=web\n\nspare');
    await page.getByRole('button', { name: 'Save' }).click();
    const chip = page.getByRole('button', { name: 'Filter by role=web' });
    await chip.waitFor();
    await chip.click();
    await page.getByRole('button', { name: 'No longer filter by role=web' }).waitFor();
    check(new URL(page.url()).searchParams.get('filter') === 'label:role=web', `the address is ${page.url()}`);
    await page.reload();
    await page.getByRole('button', { name: 'No longer filter by role=web' }).waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'No longer filter by role=web' }).waitFor({ state: 'detached' });
    check((await systems(hub))[0].labels.role === 'web', 'the hub has other labels');
  });

  await test('paused, and undone', async () => {
    await choose(page, 'first', 'pause');
    await page.locator('[data-system][data-state="paused"]').waitFor();
    await page.getByRole('status').getByRole('button', { name: 'Undo' }).last().click();
    await page.locator('[data-system][data-state="up"]').waitFor({ timeout: firstWait });
  });

  await test('a note is kept', async () => {
    await choose(page, 'first', 'note');
    await page.getByRole('dialog').locator('textarea').fill('call Ada <b>first</b>');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await choose(page, 'first', 'note');
    check((await page.getByRole('dialog').locator('textarea').inputValue()).includes('<b>first</b>'), 'it is another one');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  await test('a new token is shown once; the agent of before is refused', async () => {
    await choose(page, 'first', 'token');
    await page.getByRole('button', { name: 'Make a new token' }).click();
    const join = await page.locator('.dialog .command code', { hasText: 'reevectl join' }).textContent();
    check(join.includes('--token-file -'), join);
    await page.locator('[data-system][data-state="down"]').waitFor({ state: 'attached', timeout: firstWait });
    await page.waitForFunction(() => document.title.startsWith('(1) '), null, { timeout: 10_000 });
    const icon = await page.locator('link[rel="icon"]').getAttribute('href');
    check(icon.includes('icon-down'), `the icon is ${icon}`);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
}

async function tokens(world) {
  const { page, hub, test } = world;

  await test('a token for many: made with an end and a number, removed', async () => {
    await page.goto(`${hub.origin}/tokens`);
    await page.getByRole('button', { name: 'Make a token' }).click();
    await page.getByLabel('Name, for people').fill('rack 7');
    await page.getByLabel('New machines may come with it for').selectOption('86400');
    await page.getByLabel('At most so many machines').fill('3');
    await page.getByLabel('Each waits until').check();
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByRole('dialog', { name: 'The token is made' }).waitFor();
    await page.locator('.dialog .command code').nth(1).waitFor();
    const texts = await page.locator('.dialog .command code').allTextContents();
    const token = texts.find((text) => !text.includes(' '));
    const key = /--key '([^']+)'/.exec(texts.join(' '))?.[1];
    await page.keyboard.press('Escape');
    const [known] = (await hub.ctl('tokens', 'list'));
    check(known.label === 'rack 7' && known.limit === 3 && known.confirm === true, JSON.stringify(known));
    await page.getByText('rack 7').waitFor();
    world.stranger = await hub.agent('stranger', { token, key });
  });

  await test('who came with it waits, is confirmed, and is up', async () => {
    const row = page.locator('.token-list [data-system]').first();
    await row.waitFor({ timeout: firstWait });
    await shoot(page, 'tokens-light-1440');
    await row.getByRole('button', { name: 'Confirm' }).click();
    await row.waitFor({ state: 'detached' });
    await page.goto(`${hub.origin}/?filter=state:up`);
    await page.locator('[data-system][data-state="up"]').waitFor({ timeout: firstWait });
    await page.goto(`${hub.origin}/tokens`);
    await page.getByRole('button', { name: 'Remove: rack 7' }).click();
    await page.getByRole('button', { name: 'Really remove: rack 7' }).click();
    await page.getByText('There is none.').waitFor();
    check((await hub.ctl('tokens', 'list')).length === 0, 'the hub has it still');
  });
}

async function badInput(world) {
  const { page, hub, test } = world;

  await test('hostile names are text, in their own direction, and cut', async () => {
    const names = ['<img src=x onerror=alert(1)>', '"; DROP TABLE systems;--', 'שלום-server', 'x'.repeat(100), '{name} %s'];
    for (const name of names) {
      await hub.ctl('systems', 'add', name);
    }
    await page.goto(`${hub.origin}/`);
    for (const name of names) {
      await page.locator('[data-system] .name a', { hasText: name }).waitFor();
    }
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await pause(300);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      check(wide <= 0, `${width} px: wider than the screen`);
      await shoot(page, `hostile-${width}`);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await choose(page, names[0], 'remove');
    await page.getByRole('dialog', { name: `Remove ${names[0]}?` }).waitFor();
    check((await page.locator('img').count()) === 0, 'a name became an image');
    await page.keyboard.press('Escape');
    await page.goto(`${hub.origin}/?filter=${encodeURIComponent('<b>"\'%')}&sort=${encodeURIComponent('nonsense;')}`);
    await expectProblems(['400', '422'], async () => {
      await page.getByRole('heading', { name: /Nothing matches|The list could not be had/ }).waitFor();
    });
    await page.getByRole('button', { name: 'Show all systems' }).click();
    await page.locator('[data-system]').first().waitFor({ timeout: 10_000 });
  });

  await test('a hub that goes away is said, what was known stays, and it is right again by itself', async () => {
    await page.goto(`${hub.origin}/`);
    await page.locator('[data-system]').first().waitFor();
    const before = await page.locator('[data-system]').count();
    await expectProblems(['Failed to load resource', 'ERR_'], async () => {
      await hub.stop();
      await page.getByText('The hub is away').waitFor({ timeout: 15_000 });
      check((await page.locator('[data-system]').count()) === before, 'rows are gone');
      await shoot(page, 'away-light-1440');
      await hub.start();
      await page.getByText('The hub is away').waitFor({ state: 'detached', timeout: 60_000 });
    });
    if (await page.getByRole('heading', { name: 'Sign in to Reeve' }).isVisible()) {
      /* A session over plain loopback ends with the hub's process. */
      await page.goto(await hub.link());
    }
    await page.locator('[data-system]').first().waitFor({ timeout: 20_000 });
    await page.locator('[data-link="open"]').waitFor({ timeout: 20_000 });
  });

  await test('removed: what is lost is said first, and who comes to its address is told', async () => {
    const [row] = (await systems(hub)).filter((one) => one.name === 'first');
    await page.goto(`${hub.origin}/`);
    await page.locator(`[data-system="${row.id}"]`).waitFor();
    await choose(page, 'first', 'remove');
    const dialog = page.getByRole('dialog', { name: 'Remove first?' });
    await dialog.locator('[data-loss]').waitFor();
    await dialog.getByText(/1 day of its history, since|It has no history yet/).waitFor();
    await shoot(page, 'remove-light-1440');
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await page.locator(`[data-system="${row.id}"]`).waitFor({ state: 'detached' });
    await until('the hub has removed it', async () => !(await systems(hub)).some((one) => one.id === row.id));
    await expectProblems(['404'], async () => {
      await page.goto(`${hub.origin}/systems/${row.id}`);
      await page.getByRole('heading', { name: 'There is no such system' }).waitFor();
    });
  });
}

export default async function (outer) {
  const { browser, test } = outer;
  let hub = null;
  let page = null;
  await test('a hub of its own starts', async () => {
    hub = await Hub.make();
    page = await open(browser);
  });
  const world = { ...outer, hub, page };
  try {
    await start(world);
    await edit(world);
    await tokens(world);
    await badInput(world);
    await test('no violation of the policy there', async () => {
      const violations = await policyProblems(page);
      check(violations.length === 0, violations.join('; '));
    });
  } finally {
    await page?.context().close();
    await hub?.end();
  }
}
