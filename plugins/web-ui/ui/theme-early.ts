/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs before the first paint, so that a chosen theme does not flash the other one. */

try {
  const { theme } = JSON.parse(localStorage.getItem('reeve.settings') ?? '{}') as { theme?: unknown };
  if (theme === 'light' || theme === 'dark') {
    document.documentElement.dataset['theme'] = theme;
  }
} catch {
  /* No storage, or nothing of ours in it: the desktop's choice holds. */
}

export {};
