/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How the hub is asked, and what early.ts has asked it for before the page's own script was there. */

/* Older answers are asked for again, in milliseconds. */
const FRESH = 5000;
const TIMEOUT = 15_000;
const NEARLY = 100;

export interface Asked {
  token: string;
  at: number;
  response: Promise<Response>;
  /* Null where the hub refused. */
  body: Promise<unknown>;
}

declare global {
  /* By path; global, since early.ts is a script of its own. */
  var reeveAsked: Map<string, Asked> | undefined;
}

/* `token` is empty where a cookie says who asks. */
export function fetchFrom(base: string, path: string, token: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token !== '') {
    headers.set('Authorization', `Bearer ${token}`);
  }
  return fetch(base + path, {
    /* Asked again each time, and not sent again when it is the same. */
    cache: 'no-cache',
    credentials: 'same-origin',
    redirect: 'error',
    ...init,
    headers,
  });
}

export function askEarly(base: string, path: string, token: string): void {
  const response = fetchFrom(base, path, token, { signal: AbortSignal.timeout(TIMEOUT) });
  const body = response.then((answer) => (answer.ok ? answer.json() : null));
  /* Whoever takes it is told. */
  body.catch(() => undefined);
  globalThis.reeveAsked ??= new Map();
  globalThis.reeveAsked.set(path, { token, at: performance.now(), response, body });
}

/* What has nearly come is waited for: else a page without it would be laid out and painted first, which takes
 * longer. */
export async function nearlyCome(): Promise<void> {
  const bodies = [...(globalThis.reeveAsked?.values() ?? [])].map((asked) => asked.body);
  await Promise.race([Promise.allSettled(bodies), new Promise((done) => setTimeout(done, NEARLY))]);
}

/* Once only, and only for whoever it was asked for. */
export function takeAsked(path: string, token: string): Asked | undefined {
  const asked = globalThis.reeveAsked?.get(path);
  globalThis.reeveAsked?.delete(path);
  return asked?.token === token && performance.now() - asked.at < FRESH ? asked : undefined;
}
