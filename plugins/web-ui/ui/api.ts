/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The hub's HTTP operations. Errors are problem documents (RFC 9457) and arrive as ApiError; status
 * 0 means that the hub did not answer at all. A 401 ends the session here, once, for everyone. */

import { fetchFrom, takeAsked } from './asked';
import { base } from './base';
import { t } from './i18n';
import { listPath } from './list-query';
import type { ListQuery } from './list-query';
import { problemTitle } from './problem';
import type { History, Schema, SystemAnswer, SystemList, Trends } from './schema';
import { closeSession, openSession, session } from './session';
import { storedToken } from './stored';

/* Longest wait for an answer, in milliseconds. */
export const TIMEOUT = 15_000;

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
  ) {
    super(detail === '' ? title : `${title}: ${detail}`);
  }
}

/* What went wrong, for people. */
export function messageOf(error: unknown): string {
  return error instanceof ApiError ? error.message : t('That could not be done.');
}

/* The hub's clock less ours, in seconds. Windows of charts follow the hub's clock, so a browser
 * whose clock is wrong still sees its data. */
let clockOffset = 0;

export function hubNow(): number {
  return Date.now() / 1000 + clockOffset;
}

function noteClock(response: Response): void {
  const date = Date.parse(response.headers.get('Date') ?? '');
  if (Number.isNaN(date)) {
    return;
  }
  /* The header has whole seconds; half of one is the best guess. */
  const offset = date / 1000 + 0.5 - Date.now() / 1000;
  if (Math.abs(offset - clockOffset) > 1.5) {
    clockOffset = Math.abs(offset) < 1.5 ? 0 : offset;
  }
}

async function problemOf(response: Response): Promise<ApiError> {
  const fallback = t('The hub answered {status}', { status: response.status });
  try {
    const body: unknown = await response.json();
    if (typeof body === 'object' && body !== null) {
      const { type, title, detail } = body as { type?: unknown; title?: unknown; detail?: unknown };
      return new ApiError(
        response.status,
        problemTitle(typeof type === 'string' ? type : '', typeof title === 'string' ? title : fallback),
        typeof detail === 'string' ? detail : '',
      );
    }
  } catch {
    /* Not JSON: the fallback says what is known. */
  }
  return new ApiError(response.status, fallback, '');
}

/* The token of the session, which is empty where it is a cookie; null without one. */
function tokenNow(): string | null {
  const current = session.value;
  return current.state === 'open' ? current.token : null;
}

/* Sends one request with the session's token or cookie and answers the response if it is a success. `asked`
 * is the same request, sent before. */
export async function send(path: string, init: RequestInit = {}, asked?: Promise<Response>): Promise<Response> {
  const token = tokenNow();
  let response: Response;
  try {
    response = await (asked ?? fetchFrom(base, path, token ?? '', init));
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') {
      throw error;
    }
    throw new ApiError(0, t('The hub does not answer'), '');
  }
  noteClock(response);
  if (response.ok) {
    return response;
  }
  /* There a secret was refused, which says nothing of the session that is open. */
  if (response.status === 401 && token !== null && path !== SESSION_PATH) {
    const now = session.value;
    if (now.state === 'open' && now.token === token) {
      closeSession(t('Your session has ended.'));
    }
  }
  throw await problemOf(response);
}

async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
  cache: RequestCache = 'no-cache',
): Promise<T> {
  const limit = AbortSignal.timeout(TIMEOUT);
  const init: RequestInit = {
    method,
    cache,
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
  };
  if (body !== undefined) {
    init.headers = { 'Content-Type': 'application/json' };
    init.body = JSON.stringify(body);
  }
  const asked = method === 'GET' ? takeAsked(path, tokenNow() ?? '') : undefined;
  try {
    const response = await send(path, init, asked?.response);
    return (await (asked?.body ?? response.json())) as T;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') {
      throw new ApiError(0, t('The hub does not answer'), t('it took too long'));
    }
    throw error;
  }
}

const SESSION_PATH = '/api/v1/session';

/* Exchanges a one-time secret or the owner key for a session. */
export async function signIn(secret: string): Promise<void> {
  const answer = await call<{ token: string }>('POST', SESSION_PATH, { secret });
  openSession(answer.token);
}

/* Takes up the session of this tab. Whether the hub still knows it is seen by its first answer. */
export function resumeSession(): void {
  const token = storedToken();
  if (token === null) {
    closeSession(null);
  } else {
    openSession(token);
  }
}

export async function signOut(): Promise<void> {
  const current = session.value;
  closeSession(null);
  if (current.state !== 'open') {
    return;
  }
  /* The pages end first, or one would ask the hub again when its stream ends with the session. */
  await new Promise((done) => setTimeout(done));
  try {
    await send(SESSION_PATH, {
      method: 'DELETE',
      headers: current.token !== '' ? { Authorization: `Bearer ${current.token}` } : {},
      keepalive: true,
      signal: AbortSignal.timeout(TIMEOUT),
    });
  } catch {
    /* The hub's own limits end it then. */
  }
}

/* For modules of plugins: a path below /api/v1/. */
export function callPath<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  return call(method, `/api/v1/${path}`, body, signal);
}

/* What the system measures, with the kinds that its agent alone has. */
export function getSchema(id: string, signal: AbortSignal): Promise<Schema> {
  return call('GET', `/api/v1/systems/${encodeURIComponent(id)}/schema`, undefined, signal);
}

export function getSystem(id: string, signal: AbortSignal): Promise<SystemAnswer> {
  return call('GET', `/api/v1/systems/${encodeURIComponent(id)}`, undefined, signal);
}

export function getHistory(
  id: string,
  wanted: { from: number; to: number; points: number; kinds?: readonly string[]; spread?: boolean },
  signal: AbortSignal,
): Promise<History> {
  const query = new URLSearchParams({
    from: String(Math.floor(wanted.from)),
    to: String(Math.ceil(wanted.to)),
    points: String(wanted.points),
  });
  if (wanted.kinds !== undefined) {
    query.set('kinds', wanted.kinds.join(','));
  }
  if (wanted.spread === true) {
    query.set('spread', 'true');
  }
  const path = `/api/v1/systems/${encodeURIComponent(id)}/history?${query.toString()}`;
  /* Windows move with the time: nobody asks for just this one again. */
  return call('GET', path, undefined, signal, 'no-store');
}

/* Seconds of history that stand before the first live samples; a row of it is a minute. */
const PAST = 240;

export function getPast(id: string, signal: AbortSignal): Promise<History> {
  const now = hubNow();
  return getHistory(id, { from: now - PAST, to: now, points: PAST / 60 }, signal);
}

export interface LatestRow {
  kind: string;
  instance: string;
  values: Record<string, number>;
  texts: Record<string, string>;
}

export interface Latest {
  systems: { id: string; name: string; state: string; time: number; rows: LatestRow[] }[];
  /* False: there were more rows than one answer may hold. */
  complete: boolean;
}

/* The newest values of some kinds, with their texts; of all systems when none is named. */
export function getLatest(
  wanted: { systems: readonly string[]; kinds: readonly string[] },
  signal: AbortSignal,
): Promise<Latest> {
  const query = new URLSearchParams({ systems: wanted.systems.join(','), kinds: wanted.kinds.join(',') });
  return call('GET', `/api/v1/latest?${query.toString()}`, undefined, signal);
}

/* Has a system asked and kept from now on that made itself with a universal token. */
export async function confirmSystem(id: string): Promise<void> {
  await call('POST', `/api/v1/systems/${encodeURIComponent(id)}/confirmed`, {});
}

export function listSystems(
  query: ListQuery,
  offset: number,
  limit: number,
  signal?: AbortSignal,
): Promise<SystemList> {
  return call('GET', listPath(query, offset, limit), undefined, signal);
}

/* The last hour of a few values of systems that are in sight. */
export function getTrends(
  systems: readonly string[],
  metrics: readonly string[],
  points: number,
  signal?: AbortSignal,
): Promise<Trends> {
  const words = new URLSearchParams({
    systems: systems.join(','),
    metrics: metrics.join(','),
    points: String(points),
  });
  return call('GET', `/api/v1/trends?${words.toString()}`, undefined, signal);
}

/* ---- changes ---- */

function systemPath(id: string, part = ''): string {
  return `/api/v1/systems/${encodeURIComponent(id)}${part}`;
}

export async function setPaused(id: string, paused: boolean): Promise<void> {
  await call('POST', systemPath(id, '/paused'), { paused });
}

export async function renameSystem(id: string, name: string): Promise<void> {
  await call('POST', systemPath(id, '/name'), { name });
}

/* `labels` are KEY or KEY=VALUE, in place of those that it had. */
export async function setLabels(id: string, labels: readonly string[]): Promise<void> {
  await call('POST', systemPath(id, '/labels'), { labels });
}

export async function setNote(id: string, note: string): Promise<void> {
  await call('POST', systemPath(id, '/note'), { note });
}

export interface Added {
  token: string;
  key: string;
}

export function addSystem(name: string): Promise<Added & { system: string }> {
  return call('POST', '/api/v1/systems', { name });
}

export function rotateToken(id: string): Promise<Added> {
  return call('POST', systemPath(id, '/token'), {});
}

/* The answer's job removes the history. */
export function removeSystem(id: string): Promise<{ job: string }> {
  return call('DELETE', systemPath(id));
}

/* Where the hub is reached: on its own machine, and from elsewhere (empty when it is not). */
export interface Address {
  url: string;
  public_url: string;
  loopback_only: boolean;
  pin: string;
}

export function getAddress(signal?: AbortSignal): Promise<Address> {
  return call('GET', '/api/v1/address', undefined, signal);
}

export interface Token {
  id: string;
  label: string;
  state: 'usable' | 'expired' | 'used up' | (string & {});
  created: number;
  expires?: number;
  uses: number;
  limit?: number;
  last?: number;
  confirm: boolean;
}

export async function listTokens(signal?: AbortSignal): Promise<Token[]> {
  const answer = await call<{ tokens: Token[] }>('GET', '/api/v1/tokens', undefined, signal);
  return answer.tokens;
}

/* A lifetime of less than 0 is for ever; 0 uses are any number. */
export function addToken(token: {
  label: string;
  lifetime: number;
  uses: number;
  confirm: 'yes' | 'no';
}): Promise<Added & { id: string; expires: number }> {
  return call('POST', '/api/v1/tokens', token);
}

export async function removeToken(id: string): Promise<void> {
  await call('DELETE', `/api/v1/tokens/${encodeURIComponent(id)}`);
}

/* When the history of a system begins; null when it has none. */
export async function firstMoment(id: string, signal: AbortSignal): Promise<number | null> {
  const now = hubNow();
  const wanted = { from: now - 3 * 366 * 86_400, to: now, points: 2000, kinds: ['cpu', 'memory', 'load'] };
  const history = await getHistory(id, wanted, signal);
  const first = history.times.findIndex((_, at) => history.series.some((one) => (one.values[at] ?? null) !== null));
  return first < 0 ? null : (history.times[first] ?? null);
}
