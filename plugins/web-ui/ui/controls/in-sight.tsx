/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Renders what is in it only while it is in sight, or nearly: out of sight it keeps its last look and
 * its height and costs nothing. Everything is shown for a print. */

import { createContext } from 'preact';
import type { ComponentChildren, JSX, VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

const MARGIN = 240;

/* Whether what asks is in sight. */
export const Sight = createContext(true);

export function InSight(props: {
  tag: 'section' | 'div';
  attributes: JSX.HTMLAttributes<HTMLElement> & Record<`data-${string}`, string>;
  /* What stands there until it is first seen. */
  before: ComponentChildren;
  render: () => ComponentChildren;
  onSight?: (seen: boolean) => void;
}) {
  const element = useRef<HTMLElement>(null);
  const [seen, setSeen] = useState(false);
  const last = useRef<{ vnode: VNode } | null>(null);
  /* What is in sight from the beginning need not be painted without it first. */
  useLayoutEffect(() => {
    const { top, bottom } = element.current?.getBoundingClientRect() ?? { top: Infinity, bottom: Infinity };
    setSeen(top < innerHeight + MARGIN && bottom > -MARGIN);
  }, []);
  useEffect(() => {
    const place = element.current;
    if (place === null) {
      return;
    }
    const show = (value: boolean): void => setSeen(value);
    const sight = new IntersectionObserver((entries) => show(entries.at(-1)?.isIntersecting === true), {
      rootMargin: `${MARGIN}px`,
    });
    sight.observe(place);
    const print = (): void => show(true);
    addEventListener('beforeprint', print);
    return () => {
      sight.disconnect();
      removeEventListener('beforeprint', print);
    };
  }, []);
  /* Only changes are told: who asks counts them. */
  const told = useRef(false);
  const tell = (value: boolean): void => {
    if (value !== told.current) {
      told.current = value;
      props.onSight?.(value);
    }
  };
  useEffect(() => tell(seen), [seen]);
  useEffect(() => () => tell(false), []);
  if (seen || last.current === null) {
    last.current = { vnode: <>{seen ? props.render() : props.before}</> };
  }
  const Tag = props.tag as 'section';
  return (
    <Tag ref={element} {...props.attributes}>
      <Sight.Provider value={seen}>{last.current.vnode}</Sight.Provider>
    </Tag>
  );
}
