/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is rendered in Node, with the Preact that renders it: two copies would not know each other. */

export { h, render } from 'preact';
export { InSight } from '../ui/controls/in-sight';
