/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Light, dark, or as the desktop says. */

import { settings } from './settings';
import { Store } from './store';

/* Counts up whenever the colours on the screen changed, whoever changed them. */
export const colours = new Store(0);

function repaint(): void {
  const { theme } = settings.value;
  if (theme === 'auto') {
    delete document.documentElement.dataset['theme'];
  } else {
    document.documentElement.dataset['theme'] = theme;
  }
  colours.set(colours.value + 1);
}

export function followColours(): void {
  let { theme } = settings.value;
  settings.follow((next) => {
    if (next.theme !== theme) {
      theme = next.theme;
      repaint();
    }
  });
  for (const query of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)']) {
    matchMedia(query).addEventListener('change', repaint);
  }
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

let known = new Map<string, string>();
let knownAt = 0;

/* The same for plots, which all have it alike: each question has the style engine look at all that changed. */
export function plotColour(element: HTMLElement, token: string): string {
  if (knownAt !== colours.value) {
    known = new Map();
    knownAt = colours.value;
  }
  const colour = known.get(token) ?? resolveColour(element, token);
  known.set(token, colour);
  return colour;
}

/* The same colour with another opacity; `colour` is what resolveColour() answers. */
export function withAlpha(colour: string, alpha: number): string {
  const match = /^rgba?\(([^)]*)\)$/.exec(colour);
  const parts = match?.[1]?.split(/[\s,/]+/).slice(0, 3);
  return parts?.length === 3 ? `rgba(${parts.join(', ')}, ${alpha})` : colour;
}
