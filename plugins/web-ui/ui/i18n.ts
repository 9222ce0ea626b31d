/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The words of the page. What stands in the source is English and the key of the catalogue; a text
 * without a translation stays English. Nothing here is called while a module is loaded: tables of
 * texts are marked with mark() and translated where they are shown. */

import type { ComponentChildren } from 'preact';
import { writeWhole } from './numbers';
import { Store } from './store';

export interface Catalogue {
  /* Index of the form for each of Intl's categories ("one", "other"). */
  forms: Record<string, number>;
  texts: Record<string, string>;
  plurals: Record<string, string[]>;
}

export type Arguments = Readonly<Record<string, string | number>>;

let catalogue: Catalogue | null = null;
/* Made when they are first needed. */
let rules: Intl.PluralRules | null = null;

/* The language of the texts; dates and numbers follow locale(). */
export const language = new Store('en');

/* The locale that dates and numbers are written in: the browser's own one where it is of the language
 * that is shown, so that an English reader in Ireland gets Irish dates. */
export function locale(): string {
  const wanted = typeof navigator === 'undefined' ? [] : (navigator.languages ?? []);
  const own = wanted.find((tag) => tag.split('-')[0] === language.value);
  return own ?? language.value;
}

export function useCatalogue(tag: string, next: Catalogue | null): void {
  catalogue = next;
  rules = null;
  if (typeof document !== 'undefined') {
    document.documentElement.lang = tag;
  }
  language.set(tag);
}

function fill(text: string, args: Arguments | undefined): string {
  if (args === undefined) {
    return text;
  }
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = args[name];
    return value === undefined ? whole : String(value);
  });
}

/* A text may be a peer's: what every object has by itself is no translation of it. */
function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/* One text, with `{name}` for each argument. */
export function t(text: string, args?: Arguments): string {
  return fill((catalogue === null ? undefined : own(catalogue.texts, text)) ?? text, args);
}

/* One of two texts by `count`, which is the argument `{count}` too, written as the locale does. */
export function tn(one: string, many: string, count: number, args?: Arguments): string {
  let text = count === 1 ? one : many;
  if (catalogue !== null) {
    rules ??= new Intl.PluralRules(language.value);
    text = own(catalogue.plurals, one)?.[catalogue.forms[rules.select(count)] ?? 0] ?? text;
  }
  return fill(text, { count: writeWhole(count, locale()), ...args });
}

/* A text with elements in it: `tx('Press {key} now', { key: <kbd>K</kbd> })`. */
export function tx(text: string, args: Readonly<Record<string, ComponentChildren>>): ComponentChildren[] {
  return t(text)
    .split(/(\{\w+\})/)
    .map((part) => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1];
      return name !== undefined && Object.hasOwn(args, name) ? args[name] : part;
    });
}

/* Marks a text of a table for the catalogue, and is the text itself. */
export function mark<T extends string>(text: T): T {
  return text;
}
