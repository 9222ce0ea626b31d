/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* j and k, and the arrows while the list has the focus, go from row to row; Enter opens, as on any
 * link, and x chooses to compare. A row that is not drawn is scrolled to first. */

import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import { choose, chosen } from '../../compared';
import { isPlainKey } from '../../shortcuts';
import type { Rows } from './rows';

/* Frames in which a row that was scrolled to must have been drawn. */
const PATIENCE = 60;

function indexOfFocus(place: HTMLElement): number {
  const focused = document.activeElement?.closest<HTMLElement>('[data-index]');
  return focused !== null && focused !== undefined && place.contains(focused) ? Number(focused.dataset['index']) : -1;
}

function focusRow(place: HTMLElement, index: number): void {
  let left = PATIENCE;
  const reach = (): void => {
    const link = place.querySelector<HTMLElement>(`[data-index="${index}"] .name a`);
    if (link !== null) {
      link.focus({ preventScroll: true });
      link.scrollIntoView({ block: 'nearest' });
      return;
    }
    const body = place.querySelector('.table-body, .card-list');
    const line = place.querySelector('[data-index]');
    if (left === PATIENCE && body !== null && line !== null) {
      const height = line.getBoundingClientRect().height;
      scrollTo(0, body.getBoundingClientRect().top + scrollY + index * height - innerHeight / 2);
    }
    left -= 1;
    if (left > 0) {
      requestAnimationFrame(reach);
    }
  };
  reach();
}

export function useRowKeys(place: RefObject<HTMLElement>, rows: Rows, cards: boolean): void {
  useEffect(() => {
    /* Where the keys are, also after the row with the focus was scrolled away. */
    let at = -1;
    const press = (event: KeyboardEvent): void => {
      const element = place.current;
      if (element === null || rows.total === null || rows.total === 0 || !isPlainKey(event)) {
        return;
      }
      const focused = indexOfFocus(element);
      const row = event.key === 'x' ? rows.row(focused) : undefined;
      if (row !== undefined) {
        choose(row.id, row.name, !chosen.value.has(row.id));
        return;
      }
      const arrows: Record<string, number> = focused < 0 || cards ? {} : { ArrowDown: 1, ArrowUp: -1 };
      const step = { j: 1, k: -1, ...arrows }[event.key];
      if (step === undefined) {
        return;
      }
      event.preventDefault();
      at = Math.max(0, Math.min(rows.total - 1, (focused >= 0 ? focused : at) + step));
      focusRow(element, at);
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [place, rows, cards]);
}
