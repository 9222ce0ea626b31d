/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* By the keyboard alone: the palette, the list, the menu, and where the focus is. */

import { check, open, origin, shoot } from './lib.mjs';

const focused = (page, selector) =>
  page.evaluate((wanted) => document.activeElement?.closest(wanted) !== null, selector);

export default async function ({ page, system, name, test }) {
  await test('the skip link is the first stop, and leads to the content', async () => {
    await page.goto(`${origin}/`);
    await page.locator('[data-system]').first().waitFor();
    await page.evaluate(() => document.activeElement?.blur());
    await page.keyboard.press('Tab');
    check(await focused(page, '.skip'), 'it is not the first stop');
    await page.keyboard.press('Enter');
    check(await focused(page, '#main'), 'the focus is not in the content');
  });

  await test('Ctrl-K finds a system by the hub, Enter opens it, the heading has the focus', async () => {
    await page.keyboard.press('Control+k');
    const palette = page.getByRole('dialog', { name: 'Go to, or do' });
    await palette.waitFor();
    check(page.url().includes('open=palette'), `the address is ${page.url()}`);
    await page.keyboard.type(name);
    await page.locator(`[data-entry="system-${system}"]`).waitFor();
    await shoot(page, 'palette-light-1440');
    while (!(await page.locator(`[data-entry="system-${system}"][aria-selected="true"]`).count())) {
      await page.keyboard.press('ArrowDown');
    }
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name, exact: true }).waitFor();
    await palette.waitFor({ state: 'detached' });
    check(page.url().startsWith(`${origin}/systems/${system}`), `the address is ${page.url()}`);
    await page.goBack();
    await page.getByRole('heading', { name: 'Systems', exact: true }).waitFor();
  });

  await test('/ opens it too, ranges are offered on a system, Escape closes', async () => {
    await page.goto(`${origin}/systems/${system}`);
    await page.getByRole('heading', { name, exact: true }).waitFor();
    await page.keyboard.press('/');
    await page.locator('[data-entry="range-7d"]').click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    check(new URL(page.url()).searchParams.get('range') === '7d', `the address is ${page.url()}`);
    await page.keyboard.press('/');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  await test('? shows the keys', async () => {
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  await test('j and k go from system to system, Enter opens, and a letter in the filter is a letter', async () => {
    await page.goto(`${origin}/`);
    await page.locator('[data-system]').first().waitFor();
    await page.keyboard.press('j');
    check(await focused(page, '[data-index="0"]'), 'j does not go to the first');
    await page.keyboard.press('k');
    check(await focused(page, '[data-index="0"]'), 'k goes beyond the first');
    await page.getByRole('searchbox').focus();
    await page.keyboard.type('jk?/');
    check((await page.getByRole('searchbox').inputValue()) === 'jk?/', 'the filter did not get its letters');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => !location.search.includes('filter'));
    await page.locator('[data-system]').first().waitFor();
    await page.evaluate(() => document.activeElement?.blur());
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/systems/*');
  });

  await test('the menu of a row by the keyboard, and the focus back on its button', async () => {
    await page.goto(`${origin}/`);
    const button = page.locator(`[data-system="${system}"] .menu-button`);
    await button.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menu').waitFor();
    check(await focused(page, '[data-item="pause"]'), 'the first item has no focus');
    await page.keyboard.press('ArrowUp');
    check(await focused(page, '[data-item="remove"]'), 'the last item is not reached');
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    check(await button.evaluate((element) => element === document.activeElement), 'the focus is elsewhere');
  });

  await test('columns are chosen, ordered, kept and reset', async () => {
    await page.goto(`${origin}/?open=columns`);
    await page.getByRole('dialog', { name: 'Columns' }).waitFor();
    await page.locator('[data-choose="link"]').check();
    for (const id of ['memory', 'gpu', 'battery', 'temperature', 'containers', 'network']) {
      await page.locator(`[data-choose="${id}"]`).uncheck();
    }
    await page.getByRole('button', { name: 'CPU further to the left' }).click();
    await page.keyboard.press('Escape');
    await page.reload();
    await page.locator('[data-system]').first().waitFor();
    const columns = await page.locator('[role="columnheader"][data-column]').evaluateAll((all) =>
      all.map((one) => one.dataset.column),
    );
    check(columns[1] === 'cpu' && columns[2] === 'state', columns.join(' '));
    check(columns.includes('link') && !columns.includes('memory'), columns.join(' '));
    await page.goto(`${origin}/?open=columns`);
    await page.getByRole('button', { name: 'The usual ones' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('columnheader', { name: 'Memory' }).waitFor();
  });

  await test('sorted by a header, in the address, and back is back', async () => {
    await page.goto(`${origin}/`);
    await page.getByRole('columnheader', { name: 'CPU' }).getByRole('button').click();
    await page.waitForURL('**/?sort=-cpu.usage');
    check((await page.locator('[aria-sort="descending"]').getAttribute('data-column')) === 'cpu', 'it is not said');
    await page.goBack();
    await page.waitForURL(`${origin}/`);
    await page.locator('[aria-sort="ascending"][data-column="name"]').waitFor();
  });

  await test('states are pressed to filter, and pressed again', async () => {
    await page.locator('.counts [data-state="up"]').click();
    check(new URL(page.url()).searchParams.get('filter') === 'state:up', `the address is ${page.url()}`);
    await page.locator('.counts [data-state="up"]').click();
    await page.waitForURL(`${origin}/`);
  });
}
