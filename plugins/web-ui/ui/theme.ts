/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Light, dark, or as the desktop says. The choice stays in this browser. */

import { Store } from './store';

export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'reeve.theme';

export function storedTheme(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : 'auto';
  } catch {
    return 'auto';
  }
}

export const theme = new Store<Theme>(storedTheme());

/* Counts up whenever the colours on the screen changed, whoever changed them. */
export const colours = new Store(0);

export function setTheme(value: Theme): void {
  try {
    localStorage.setItem(KEY, value);
  } catch {
    /* Then it holds until the page is loaded again. */
  }
  if (value === 'auto') {
    delete document.documentElement.dataset['theme'];
  } else {
    document.documentElement.dataset['theme'] = value;
  }
  theme.set(value);
  colours.set(colours.value + 1);
}

export function followDesktop(): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    colours.set(colours.value + 1);
  });
}

/* A colour token as the canvas understands it. Tokens are made of light-dark(), which only the style
 * engine can resolve, so it is asked through an element. */
export function resolveColour(element: HTMLElement, token: string): string {
  const before = element.style.color;
  element.style.color = `var(${token})`;
  const colour = getComputedStyle(element).color;
  element.style.color = before;
  return colour;
}

/* The same colour with another opacity; `colour` is what resolveColour() answers. */
export function withAlpha(colour: string, alpha: number): string {
  const match = /^rgba?\(([^)]*)\)$/.exec(colour);
  const parts = match?.[1]?.split(/[\s,/]+/).slice(0, 3);
  return parts?.length === 3 ? `rgba(${parts.join(', ')}, ${alpha})` : colour;
}
