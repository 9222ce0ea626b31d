/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The path under which a proxy shows the hub: '' or '/reeve'. The script itself lies in assets/ below
 * it. */
export function baseOf(script: string): string {
  return /^((?:\/.*)?)\/assets\/[^/]*$/.exec(new URL(script).pathname)?.[1] ?? '';
}

export const base = baseOf(import.meta.url);

/* Where the page of the whole fleet is. */
export const home = `${base}/`;
