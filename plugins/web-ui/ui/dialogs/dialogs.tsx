/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The dialog that the address names, over whatever page there is. The code of each comes with it. */

import type { ComponentType } from 'preact';
import { Dialog } from '../controls/dialog';
import { lazy } from '../controls/lazy';
import type { FailedProps } from '../controls/lazy';
import { t } from '../i18n';
import type { DialogId } from '../overlays';
import { route } from '../router';
import { useStore } from '../store';

/* As lazy.tsx has it for a page, over the page. */
function Missing({ again }: FailedProps) {
  return (
    <Dialog title={t('This part of the page could not be loaded')} size="small">
      <p>{t('The hub does not answer, or it has been upgraded since this page was opened.')}</p>
      <div class="actions">
        <button type="button" class="button quiet" onClick={() => location.reload()}>
          {t('Load the page again')}
        </button>
        <button type="button" class="button" onClick={again}>
          {t('Try again')}
        </button>
      </div>
    </Dialog>
  );
}

const Add = lazy(async () => (await import('./add')).AddDialog, Missing);
const AddToken = lazy(async () => (await import('./add-token')).AddTokenDialog, Missing);
const Columns = lazy(async () => (await import('./columns')).ColumnsDialog, Missing);
const Labels = lazy(async () => (await import('./system')).LabelsDialog, Missing);
const Note = lazy(async () => (await import('./system')).NoteDialog, Missing);
const Palette = lazy(async () => (await import('./palette')).PaletteDialog, Missing);
const Remove = lazy(async () => (await import('./system')).RemoveDialog, Missing);
const Rename = lazy(async () => (await import('./system')).RenameDialog, Missing);
const Settings = lazy(async () => (await import('./settings')).SettingsDialog, Missing);
const Shortcuts = lazy(async () => (await import('./shortcuts')).ShortcutsDialog, Missing);
const Token = lazy(async () => (await import('./system')).TokenDialog, Missing);

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
