/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What esbuild makes of JSX in a module of this tree. */

import type { ComponentChildren, ComponentType } from 'preact';
import { reeve } from './index';

export type { JSX } from 'preact';

export function jsx(type: string | ComponentType<object>, props: object, key?: string) {
  const { h } = reeve();
  return h(type as ComponentType<object>, key === undefined ? props : { ...props, key });
}

export const jsxs = jsx;

export function Fragment(props: { children?: ComponentChildren }) {
  return reeve().h(reeve().Fragment, null, props.children);
}
