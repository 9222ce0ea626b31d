/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* axe over every page and dialog, light and dark, wide and narrow: it finds nothing. */

import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { atEachSize, check, open, origin } from './lib.mjs';

const SIZES = [[1440, 900], [390, 844]];
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/* The policy lets no script in but the hub's, so axe comes by the debugger's own way. */
async function inject(page, source) {
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: `if (!globalThis.axe) { ${source} }` });
  await session.detach();
}

/* `without`: rules that cannot judge here. */
export async function judge(page, source, where, without = []) {
  await inject(page, source);
  /* What moves is judged when it has come to rest. */
  await page.evaluate(() => Promise.all(document.getAnimations().filter((one) => one.effect?.getTiming().iterations !== Infinity).map((one) => one.finished.catch(() => null))));
  const found = await page.evaluate(async ([tags, off]) => {
    const rules = Object.fromEntries(off.map((id) => [id, { enabled: false }]));
    const { violations } = await globalThis.axe.run(document, { runOnly: { type: 'tag', values: tags }, rules, resultTypes: ['violations'] });
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.any[0]?.message ?? ''}`).join(' | ')}`);
  }, [TAGS, without]);
  check(found.length === 0, `${where}:\n${found.join('\n')}`);
}

export function axeSource() {
  return readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
}

export default async function ({ browser, page, system, test }) {
  const source = await axeSource();
  const places = [
    ['the list', '/', '[data-system]'],
    ['an empty answer', '/?filter=nothing-is-called-so', '.notice'],
    ['tokens', '/tokens', 'h1'],
    ['no such page', '/nowhere', 'h1'],
    ...['add', 'add-token', 'columns', 'palette', 'settings', 'shortcuts'].map((id) => [id, `/?open=${id}`, 'dialog[open]']),
    ...['rename', 'labels', 'note', 'remove', 'token'].map((id) => [id, `/?open=${id}&on=${system}`, 'dialog[open]']),
  ];
  for (const [what, address, wait] of places) {
    await test(`axe: ${what}`, async () => {
      await page.goto(origin + address);
      await page.locator(wait).first().waitFor();
      await page.waitForTimeout(400);
      await atEachSize(page, async (scheme, width) => {
        await page.waitForTimeout(150);
        await judge(page, source, `${scheme} ${width}`);
      }, SIZES);
    }, { alone: true });
  }

  await test('axe: the menu of a row, and cards', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${origin}/`);
    await page.locator(`[data-system="${system}"] .menu-button`).click();
    await page.getByRole('menu').waitFor();
    await judge(page, source, 'menu');
    await page.keyboard.press('Escape');
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  await test('axe: the sign-in page', async () => {
    const stranger = await open(browser);
    await stranger.goto(origin);
    await stranger.getByRole('heading', { name: 'Sign in to Reeve' }).waitFor();
    await atEachSize(stranger, (scheme, width) => judge(stranger, source, `${scheme} ${width}`), SIZES);
    await stranger.context().close();
  });

  await test('every control of the list is big enough for a finger on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${origin}/`);
    await page.locator('[data-system]').first().waitFor();
    const small = await page.evaluate(() =>
      [...document.querySelectorAll('button, select, input, .brand')]
        .filter((one) => one.closest('.labels, .skip') === null && one.getClientRects().length > 0)
        .map((one) => ({ name: one.className || one.tagName, height: (one.closest('.choose') ?? one).getBoundingClientRect().height }))
        .filter((one) => one.height < 43.5)
        .map((one) => `${one.name} ${one.height}`),
    );
    check(small.length === 0, small.join(', '));
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  await test('nothing moves for who wants that', async () => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.goto(`${origin}/?open=add`);
    await page.getByRole('dialog').waitFor();
    const moving = await page.evaluate(() => document.getAnimations().length);
    check(moving === 0, `${moving} animations run`);
    await page.emulateMedia({ reducedMotion: null });
  });
}
