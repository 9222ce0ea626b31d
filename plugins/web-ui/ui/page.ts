/* SPDX-License-Identifier: LGPL-2.1-or-later */

import { useEffect, useRef } from 'preact/hooks';
import type { RefObject } from 'preact';
import iconDown from './icon-down.svg';
import { live } from './live';
import { useStore } from './store';

let firstPage = true;
/* The icon of the tab as the document has it, while nothing is down. */
let usualIcon: string | null = null;

function showIcon(down: boolean): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link !== null) {
    usualIcon ??= link.href;
    link.href = down ? new URL(iconDown, import.meta.url).href : usualIcon;
  }
}

/* Sets the window's title, with the number of systems that are down before it, and its icon, and answers a reference
 * for the page's heading: it takes the focus when the page was come to by a link within, as it would
 * after loading a page. */
export function useHeading(title: string): RefObject<HTMLHeadingElement> {
  const heading = useRef<HTMLHeadingElement>(null);
  const down = useStore(live.counts)?.states.down ?? 0;
  useEffect(() => {
    document.title = `${down > 0 ? `(${down}) ` : ''}${title} – Reeve`;
    showIcon(down > 0);
  }, [title, down]);
  useEffect(() => {
    if (!firstPage) {
      heading.current?.focus({ preventScroll: true });
    }
    firstPage = false;
  }, []);
  return heading;
}
