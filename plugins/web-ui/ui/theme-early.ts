/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs before the first paint, so that a chosen theme does not flash the other one. */

try {
  const value = localStorage.getItem('reeve.theme');
  if (value === 'light' || value === 'dark') {
    document.documentElement.dataset['theme'] = value;
  }
} catch {
  /* No storage: the desktop's choice holds. */
}

export {};
