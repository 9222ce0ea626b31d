/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What modules of this tree import as 'reeve-ui': the page's own Preact and words behind the usual names, so
 * that they are written like any other page and bundle neither. bind() comes first in register(). */

import type { Reeve } from '../ui/module-types';

export type { Latest, LatestRow } from '../ui/api';
export type { PageProps, PanelProps, Reeve, TableColumn, Tone } from '../ui/module-types';

let bound: Reeve | null = null;

export function bind(reeve: Reeve): void {
  bound = reeve;
}

export function reeve(): Reeve {
  if (bound === null) {
    throw new Error('register() has not bound the page');
  }
  return bound;
}

export const t: Reeve['t'] = (text, args) => reeve().t(text, args);
export const tn: Reeve['tn'] = (one, many, count, args) => reeve().tn(one, many, count, args);
/* Marks a text of a table for the catalogue. */
export const mark = <T extends string>(text: T): T => text;
export const useEffect: Reeve['hooks']['useEffect'] = (effect, inputs) => reeve().hooks.useEffect(effect, inputs);
export function useState<S>(initial: S | (() => S)) {
  return reeve().hooks.useState<S>(initial);
}
export function useRef<T>(initial: T) {
  return reeve().hooks.useRef<T>(initial);
}
