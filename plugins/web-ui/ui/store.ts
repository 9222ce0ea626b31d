/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A value that components can follow. */

import { useEffect, useLayoutEffect, useState } from 'preact/hooks';

export class Store<T> {
  private readonly followers = new Set<(value: T) => void>();

  constructor(private current: T) {}

  get value(): T {
    return this.current;
  }

  set(value: T): void {
    if (Object.is(value, this.current)) {
      return;
    }
    this.current = value;
    for (const follower of [...this.followers]) {
      follower(value);
    }
  }

  follow(follower: (value: T) => void): () => void {
    this.followers.add(follower);
    return () => {
      this.followers.delete(follower);
    };
  }
}

export function useStore<T>(store: Store<T>): T {
  const [value, setValue] = useState(() => store.value);
  /* Before the paint, so that what comes until then is in it. */
  useLayoutEffect(() => {
    const take = (next: T): void => setValue(() => next);
    /* It may have changed between the first render and this effect. */
    take(store.value);
    return store.follow(take);
  }, [store]);
  return value;
}

/* Renders again each `period` milliseconds, for texts such as "12 s ago". */
export function useTick(period: number): void {
  const [, setCount] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setCount((count) => count + 1), period);
    return () => clearInterval(timer);
  }, [period]);
}

/* Whether a media query holds. */
export function useMedia(query: string): boolean {
  const [holds, setHolds] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const take = (): void => setHolds(list.matches);
    take();
    list.addEventListener('change', take);
    return () => list.removeEventListener('change', take);
  }, [query]);
  return holds;
}
