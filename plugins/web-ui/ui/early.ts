/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs before the first paint, while the document is still read and the page's own script is on its way: a
 * chosen theme must not flash the other one, and what the page in the address needs, scripts and answers
 * of the hub, is asked for together with what every page needs. */

import { askEarly } from './asked';
import { listPath, PAGE } from './list-query';
import { joinFilter, parseFilter, sortKeys } from './pages/fleet/filter';
import { storedToken } from './stored';

interface Chosen {
  theme?: unknown;
  problemsFirst?: unknown;
}

function readSettings(): Chosen {
  try {
    return (JSON.parse(localStorage.getItem('reeve.settings') ?? '{}') as Chosen | null) ?? {};
  } catch {
    /* No storage, or nothing of ours in it: the usual ones hold. */
    return {};
  }
}

const { theme, problemsFirst } = readSettings();
if (theme === 'light' || theme === 'dark') {
  document.documentElement.dataset['theme'] = theme;
}

/* The build writes the names of their scripts into the document. */
const script = document.currentScript as HTMLScriptElement;
const base = new URL('..', script.src).pathname.replace(/\/$/, '');
const path = location.pathname.startsWith(`${base}/`) ? location.pathname.slice(base.length) : '/';
const system = /^\/systems\/([0-9a-f]{16})\/?$/.exec(path)?.[1];

/* What is asked in other words than here is asked again by the page itself. */
function pathsOf(): string[] {
  if (system !== undefined) {
    return [`/api/v1/systems/${system}`, `/api/v1/systems/${system}/schema`];
  }
  if (path !== '/') {
    return [];
  }
  const words = new URLSearchParams(location.search);
  const filter = joinFilter(parseFilter(words.get('filter') ?? ''));
  return [listPath({ filter, sort: sortKeys(words.get('sort') ?? '', problemsFirst === true) }, 0, PAGE)];
}

const token = storedToken();
/* A secret in the address brings another session than what is stored. */
if (token !== null && location.hash === '') {
  pathsOf().forEach((one) => askEarly(base, one, token));
}

const { laterSystem, laterCompare } = script.dataset;
const files = system !== undefined ? laterSystem : path === '/compare' ? laterCompare : '';
for (const file of files?.match(/\S+/g) ?? []) {
  const link = document.createElement('link');
  link.rel = 'modulepreload';
  link.href = new URL(file, script.src).href;
  document.head.append(link);
}
