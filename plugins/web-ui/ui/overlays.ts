/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What may lie over a page. A dialog is in the address (`?open=rename&on=ID`): it can be linked to, and
 * the back button closes it. Toasts are not. */

import { goBack, navigate, withQuery } from './router';
import { Store } from './store';

export type DialogId =
  | 'add'
  | 'add-token'
  | 'columns'
  | 'labels'
  | 'note'
  | 'palette'
  | 'remove'
  | 'rename'
  | 'settings'
  | 'shortcuts'
  | 'token';

/* Opens a dialog in place of any that is open; `on` is the id of the system that it is about. */
export function openDialog(id: DialogId, on: string | null = null): void {
  const open = new URLSearchParams(location.search).has('open');
  navigate(withQuery({ open: id, on }), { replace: open, scroll: false });
}

export function closeDialog(): void {
  if (new URLSearchParams(location.search).has('open')) {
    goBack(withQuery({ open: null, on: null }));
  }
}

export interface Toast {
  id: number;
  text: string;
  tone: 'good' | 'bad';
  undo: (() => void) | null;
}

/* Newest last. */
export const toasts = new Store<readonly Toast[]>([]);

const MOST_TOASTS = 4;
const TOAST_TIME = 8000;
let lastToast = 0;

export function dismissToast(id: number): void {
  toasts.set(toasts.value.filter((toast) => toast.id !== id));
}

/* Says what was done for a few seconds, with a way to undo it where there is one. What went wrong stays
 * until it is dismissed. */
export function showToast(text: string, options: { tone?: Toast['tone']; undo?: () => void } = {}): void {
  lastToast += 1;
  const toast: Toast = { id: lastToast, text, tone: options.tone ?? 'good', undo: options.undo ?? null };
  toasts.set([...toasts.value, toast].slice(-MOST_TOASTS));
  if (toast.tone === 'good') {
    setTimeout(() => dismissToast(toast.id), TOAST_TIME);
  }
}
