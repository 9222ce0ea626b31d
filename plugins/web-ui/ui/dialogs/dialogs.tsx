/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The dialog that the address names, over whatever page there is. The code of each comes with it. */

import type { ComponentType } from 'preact';
import { lazy } from '../controls/lazy';
import type { DialogId } from '../overlays';
import { route } from '../router';
import { useStore } from '../store';

const Add = lazy(async () => (await import('./add')).AddDialog);
const AddToken = lazy(async () => (await import('./add-token')).AddTokenDialog);
const Columns = lazy(async () => (await import('./columns')).ColumnsDialog);
const Labels = lazy(async () => (await import('./system')).LabelsDialog);
const Note = lazy(async () => (await import('./system')).NoteDialog);
const Palette = lazy(async () => (await import('./palette')).PaletteDialog);
const Remove = lazy(async () => (await import('./system')).RemoveDialog);
const Rename = lazy(async () => (await import('./system')).RenameDialog);
const Settings = lazy(async () => (await import('./settings')).SettingsDialog);
const Shortcuts = lazy(async () => (await import('./shortcuts')).ShortcutsDialog);
const Token = lazy(async () => (await import('./system')).TokenDialog);

const DIALOGS: { readonly [K in DialogId]: ComponentType<{ on: string | null }> } = {
  add: Add,
  'add-token': AddToken,
  columns: Columns,
  labels: Labels,
  note: Note,
  palette: Palette,
  remove: Remove,
  rename: Rename,
  settings: Settings,
  shortcuts: Shortcuts,
  token: Token,
};

export function Dialogs() {
  const query = new URLSearchParams(useStore(route).query);
  const id = query.get('open') ?? '';
  const Shown = Object.hasOwn(DIALOGS, id) ? DIALOGS[id as DialogId] : undefined;
  const on = query.get('on');
  return Shown === undefined ? null : <Shown key={`${id} ${on ?? ''}`} on={on} />;
}
