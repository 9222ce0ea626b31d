/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The list on paper. On the screen only what is in sight is drawn; for a print all rows are, up to a limit,
 * and those that were not fetched yet are waited for. */

import { useEffect } from 'preact/hooks';
import { Store } from '../../store';
import type { Rows } from './rows';

export const MOST_PRINTED = 1000;
/* Milliseconds after which what has come is printed. */
const PATIENCE = 20_000;

const PRESSES = ['pointerdown', 'keydown'] as const;

export const printing = new Store(false);

export function printedCount(rows: Rows): number {
  let count = 0;
  for (let index = 0; index < Math.min(rows.total ?? 0, MOST_PRINTED); index += 1) {
    count += rows.row(index) === undefined ? 0 : 1;
  }
  return count;
}

function haveCome(rows: Rows): Promise<void> {
  return new Promise((resolve) => {
    let unfollow = (): void => undefined;
    const end = (): void => {
      clearTimeout(timer);
      unfollow();
      resolve();
    };
    const timer = setTimeout(end, PATIENCE);
    const look = (): void => {
      if (printedCount(rows) >= Math.min(rows.total ?? 0, MOST_PRINTED)) {
        end();
      }
    };
    unfollow = rows.changed.follow(look);
    look();
  });
}

/* A browser does not wait for anything once its own print has begun: so Ctrl-P is taken from it. */
async function printAll(rows: Rows): Promise<void> {
  printing.set(true);
  rows.want(0, MOST_PRINTED - 1);
  await haveCome(rows);
  /* Two frames, in which they are drawn. */
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  /* Who has gone to another page meanwhile, or filtered the list, wants no paper of it. */
  if (printing.value) {
    printNow();
  }
}

/* Not all browsers wait in print() until the paper is made: `afterprint` tells of that. Where nothing was
 * printed at all it may never come; who presses something then is at the page again. */
function printNow(): void {
  print();
  const end = (): void => {
    PRESSES.forEach((name) => removeEventListener(name, end));
    printing.set(false);
  };
  if (printing.value) {
    PRESSES.forEach((name) => addEventListener(name, end));
  }
}

export function usePrinting(rows: Rows): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const plain = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      if (plain && event.key.toLowerCase() === 'p' && !event.defaultPrevented && (rows.total ?? 0) > 0) {
        event.preventDefault();
        if (!printing.value) {
          void printAll(rows);
        }
      }
    };
    const begin = (): void => printing.set(true);
    const end = (): void => printing.set(false);
    document.addEventListener('keydown', press);
    addEventListener('beforeprint', begin);
    addEventListener('afterprint', end);
    return () => {
      document.removeEventListener('keydown', press);
      removeEventListener('beforeprint', begin);
      removeEventListener('afterprint', end);
      end();
    };
  }, [rows]);
}
