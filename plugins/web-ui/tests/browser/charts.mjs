/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the flows with charts share. */

import { readFile } from 'node:fs/promises';
import { origin } from './lib.mjs';

export const HOUR = 3600;

export async function goTo(page, id, query) {
  await page.goto(`${origin}/systems/${id}${query}`);
  await page.locator('[data-chart] .u-over').first().waitFor({ timeout: 30_000 });
  await settled(page);
}

/* Nothing is on its way any more. */
export async function settled(page) {
  await page.locator('.charts[aria-busy="false"]').waitFor({ timeout: 30_000 });
  await page.waitForTimeout(150);
}

/* Does what goes to another window, and waits until that is shown. */
export async function moves(page, act) {
  const before = page.url();
  await act();
  await until(page, () => page.url(), (url) => url !== before);
  await settled(page);
}

export function chart(page, id) {
  return page.locator(`[data-chart="${id}"]`);
}

/* Drags over the chart between two shares of its width. */
export async function drag(page, id, from, to, key = null) {
  const over = chart(page, id).locator('.u-over');
  await over.scrollIntoViewIfNeeded();
  const box = await over.boundingBox();
  const y = box.y + box.height / 2;
  await moves(page, async () => {
    if (key !== null) {
      await page.keyboard.down(key);
    }
    await page.mouse.move(box.x + from * box.width, y);
    await page.mouse.down();
    await page.mouse.move(box.x + ((from + to) / 2) * box.width, y, { steps: 4 });
    await page.mouse.move(box.x + to * box.width, y, { steps: 4 });
    await page.mouse.up();
    if (key !== null) {
      await page.keyboard.up(key);
    }
  });
}

export async function pointAt(page, id, share) {
  const box = await chart(page, id).locator('.u-over').boundingBox();
  await page.mouse.move(box.x + share * box.width, box.y + box.height / 2);
  await page.waitForTimeout(150);
}

/* The first answer of `read` that `fits`; the last one when none does in time. The machine is busy. */
export async function until(page, read, fits) {
  const end = Date.now() + 20_000;
  for (;;) {
    const answer = await read();
    if (fits(answer) || Date.now() > end) {
      return answer;
    }
    await page.waitForTimeout(100);
  }
}

/* Brings a chart into sight and waits until it is drawn. */
export async function showChart(page, id) {
  await chart(page, id).scrollIntoViewIfNeeded();
  await chart(page, id).locator('.u-over').waitFor({ timeout: 30_000 });
  await chart(page, id).scrollIntoViewIfNeeded();
  await page.waitForTimeout(300);
}

export function query(page) {
  return new URL(page.url()).searchParams;
}

/* Both ends of the window that a chart says it shows, in seconds. */
export async function shownWindow(page, id) {
  const slider = chart(page, id).getByRole('slider');
  return [Number(await slider.getAttribute('aria-valuemin')), Number(await slider.getAttribute('aria-valuemax'))];
}

/* The legend of a chart: what each line reads. */
export async function legend(page, id) {
  return chart(page, id).evaluate((card) =>
    Object.fromEntries(
      [...card.querySelectorAll('.legend li button:not(.more)')].map((button) => [
        button.querySelector('.label').textContent,
        button.querySelector('.value').textContent,
      ]),
    ),
  );
}

/* What pressing `button` saves. */
export async function saved(page, button) {
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/* Which columns of pixels of a plot have a coloured pixel, from left to right; within its frame. */
export async function drawnColumns(page, id) {
  return chart(page, id).evaluate((card) => {
    const canvas = card.querySelector('canvas');
    const over = card.querySelector('.u-over').getBoundingClientRect();
    const whole = canvas.getBoundingClientRect();
    const ratio = canvas.width / whole.width;
    const [x, y] = [Math.round((over.left - whole.left) * ratio), Math.round((over.top - whole.top) * ratio)];
    const [width, height] = [Math.round(over.width * ratio), Math.round(over.height * ratio)];
    const { data } = canvas.getContext('2d').getImageData(x, y, width, height);
    return Array.from({ length: width }, (_one, column) => {
      for (let row = 0; row < height; row += 1) {
        const at = 4 * (row * width + column);
        const [red, green, blue, alpha] = data.slice(at, at + 4);
        if (alpha > 60 && Math.max(red, green, blue) - Math.min(red, green, blue) > 40) {
          return true;
        }
      }
      return false;
    });
  });
}
