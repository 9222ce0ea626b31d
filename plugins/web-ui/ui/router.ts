/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Addresses of the pages: `/`, `/systems/ID`, below the base. Anything else is an unknown page. */

import { base } from './base';
import { Store } from './store';

export type Route =
  | { page: 'fleet' }
  | { page: 'system'; id: string; range: string | null }
  | { page: 'unknown'; path: string };

export function parseRoute(path: string, query = ''): Route {
  if (path === '/' || path === '/index.html') {
    return { page: 'fleet' };
  }
  const match = /^\/systems\/([0-9a-f]{16})\/?$/.exec(path);
  if (match?.[1] !== undefined) {
    return { page: 'system', id: match[1], range: new URLSearchParams(query).get('range') };
  }
  return { page: 'unknown', path };
}

export function systemPath(id: string): string {
  return `${base}/systems/${encodeURIComponent(id)}`;
}

function here(): Route {
  const path = location.pathname;
  const below = path.startsWith(`${base}/`) ? path.slice(base.length) : path === base ? '/' : path;
  return parseRoute(below, location.search);
}

export const route = new Store<Route>({ page: 'fleet' });

export function navigate(path: string, options: { replace?: boolean } = {}): void {
  if (options.replace === true) {
    history.replaceState(null, '', path);
  } else {
    history.pushState(null, '', path);
    scrollTo(0, 0);
  }
  route.set(here());
}

/* Follows the back button, and turns clicks on links of ours into navigation. */
export function startRouter(): void {
  route.set(here());
  addEventListener('popstate', () => route.set(here()));
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
