/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How quick the page is, for tests/bench/bench-page.py: lines of JSON. {"begin": NAME} and {"end": NAME}
 * stand around the time in which the page only looks on, the rest are figures.
 *
 *   REEVE_URL, REEVE_CHROMIUM  as for the tests
 *   REEVE_SYSTEM               id of a system with a year of history; only the first view without
 *   BENCH_SECONDS              how long the page looks on, each time (30)
 */

import process from 'node:process';
import { launch, link, open, origin, wanted } from './lib.mjs';

const SECONDS = Number(process.env.BENCH_SECONDS ?? 30);
const REPEATS = 5;
const ROW = 'a[href^="/systems/"]';
/* The box of a row that chooses it, and what the page shows of it. */
const BOX = '.choose input';
const CHOSEN = '[data-control="compare"]';
/* Milliseconds in which a page that was left ends. */
const ENDED = 300;

function say(figures) {
  console.log(JSON.stringify(figures));
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/* Milliseconds from the start of the navigation until something that fits `selector` is in the document and
 * drawn. What fits `pressed` is pressed as soon as it is there. */
async function drawnAfter(page, address, selector, pressed = '') {
  await page.goto('about:blank');
  await page.waitForTimeout(ENDED);
  await page.goto(address, { waitUntil: 'commit' });
  return page.evaluate(
    ([wantedSelector, pressedSelector]) =>
      new Promise((resolve) => {
        let open = pressedSelector !== '';
        const look = () => {
          const box = open ? document.querySelector(pressedSelector) : null;
          if (box !== null) {
            open = false;
            box.click();
          }
          if (document.querySelector(wantedSelector) === null) {
            requestAnimationFrame(look);
          } else {
            requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
          }
        };
        look();
      }),
    [selector, pressed],
  );
}

/* Bytes and requests of the first view with nothing in the cache, the stream left out. */
async function weigh(page, address) {
  const client = await page.context().newCDPSession(page);
  await client.send('Network.enable');
  await client.send('Network.setCacheDisabled', { cacheDisabled: true });
  let bytes = 0;
  let requests = 0;
  client.on('Network.loadingFinished', (event) => {
    bytes += event.encodedDataLength;
    requests += 1;
  });
  const rows = [];
  for (let at = 0; at < REPEATS; at += 1) {
    rows.push(await drawnAfter(page, address, ROW));
    if (at === 0) {
      await page.waitForTimeout(1000);
      say({ bytes, requests });
    }
  }
  const presses = [];
  for (let at = 0; at < REPEATS; at += 1) {
    presses.push(await drawnAfter(page, address, CHOSEN, BOX));
  }
  say({ row: median(rows), press: median(presses) });
  await client.send('Network.setCacheDisabled', { cacheDisabled: false });
  await client.detach();
}

/* Scrolls as fast as a wheel can for five seconds; what each frame took. */
async function scroll(page) {
  const frames = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const found = [];
        const end = performance.now() + 5000;
        let before = performance.now();
        const step = (now) => {
          found.push(now - before);
          before = now;
          scrollBy(0, 600);
          if (now < end) {
            requestAnimationFrame(step);
          } else {
            scrollTo(0, 0);
            resolve(found.slice(1));
          }
        };
        requestAnimationFrame(step);
      }),
  );
  frames.sort((a, b) => a - b);
  say({ frames: [median(frames), frames[Math.floor(frames.length * 0.99)], frames.at(-1)] });
}

/* The share of a CPU that the renderer takes while nobody touches the page. */
async function lookOn(page, name) {
  const client = await page.context().newCDPSession(page);
  await client.send('Performance.enable');
  const busy = async () => {
    const { metrics } = await client.send('Performance.getMetrics');
    const of = (key) => metrics.find((metric) => metric.name === key).value;
    return { time: of('Timestamp'), task: of('TaskDuration') };
  };
  await page.waitForTimeout(3000);
  say({ begin: name });
  const before = await busy();
  await page.waitForTimeout(SECONDS * 1000);
  const after = await busy();
  say({ end: name });
  say({ [name]: (after.task - before.task) / (after.time - before.time) });
  await client.detach();
}

/* From letting go of the mouse until the answer is drawn. */
async function zoom(page) {
  const times = [];
  for (let at = 0; at < REPEATS; at += 1) {
    const box = await page.locator('[data-chart] canvas').first().boundingBox();
    const left = box.x + box.width * 0.3;
    await page.mouse.move(left, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(left + box.width * 0.2, box.y + box.height / 2, { steps: 5 });
    const answered = page.waitForResponse((answer) => answer.url().includes('/history?'));
    const start = performance.now();
    await page.mouse.up();
    await (await answered).finished();
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    times.push(performance.now() - start);
    await page.goBack();
    await page.waitForTimeout(500);
  }
  say({ zoom: [median(times), Math.max(...times)] });
}

const browser = await launch();
try {
  const page = await open(browser);
  await page.goto(link);
  await page.locator(ROW).first().waitFor();
  await weigh(page, `${origin}/`);
  if (wanted !== '') {
    await scroll(page);
    await lookOn(page, 'fleet');
    const address = `${origin}/systems/${wanted}?range=30d`;
    const charts = [];
    for (let at = 0; at < REPEATS; at += 1) {
      charts.push(await drawnAfter(page, address, '[data-chart] canvas'));
    }
    say({ charts: median(charts) });
    await lookOn(page, 'system');
    await zoom(page);
  }
} finally {
  await browser.close();
}
