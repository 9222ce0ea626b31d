/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs before the first paint, while the document is still read: a chosen theme must not flash the other
 * one, and what the page in the address needs is asked for together with what every page needs. */

{
  try {
    const { theme } = JSON.parse(localStorage.getItem('reeve.settings') ?? '{}') as { theme?: unknown };
    if (theme === 'light' || theme === 'dark') {
      document.documentElement.dataset['theme'] = theme;
    }
  } catch {
    /* No storage, or nothing of ours in it: the desktop's choice holds. */
  }

  /* The build writes the names of their scripts into the document. */
  const script = document.currentScript as HTMLScriptElement;
  const { laterSystem, laterCompare } = script.dataset;
  const files = /\/systems\/[^/]+$/.test(location.pathname) ? laterSystem : location.pathname.endsWith('/compare') ? laterCompare : '';
  for (const file of files?.match(/\S+/g) ?? []) {
    const link = document.createElement('link');
    link.rel = 'modulepreload';
    link.href = new URL(file, script.src).href;
    document.head.append(link);
  }
}

export {};
