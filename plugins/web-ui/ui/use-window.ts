/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The window of a page with charts, and what changes it. Each change is an entry of the browser's
 * history, so "back" goes to the window before, by the browser's button as by ours. */

import { useEffect, useMemo } from 'preact/hooks';
import { hubNow } from './api';
import type { ChartDeeds } from './controls/chart';
import { cursor, pointAt } from './controls/cursor';
import { navigate } from './router';
import { fixedWindow, lastWindow, panWindow, parseWindow, scaleWindow, storedRange, storeRange, windowQuery } from './window';
import type { RangeId, Window } from './window';

interface State {
  /* How many windows of this page lie before this entry. */
  windows?: number;
  /* The entry came of moving the window: the next move takes its place. */
  moved?: boolean;
}

function state(): State {
  const value: unknown = history.state;
  return typeof value === 'object' && value !== null ? (value as State) : {};
}

export interface Windowed {
  window: Window;
  choose: (range: RangeId) => void;
  back: () => void;
  /* There is a window to go back to. */
  narrowed: boolean;
  deeds: ChartDeeds;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, select, textarea, dialog, [role="dialog"], [role="menu"]') !== null;
}

/* `usual`: what is shown when neither the address nor an earlier choice says. */
export function useWindow(query: string, usual: RangeId): Windowed {
  const named = useMemo(() => parseWindow(query, hubNow()), [query]);
  const window = useMemo(() => named ?? lastWindow(storedRange() ?? usual), [named, usual]);
  const go = (next: Window, moved = false): void => {
    const { windows = 0, moved: before = false } = state();
    const replace = moved && before;
    navigate(location.pathname + windowQuery(location.search, next), {
      replace,
      scroll: false,
      state: { windows: replace ? windows : windows + 1, moved },
    });
  };
  const choose = (range: RangeId): void => {
    storeRange(range);
    go(lastWindow(range));
  };
  const back = (): void => {
    if ((state().windows ?? 0) > 0) {
      history.back();
    } else if (window.last === null) {
      const next = lastWindow(storedRange() ?? usual);
      navigate(location.pathname + windowQuery(location.search, next), { replace: true, scroll: false });
    }
  };
  const narrowed = window.last === null || (state().windows ?? 0) > 0;
  const deeds: ChartDeeds = {
    point: pointAt,
    zoom: (from, to) => go(fixedWindow(from, to, hubNow())),
    pan: (part) => go(panWindow(window, part, hubNow()), true),
    scale: (factor, at) => go(scaleWindow(window, factor, hubNow(), at ?? undefined), true),
    back,
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented || isTyping(event.target)) {
        return;
      }
      if (cursor.value !== null) {
        pointAt(null);
      } else if (window.last === null) {
        back();
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [window]);
  /* A moment that was pointed at in another page means nothing here. */
  useEffect(() => () => pointAt(null), []);
  return { window, choose, back, narrowed, deeds };
}
