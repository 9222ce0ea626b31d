/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which part of a long list is in the window. The list is as high as all its rows; only those in sight,
 * and a few around them, are drawn. The whole page scrolls, so that it feels like any other. */

import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

/* Rows drawn above and below what is in sight. */
const AROUND = 8;

export interface Window {
  /* Lines, not items: a line of cards holds several. */
  first: number;
  last: number;
  /* Of the place, in CSS pixels. */
  width: number;
  rem: number;
}

/* Pure, for its test: `top` is that of the list in the window, which is `height` high. */
export function linesInSight(top: number, height: number, line: number): { first: number; last: number } {
  const first = Math.max(0, Math.floor(Math.max(0, -top) / line) - AROUND);
  const last = Math.max(0, Math.ceil((height - top) / line) + AROUND);
  /* In steps, so that not every pixel of a scroll draws anew. */
  return { first: first - (first % 4), last: last + (4 - (last % 4)) };
}

export function useWindow(place: RefObject<HTMLElement>, lineRem: number): Window {
  const [shown, setShown] = useState<Window>({ first: 0, last: 40, width: 0, rem: 16 });
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) {
      return;
    }
    let frame = 0;
    const look = (): void => {
      frame = 0;
      const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
      const { top, width } = element.getBoundingClientRect();
      const { first, last } = linesInSight(top, innerHeight, lineRem * rem);
      setShown((before) =>
        before.first === first && before.last === last && before.width === width && before.rem === rem
          ? before
          : { first, last, width, rem },
      );
    };
    const soon = (): void => {
      frame ||= requestAnimationFrame(look);
    };
    look();
    const sizes = new ResizeObserver(soon);
    sizes.observe(element);
    addEventListener('scroll', soon, { passive: true });
    addEventListener('resize', soon, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      sizes.disconnect();
      removeEventListener('scroll', soon);
      removeEventListener('resize', soon);
    };
  }, [lineRem]);
  return shown;
}
