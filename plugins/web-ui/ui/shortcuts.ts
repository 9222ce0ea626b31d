/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Keys that mean something everywhere. A letter is one only where nobody writes. */

import { openDialog } from './overlays';
import { session } from './session';

/* Whether a key is ours: no modifier, nothing that takes text has the focus, no dialog is open. */
export function isPlainKey(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) {
    return false;
  }
  const { target } = event;
  const writes = target instanceof Element && target.closest('input:not([type="checkbox"]), textarea, select, [contenteditable]') !== null;
  return !writes && document.querySelector('dialog[open]') === null;
}

export function startShortcuts(): void {
  document.addEventListener('keydown', (event) => {
    if (session.value.state !== 'open') {
      return;
    }
    const open = document.querySelector('dialog[open]') !== null;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      if (!open) {
        openDialog('palette');
      }
    } else if (isPlainKey(event) && event.key === '/') {
      event.preventDefault();
      openDialog('palette');
    } else if (isPlainKey(event) && event.key === '?') {
      event.preventDefault();
      openDialog('shortcuts');
    }
  });
}
