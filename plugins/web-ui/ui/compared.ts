/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The systems that were chosen in the list to be compared, in the order in which they were: kept while
 * the tab lives, so that one can go on choosing after a look at another page. */

import { session } from './session';
import { Store } from './store';

/* There are eight colours; beyond them lines are dashed, and nobody tells more than these apart. */
export const MOST_COMPARED = 16;

/* What each is called, by id. */
export const chosen = new Store<ReadonlyMap<string, string>>(new Map());

/* Takes a system in or out; one more than can be compared changes nothing. */
export function choose(id: string, name: string, on: boolean): void {
  const next = new Map(chosen.value);
  if (!on) {
    next.delete(id);
  } else if (next.size < MOST_COMPARED) {
    next.set(id, name);
  }
  if (next.size !== chosen.value.size) {
    chosen.set(next);
  }
}

export function chooseNone(): void {
  chosen.set(new Map());
}

session.follow((now) => now.state !== 'open' && chooseNone());
