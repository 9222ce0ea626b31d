/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The session. Over TLS it is a cookie that this page never sees, and the token here is empty. Over
 * plain loopback a cookie would be sent to every other server on this host, whatever its port, so
 * there it is a bearer token that lives in this tab only and ends with it. */

import { Store } from './store';

const KEY = 'reeve.token';
/* Over TLS: that there was a cookie when this browser was here last. It tells nothing more. */
const SIGNED_IN = 'reeve.signed-in';
const secure = globalThis.location?.protocol === 'https:';

export type Session =
  | { state: 'opening' }
  | { state: 'none'; reason: string | null }
  | { state: 'open'; token: string; identity: string | null };

export const session = new Store<Session>({ state: 'opening' });

export function storedToken(): string | null {
  try {
    if (secure) {
      return localStorage.getItem(SIGNED_IN) === null ? null : '';
    }
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function openSession(token: string, identity: string | null): void {
  try {
    if (secure) {
      localStorage.setItem(SIGNED_IN, '1');
    } else {
      sessionStorage.setItem(KEY, token);
    }
  } catch {
    /* Without storage the session lasts until the page is loaded again. */
  }
  session.set({ state: 'open', token, identity });
}

export function closeSession(reason: string | null): void {
  try {
    if (secure) {
      localStorage.removeItem(SIGNED_IN);
    } else {
      sessionStorage.removeItem(KEY);
    }
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
