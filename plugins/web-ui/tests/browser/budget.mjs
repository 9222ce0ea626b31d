/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the first view costs in a browser that was never here: requests and bytes over the wire until all is
 * quiet. */

import { bytesOf, check, listRequests, openMetered, origin } from './lib.mjs';

const MOST_BYTES = 100 * 1024;
/* What plugins add comes after the first row, and the stream is told anew what is in sight: both count. */
const MOST_REQUESTS = 24;

export default async function ({ browser, page, test }) {
  await test('the first view keeps within its bytes and requests', async () => {
    const { visitor, requests } = await openMetered(browser, page);
    const begun = Date.now();
    await visitor.goto(`${origin}/`);
    await visitor.locator('[data-system]').first().waitFor();
    const shown = Date.now() - begun;
    const interactive = await visitor.evaluate(() => performance.getEntriesByType('navigation')[0].domInteractive);
    await visitor.waitForTimeout(500);
    const all = [...requests.values()];
    const code = all.filter(({ url }) => !url.includes('/api/'));
    const bytes = bytesOf(all);
    await visitor.context().close();
    check(bytes <= MOST_BYTES, `${bytes} bytes: ${listRequests(all)}`);
    check(all.length <= MOST_REQUESTS, listRequests(all));
    /* What was asked for early is what the page would have asked for. */
    check(all.filter(({ url }) => url.includes('/api/v1/systems?')).length === 1, listRequests(all));
    return `${(bytes / 1024).toFixed(1)} KiB in ${all.length} requests (${code.length} of them files); document ${Math.round(interactive)} ms, first row ${shown} ms`;
  });
}
