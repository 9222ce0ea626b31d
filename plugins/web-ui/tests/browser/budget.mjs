/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the first view costs in a browser that was never here: requests and bytes over the wire until all is
 * quiet. */

import { check, origin, open } from './lib.mjs';

const MOST_BYTES = 100 * 1024;
const MOST_REQUESTS = 20;

export default async function ({ browser, page, test }) {
  await test('the first view keeps within its bytes and requests', async () => {
    const token = await page.evaluate(() => sessionStorage.getItem('reeve.token'));
    const visitor = await open(browser);
    const session = await visitor.context().newCDPSession(visitor);
    await session.send('Network.enable');
    const requests = new Map();
    session.on('Network.requestWillBeSent', ({ requestId, request }) => requests.set(requestId, { url: request.url, bytes: 0 }));
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const request = requests.get(requestId);
      if (request !== undefined) {
        request.bytes = encodedDataLength;
      }
    });
    await visitor.addInitScript((value) => sessionStorage.setItem('reeve.token', value), token);
    const begun = Date.now();
    await visitor.goto(`${origin}/`);
    await visitor.locator('[data-system]').first().waitFor();
    const shown = Date.now() - begun;
    const interactive = await visitor.evaluate(() => performance.getEntriesByType('navigation')[0].domInteractive);
    await visitor.waitForTimeout(500);
    const code = [...requests.values()].filter(({ url }) => !url.includes('/api/'));
    const bytes = [...requests.values()].reduce((sum, request) => sum + request.bytes, 0);
    await visitor.context().close();
    check(bytes <= MOST_BYTES, `${bytes} bytes: ${[...requests.values()].map((one) => `${one.url} ${one.bytes}`).join('\n')}`);
    check(requests.size <= MOST_REQUESTS, [...requests.values()].map((one) => one.url).join('\n'));
    return `${(bytes / 1024).toFixed(1)} KiB in ${requests.size} requests (${code.length} of them files); document ${Math.round(interactive)} ms, first row ${shown} ms`;
  });
}
