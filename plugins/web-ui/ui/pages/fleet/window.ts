/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which part of a long list is in the window. The list is as high as all its rows; only those in sight,
 * and a few around them, are drawn. The whole page scrolls, so that it feels like any other. */

import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

/* Rows drawn above and below what is in sight. */
const AROUND = 8;
/* Milliseconds until they are drawn too, when nobody scrolls before: what is in sight comes first. */
const SETTLE = 200;
/* Who scrolls by more than a third of the window in each of some frames cannot read what goes by. */
const FAST_SHARE = 1 / 3;
const FAST_LOOKS = 2;
const FAST_WITHIN = 250;
/* Milliseconds without a scroll until all is drawn again. */
const CALM = 80;

export interface Window {
  /* Lines, not items: a line of cards holds several. */
  first: number;
  last: number;
  /* Of the place, in CSS pixels. */
  width: number;
  rem: number;
  /* It goes by faster than anybody reads: rows that come are not worth their drawing. */
  fast: boolean;
}

/* Pure, for its test: told the list's place at each look, says whether it goes by too fast to read. One
 * jump, as of a key that turns the page, does not. */
export class Haste {
  private top = 0;
  private at = -Infinity;
  private looks = 0;

  look(top: number, height: number, now: number): boolean {
    const far = Math.abs(top - this.top) > height * FAST_SHARE && now - this.at < FAST_WITHIN;
    this.looks = far ? this.looks + 1 : 0;
    this.top = top;
    this.at = now;
    return this.looks >= FAST_LOOKS;
  }
}

/* Pure, for its test: `top` is that of the list in the window, which is `height` high. */
export function linesInSight(top: number, height: number, line: number, around = AROUND): { first: number; last: number } {
  const first = Math.max(0, Math.floor(Math.max(0, -top) / line) - around);
  const last = Math.max(0, Math.ceil((height - top) / line) + around);
  /* In steps, so that not every pixel of a scroll draws anew. */
  return { first: first - (first % 4), last: last + (4 - (last % 4)) };
}

export function useWindow(place: RefObject<HTMLElement>, lineRem: number): Window {
  const [shown, setShown] = useState<Window>({ first: 0, last: -1, width: 0, rem: 16, fast: false });
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) {
      return;
    }
    let frame = 0;
    let around = 0;
    let calm: ReturnType<typeof setTimeout> | undefined;
    const haste = new Haste();
    const look = (): void => {
      frame = 0;
      const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
      const { top, width } = element.getBoundingClientRect();
      const { first, last } = linesInSight(top, innerHeight, lineRem * rem, around);
      const fast = haste.look(top, innerHeight, performance.now());
      clearTimeout(calm);
      if (fast) {
        calm = setTimeout(soon, CALM);
      }
      setShown((before) =>
        before.first === first && before.last === last && before.width === width && before.rem === rem && before.fast === fast
          ? before
          : { first, last, width, rem, fast },
      );
    };
    const soon = (): void => {
      frame ||= requestAnimationFrame(look);
    };
    look();
    const widen = (): void => {
      around = AROUND;
      soon();
    };
    const settled = setTimeout(widen, SETTLE);
    const sizes = new ResizeObserver(soon);
    sizes.observe(element);
    addEventListener('scroll', widen, { passive: true });
    addEventListener('resize', soon, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(calm);
      clearTimeout(settled);
      sizes.disconnect();
      removeEventListener('scroll', widen);
      removeEventListener('resize', soon);
    };
  }, [lineRem]);
  return shown;
}
