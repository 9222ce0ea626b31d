/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls `run` now, or, in a tab that nobody sees, when it is looked at: it asks nothing until then. */
export function whenSeen(run: () => void, signal: AbortSignal): void {
  if (!document.hidden) {
    run();
    return;
  }
  const again = (): void => {
    if (!document.hidden) {
      document.removeEventListener('visibilitychange', again);
      run();
    }
  };
  document.addEventListener('visibilitychange', again, { signal });
}
