/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The session: a bearer token that lives in this tab only and ends with it. A cookie would be sent
 * to every other server on this host, whatever its port, so there is none over plain loopback. */

import { Store } from './store';

const KEY = 'reeve.token';

export type Session =
  | { state: 'opening' }
  | { state: 'none'; reason: string | null }
  | { state: 'open'; token: string; identity: string | null };

export const session = new Store<Session>({ state: 'opening' });

export function storedToken(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function openSession(token: string, identity: string | null): void {
  try {
    sessionStorage.setItem(KEY, token);
  } catch {
    /* Without storage the session lasts until the page is loaded again. */
  }
  session.set({ state: 'open', token, identity });
}

export function closeSession(reason: string | null): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    /* Nothing was stored then. */
  }
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
