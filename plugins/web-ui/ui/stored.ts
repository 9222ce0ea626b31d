/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What this browser keeps of a session. Without storage nothing is kept, and the session lasts until the
 * page is loaded again. */

const KEY = 'reeve.token';
/* Over TLS: that there was a cookie when this browser was here last. It tells nothing more. */
const SIGNED_IN = 'reeve.signed-in';
const secure = globalThis.location?.protocol === 'https:';

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

/* Null: forgets it. */
export function storeToken(token: string | null): void {
  try {
    const [storage, key] = secure ? [localStorage, SIGNED_IN] : [sessionStorage, KEY];
    if (token === null) {
      storage.removeItem(key);
    } else {
      storage.setItem(key, secure ? '1' : token);
    }
  } catch {
    /* Nothing was stored, or will be. */
  }
}
