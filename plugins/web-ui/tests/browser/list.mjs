/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The list of systems beside what is in its rows: choosing some to compare, columns for which there is no
 * room, high contrast, paper. */

import { check, expectProblems, inContrasts, open, origin, overflow, shoot } from './lib.mjs';
import { axeSource, judge } from './axe.mjs';
import { query, until } from './charts.mjs';

const box = (page, name) => page.getByRole('checkbox', { name: `Choose ${name} to compare` });
const bar = (page) => page.locator('.chosen-bar [role="status"]');

async function says(page, words) {
  const text = await until(page, () => bar(page).textContent(), (said) => said.startsWith(words));
  check(text.startsWith(words), `the bar says "${text}"`);
}

export default async function ({ browser, page, ids, test }) {
  const source = await axeSource();

  await test('systems are chosen by pointer and by keyboard, and compared', async () => {
    await page.goto(`${origin}/`);
    const row = page.locator(`[data-system="${ids.twin}"]`);
    await row.waitFor();
    check((await bar(page).textContent()) === '', 'the bar says something already');
    await row.hover();
    await box(page, 'twin').check();
    await says(page, '1 system chosen');
    await page.locator(`[data-system="${ids.past}"] .name a`).focus();
    await page.keyboard.press('x');
    await says(page, '2 systems chosen of at most 16');
    await page.keyboard.press('x');
    await says(page, '1 system chosen');
    await box(page, 'past').focus();
    await page.keyboard.press('Space');
    await says(page, '2 systems chosen');
    /* A box that has the focus is none that one writes in. */
    await page.keyboard.press('j');
    check((await page.evaluate(() => document.activeElement?.matches('.name a'))) === true, 'j did not go on');
    await shoot(page, 'chosen-light-1440');
    await judge(page, source, 'with systems chosen');
    await page.locator('.chosen-bar [data-control="compare"]').click();
    await page.getByRole('heading', { name: 'Compare' }).waitFor();
    check(query(page).get('systems') === `${ids.twin},${ids.past}`, page.url());
    await page.goBack();
    await says(page, '2 systems chosen');
    await page.locator('[data-control="choose-none"]').click();
    await says(page, '');
    check((await page.locator('.choose input:checked').count()) === 0, 'a box is still checked');
  });

  await test('the palette has the comparison, and the pages of plugins', async () => {
    await page.goto(`${origin}/`);
    await page.locator(`[data-system="${ids.past}"]`).hover();
    await box(page, 'past').check();
    await page.getByRole('navigation', { name: 'Pages of plugins' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.type('containers');
    await page.locator('[data-entry="page-containers-all"]').waitFor();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('compare the system');
    await page.locator('[data-entry="page-compare"]').click();
    await page.getByRole('heading', { name: 'Compare' }).waitFor();
    check(query(page).get('systems') === ids.past, page.url());
    await page.goto(`${origin}/`);
  });

  await test('with a finger the boxes are there, and big enough for it', async () => {
    const token = await page.evaluate(() => sessionStorage.getItem('reeve.token'));
    const phone = await open(browser, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    await phone.addInitScript((value) => sessionStorage.setItem('reeve.token', value), token);
    await phone.goto(`${origin}/`);
    const card = phone.locator(`[data-system="${ids.twin}"]`);
    await card.waitFor();
    const { opacity, size } = await card.locator('.choose').evaluate((label) => {
      const { width, height } = label.getBoundingClientRect();
      return { opacity: getComputedStyle(label.querySelector('input')).opacity, size: Math.min(width, height) };
    });
    check(opacity === '1' && size >= 43.5, `opacity ${opacity}, ${size} px`);
    await card.locator('.choose').tap();
    await says(phone, '1 system chosen');
    check((await overflow(phone)) <= 0, 'it is wider than the screen');
    await shoot(phone, 'chosen-light-390');
    await phone.context().close();
  });

  await test('which columns have no room is said, and they can be had', async () => {
    await page.setViewportSize({ width: 900, height: 768 });
    await page.goto(`${origin}/`);
    const tool = page.locator('[data-control="columns"]');
    await page.locator('[data-system]').first().waitFor();
    const title = await until(page, () => tool.getAttribute('title'), (text) => text.includes('no room'));
    check(/no room for .*Agent/.test(title), title);
    const [, count] = /^\+(\d+)$/.exec(await tool.locator('.badge').textContent()) ?? [];
    const names = title.split('no room for ')[1].split(', ');
    check(Number(count) === names.length, `${count} for ${title}`);
    await tool.click();
    const dialog = page.getByRole('dialog', { name: 'Columns' });
    await dialog.waitFor();
    const marked = await dialog.locator('li', { hasText: 'no room now' }).locator('input').evaluateAll((all) => all.map((one) => one.dataset.choose));
    check(marked.length === names.length && marked.includes('agent'), marked.join());
    await shoot(page, 'columns-light-900');
    /* What is left out to begin with is seen when others make room. */
    for (const id of ['cpu', 'memory', 'disk', 'load', 'network']) {
      await dialog.locator(`[data-choose="${id}"]`).uncheck();
    }
    await page.keyboard.press('Escape');
    await page.locator('[role="columnheader"][data-column="agent"]').waitFor();
    await page.evaluate(() => localStorage.removeItem('reeve.settings'));
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`${origin}/`);
  });

  await test('what the hub refuses is told in the language of the page', async () => {
    await page.evaluate(() => localStorage.setItem('reeve.settings', JSON.stringify({ language: 'de' })));
    await page.goto(`${origin}/?open=rename&on=${ids.twin}`);
    const dialog = page.getByRole('dialog', { name: 'twin umbenennen' });
    await dialog.getByRole('textbox').fill('past');
    await expectProblems(['409'], async () => {
      await dialog.getByRole('button', { name: 'Umbenennen' }).click();
      await dialog.getByRole('alert').waitFor();
    });
    const said = await dialog.getByRole('alert').textContent();
    check(said.startsWith('Das gibt es schon: '), said);
    await page.evaluate(() => localStorage.removeItem('reeve.settings'));
    await page.goto(`${origin}/`);
  });

  await test('high contrast: of the page, and of the desktop', async () => {
    for (const [what, address, wait] of [
      ['list', '/', '[data-system]'],
      ['columns', '/?open=columns', 'dialog[open]'],
      ['system', `/systems/${ids.past}?range=24h`, '[data-chart] .u-over'],
      ['comparison', `/compare?systems=${ids.past},${ids.twin}&range=24h`, '[data-chart] .u-over'],
    ]) {
      await page.goto(origin + address);
      await page.locator(wait).first().waitFor({ timeout: 30_000 });
      await inContrasts(page, async (name) => {
        await shoot(page, `contrast-${what}-${name}`);
        /* Of colours that are forced the page is told its own, not those that are seen. */
        await judge(page, source, `${what}, ${name}`, name.startsWith('forced') ? ['color-contrast'] : []);
      });
    }
  });

  await test('on paper are all systems, and how many', async () => {
    await page.goto(`${origin}/`);
    await page.locator('[data-system]').first().waitFor();
    await page.evaluate(() => {
      globalThis.print = () => {
        globalThis.printed = [...document.querySelectorAll('[data-system]')].length;
        globalThis.note = document.querySelector('.print-note')?.textContent;
        /* As a browser that does not wait for the paper. */
        setTimeout(() => {
          globalThis.still = document.querySelector('.print-note') !== null;
          dispatchEvent(new Event('afterprint'));
        }, 300);
      };
    });
    await page.keyboard.press('Control+p');
    await page.waitForFunction(() => globalThis.printed !== undefined);
    const { printed, note } = await page.evaluate(() => ({ printed: globalThis.printed, note: globalThis.note }));
    check(printed === Object.keys(ids).length && note === `${printed} systems`, `${printed}: ${note}`);
    await page.locator('.print-note').waitFor({ state: 'detached' });
    check(await page.evaluate(() => globalThis.still), 'what is printed was taken away before it was');
  });
}
