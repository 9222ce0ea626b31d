/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The dialog that the address names, over whatever page there is. The code of each comes with it. */

import type { ComponentType } from 'preact';
import { lazy } from '../controls/lazy';
import type { DialogId } from '../overlays';
import { route } from '../router';
import { useStore } from '../store';

const Settings = lazy(async () => (await import('./settings')).SettingsDialog);

const DIALOGS: { readonly [K in DialogId]?: ComponentType<{ on: string | null }> } = {
  settings: Settings,
};

export function Dialogs() {
  const query = new URLSearchParams(useStore(route).query);
  const id = query.get('open') ?? '';
  const Shown = Object.hasOwn(DIALOGS, id) ? DIALOGS[id as DialogId] : undefined;
  const on = query.get('on');
  return Shown === undefined ? null : <Shown key={`${id} ${on ?? ''}`} on={on} />;
}
