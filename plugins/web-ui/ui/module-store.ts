/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What plugins have added to the page so far, and which of them could not. */

import type { ModulePage, Panel } from './module-types';
import { Store } from './store';

export interface Modules {
  panels: readonly (Panel & { plugin: string })[];
  pages: readonly (ModulePage & { plugin: string })[];
  problems: readonly { plugin: string; problem: string }[];
  /* Failed: some could not be fetched yet. */
  state: 'waiting' | 'ready' | 'failed';
}

export const modules = new Store<Modules>({ panels: [], pages: [], problems: [], state: 'waiting' });
