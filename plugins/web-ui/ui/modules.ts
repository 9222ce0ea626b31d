/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pages and panels of plugins: fetched once after signing in, each by itself, so that one that is broken
 * is told of and hurts nothing else. What could not be fetched is fetched when the hub is back. */

import { Fragment, h } from 'preact';
import {
  useCallback,
  useContext,
  useDebugValue,
  useEffect,
  useErrorBoundary,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} from 'preact/hooks';
import { callPath, getLatest, hubNow } from './api';
import { base } from './base';
import { Dialog } from './controls/dialog';
import { Icon } from './controls/icon';
import { Sign } from './controls/sign';
import { Table } from './controls/table';
import { formatAgo, formatValue } from './format';
import { t, tn } from './i18n';
import { modules } from './module-store';
import type { Modules } from './module-store';
import type { ModulePage, Panel, Reeve } from './module-types';
import { systemPath } from './router';

/* Each by its name: the module whole would need a helper of the bundler's, and so another file in the first view. */
const hooks = {
  useCallback,
  useContext,
  useDebugValue,
  useEffect,
  useErrorBoundary,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
};

/* The interface of this page; a module for another one is not run. */
export const INTERFACE = 1;

interface Row {
  plugin: string;
  interface?: number;
  url?: string;
  style?: string;
  problem?: string;
}

const ID = /^[a-z][a-z0-9-]{0,31}$/;

function check(condition: boolean, problem: string): void {
  if (!condition) {
    throw new Error(problem);
  }
}

/* In place of what was said of this plugin before. */
function add(plugin: string, part: Partial<Modules>): void {
  const { panels, pages, problems, state } = modules.value;
  modules.set({
    panels: [...panels, ...(part.panels ?? [])],
    pages: [...pages, ...(part.pages ?? [])],
    problems: [...problems.filter((one) => one.plugin !== plugin), ...(part.problems ?? [])],
    state,
  });
}

/* What one module is given. What it adds counts only when its register() has ended well. */
function faceFor(plugin: string, added: { panels: (Panel & { plugin: string })[]; pages: (ModulePage & { plugin: string })[] }): Reeve {
  const checked = <T extends { id: string; title: string; render: unknown }>(what: T): T & { plugin: string } => {
    check(ID.test(what.id) && typeof what.title === 'string', 'an id or a title is wrong');
    check(typeof what.render === 'function', `${what.id} has no render`);
    return { ...what, plugin };
  };
  return {
    version: INTERFACE,
    h,
    Fragment,
    hooks,
    controls: {
      Icon,
      Sign,
      Table,
      Sheet: ({ title, onClose, children }) => h(Dialog, { title, onClose, size: 'sheet', children }),
    },
    addPanel: (panel) => void added.panels.push(checked(panel)),
    addPage: (page) => void added.pages.push(checked(page)),
    api: {
      get: (path, signal) => callPath('GET', path, undefined, signal),
      latest: getLatest,
      ask: async (system, verb, args, signal) => {
        const path = `systems/${encodeURIComponent(system)}/ask`;
        const { answer } = await callPath<{ answer: unknown }>('POST', path, { verb, arguments: args }, signal);
        return answer as never;
      },
    },
    format: { value: formatValue, ago: formatAgo },
    now: hubNow,
    systemPath,
    t,
    tn,
  };
}

function addStyle(path: string): void {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = base + path;
  document.head.append(link);
}

/* Plugins whose module has run, or never will. */
const settled = new Set<string>();

async function loadOne(row: Row): Promise<void> {
  if (settled.has(row.plugin)) {
    return;
  }
  let fetched = true;
  try {
    check(row.problem === undefined, row.problem ?? '');
    check(row.interface === INTERFACE, t('it is written for interface {number} of the page, which has {ours}', { number: row.interface ?? 0, ours: INTERFACE }));
    fetched = false;
    const module = (await import(/* @vite-ignore */ base + (row.url ?? ''))) as { register?: unknown };
    fetched = true;
    check(typeof module.register === 'function', t('it has no function register()'));
    const added = { panels: [], pages: [] };
    (module.register as (reeve: Reeve) => void)(faceFor(row.plugin, added));
    if (row.style !== undefined && row.style !== '') {
      addStyle(row.style);
    }
    add(row.plugin, added);
  } catch (error) {
    fetched ||= error instanceof SyntaxError;
    add(row.plugin, { problems: [{ plugin: row.plugin, problem: error instanceof Error ? error.message : String(error) }] });
  }
  if (fetched) {
    settled.add(row.plugin);
  }
}

let begun = false;

/* Once in the life of the page; what cannot be had is asked for again at the next call. Answers whether all
 * is there, or on its way. */
export async function loadModules(): Promise<boolean> {
  if (begun) {
    return true;
  }
  begun = true;
  try {
    const answer = await callPath<{ modules: Row[] }>('GET', 'modules');
    await Promise.all(answer.modules.map(loadOne));
    begun = answer.modules.every((row) => settled.has(row.plugin));
  } catch {
    begun = false;
  }
  modules.set({ ...modules.value, state: begun ? 'ready' : 'failed' });
  return begun;
}
