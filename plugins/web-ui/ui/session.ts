/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The session. Over TLS it is a cookie that this page never sees, and the token here is empty. Over
 * plain loopback a cookie would be sent to every other server on this host, whatever its port, so
 * there it is a bearer token that lives in this tab only and ends with it. */

import { Store } from './store';
import { storeToken } from './stored';

export type Session =
  | { state: 'opening' }
  | { state: 'none'; reason: string | null }
  | { state: 'open'; token: string };

export const session = new Store<Session>({ state: 'opening' });

export function openSession(token: string): void {
  storeToken(token);
  session.set({ state: 'open', token });
}

export function closeSession(reason: string | null): void {
  storeToken(null);
  session.set({ state: 'none', reason });
}

/* The one-time secret of `#open=SECRET`, taken out of the address (and so out of the history) before
 * anything else happens; null if there is none. */
export function takeFragmentSecret(): string | null {
  const match = /^#open=([^&]+)$/.exec(location.hash);
  if (match?.[1] === undefined) {
    return null;
  }
  history.replaceState(null, '', location.pathname + location.search);
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return match[1];
  }
}
