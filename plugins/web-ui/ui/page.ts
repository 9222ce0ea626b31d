/* SPDX-License-Identifier: LGPL-2.1-or-later */

import { useEffect, useRef } from 'preact/hooks';
import type { RefObject } from 'preact';

let firstPage = true;

/* Sets the window's title, and answers a reference for the page's heading: it takes the focus when the
 * page was come to by a link within, as it would after loading a page. */
export function useHeading(title: string): RefObject<HTMLHeadingElement> {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – Reeve`;
  }, [title]);
  useEffect(() => {
    if (!firstPage) {
      heading.current?.focus({ preventScroll: true });
    }
    firstPage = false;
  }, []);
  return heading;
}
