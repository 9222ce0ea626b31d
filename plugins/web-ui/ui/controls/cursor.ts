/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The one moment at which all charts of the page are read. Who points at a chart sets it, every chart
 * in sight follows. Told at most once a frame. */

import { useContext, useEffect, useState } from 'preact/hooks';
import { Store } from '../store';
import { Sight } from './in-sight';

export const cursor = new Store<number | null>(null);

let waiting: { time: number | null } | null = null;

export function pointAt(time: number | null): void {
  if (waiting === null) {
    requestAnimationFrame(() => {
      const next = waiting;
      waiting = null;
      cursor.set(next?.time ?? null);
    });
  }
  waiting = { time };
}

/* The moment for a control that may be out of sight, and follows only while it is in sight. */
export function useCursor(): number | null {
  const seen = useContext(Sight);
  const [time, setTime] = useState(cursor.value);
  useEffect(() => {
    if (!seen) {
      return;
    }
    setTime(cursor.value);
    return cursor.follow(setTime);
  }, [seen]);
  return time;
}
