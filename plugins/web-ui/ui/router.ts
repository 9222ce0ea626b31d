/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Addresses of the pages, below the base: `/`, `/systems/ID`, `/compare`, `/tokens`, `/x/PLUGIN/ID`. Anything else is an
 * unknown page. What a page shows of itself stands in the query; `open` and `on` there name a dialog
 * that lies over the page, and the system that it is about. */

import { base } from './base';
import { Store } from './store';

export type Route =
  | { page: 'fleet'; query: string }
  | { page: 'system'; id: string; query: string }
  | { page: 'compare'; query: string }
  | { page: 'tokens'; query: string }
  | { page: 'module'; plugin: string; id: string; query: string }
  | { page: 'unknown'; path: string; query: string };

export function parseRoute(path: string, query = ''): Route {
  if (path === '/' || path === '/index.html') {
    return { page: 'fleet', query };
  }
  const match = /^\/systems\/([0-9a-f]{16})\/?$/.exec(path);
  if (match?.[1] !== undefined) {
    return { page: 'system', id: match[1], query };
  }
  const module = /^\/x\/([a-z][a-z0-9-]{0,31})\/([a-z][a-z0-9-]{0,31})\/?$/.exec(path);
  if (module?.[1] !== undefined && module[2] !== undefined) {
    return { page: 'module', plugin: module[1], id: module[2], query };
  }
  const word = /^\/(compare|tokens)\/?$/.exec(path)?.[1];
  if (word === 'compare' || word === 'tokens') {
    return { page: word, query };
  }
  return { page: 'unknown', path, query };
}

export function systemPath(id: string): string {
  return `${base}/systems/${encodeURIComponent(id)}`;
}

export function modulePath(plugin: string, id: string): string {
  return `${base}/x/${plugin}/${id}`;
}

/* The page that compares systems, with at least this one. */
export function comparePath(ids: readonly string[]): string {
  return `${base}/compare?systems=${ids.join()}`;
}

export const tokensPath = `${base}/tokens`;

function here(): Route {
  const path = location.pathname;
  const below = path.startsWith(`${base}/`) ? path.slice(base.length) : path === base ? '/' : path;
  return parseRoute(below, location.search);
}

export const route = new Store<Route>({ page: 'fleet', query: '' });

/* The address of what is shown now, with some words of the query changed; null takes one out. */
export function withQuery(changes: Readonly<Record<string, string | null>>): string {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') {
      query.delete(name);
    } else {
      query.set(name, value);
    }
  }
  const text = query.toString();
  return location.pathname + (text === '' ? '' : `?${text}`);
}

interface Entry {
  /* Where the page was scrolled to when it was left. */
  scroll?: number;
  /* How many entries of ours lie before this one. */
  depth?: number;
}

function entry(): Entry {
  const state: unknown = history.state;
  return typeof state === 'object' && state !== null ? (state as Entry) : {};
}

export interface Navigation {
  replace?: boolean;
  /* False keeps the place that the page is scrolled to. */
  scroll?: boolean;
  state?: object;
}

export function navigate(path: string, options: Navigation = {}): void {
  const { depth = 0 } = entry();
  if (options.replace === true) {
    history.replaceState({ ...entry(), ...options.state }, '', path);
  } else {
    history.replaceState({ ...entry(), scroll: scrollY }, '');
    history.pushState({ ...options.state, depth: depth + 1 }, '', path);
    if (options.scroll !== false) {
      scrollTo(0, 0);
    }
  }
  route.set(here());
}

/* Back to what was before this entry if that was ours; else on to `path` in its place. */
export function goBack(path: string): void {
  if ((entry().depth ?? 0) > 0) {
    history.back();
  } else {
    navigate(path, { replace: true });
  }
}

/* What the page was is drawn again only after it was told: so its height is waited for. */
function restoreScroll(): void {
  const { scroll = 0 } = entry();
  let tries = 30;
  const reach = (): void => {
    scrollTo(0, scroll);
    tries -= 1;
    if (tries > 0 && Math.abs(scrollY - scroll) > 1) {
      requestAnimationFrame(reach);
    }
  };
  requestAnimationFrame(reach);
}

/* Follows the back button, and turns clicks on links of ours into navigation. */
export function startRouter(): void {
  history.scrollRestoration = 'manual';
  route.set(here());
  restoreScroll();
  addEventListener('popstate', () => {
    const { page } = route.value;
    const next = here();
    route.set(next);
    if (next.page !== page) {
      restoreScroll();
    }
  });
  addEventListener('pagehide', () => {
    history.replaceState({ ...entry(), scroll: scrollY }, '');
  });
  document.addEventListener('click', (event) => {
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (event.defaultPrevented || !plain || event.altKey || !(event.target instanceof Element)) {
      return;
    }
    const link = event.target.closest('a[href]');
    if (!(link instanceof HTMLAnchorElement) || link.origin !== location.origin) {
      return;
    }
    if (link.target !== '' || link.hasAttribute('download')) {
      return;
    }
    /* A link to a place in this page (the skip link) is the browser's own work. */
    if (link.hash !== '' && link.pathname === location.pathname) {
      return;
    }
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
}
