/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which columns the table of systems has, and in which order. */

import { Dialog } from '../controls/dialog';
import { Icon } from '../controls/icon';
import { t } from '../i18n';
import { COLUMNS, noRoom } from '../pages/fleet/columns';
import type { Column } from '../pages/fleet/columns';
import { changeSettings, settings } from '../settings';
import { useStore } from '../store';

/* Those that are shown first, in their order; then the others. */
function ordered(chosen: readonly string[]): { column: Column; on: boolean }[] {
  const on =
    chosen.length > 0
      ? chosen.map((id) => COLUMNS.find((column) => column.id === id)).filter((column) => column !== undefined)
      : COLUMNS.filter((column) => column.usual !== false);
  const off = COLUMNS.filter((column) => !on.includes(column));
  return [...on.map((column) => ({ column, on: true })), ...off.map((column) => ({ column, on: false }))];
}

export function ColumnsDialog() {
  const chosen = useStore(settings).columns;
  const dropped = useStore(noRoom);
  const list = ordered(chosen);
  const shown = list.filter((one) => one.on).map((one) => one.column.id);
  const set = (columns: string[]): void => changeSettings({ columns });
  const move = (id: string, by: number): void => {
    const next = shown.filter((one) => one !== id);
    next.splice(shown.indexOf(id) + by, 0, id);
    set(next);
  };
  return (
    <Dialog title={t('Columns')} size="small">
      <ul class="column-list">
        {list.map(({ column, on }) => {
          const at = shown.indexOf(column.id);
          const title = t(column.title);
          return (
            <li key={column.id}>
              <label>
                <input
                  type="checkbox"
                  checked={on}
                  disabled={on && shown.length === 1}
                  data-choose={column.id}
                  onChange={() => set(on ? shown.filter((one) => one !== column.id) : [...shown, column.id])}
                />
                <span>
                  {title}
                  {on && dropped.includes(column.id) && <small class="soft">{t('no room now')}</small>}
                </span>
              </label>
              {on && (
                <>
                  <button
                    type="button"
                    class="bar-button"
                    disabled={at === 0}
                    title={t('{column} further to the left', { column: title })}
                    aria-label={t('{column} further to the left', { column: title })}
                    onClick={() => move(column.id, -1)}
                  >
                    <Icon name="ascending" />
                  </button>
                  <button
                    type="button"
                    class="bar-button"
                    disabled={at === shown.length - 1}
                    title={t('{column} further to the right', { column: title })}
                    aria-label={t('{column} further to the right', { column: title })}
                    onClick={() => move(column.id, 1)}
                  >
                    <Icon name="descending" />
                  </button>
                </>
              )}
            </li>
          );
        })}
      </ul>
      <div class="actions">
        <p class="hint grow">{chosen.length > 0
            ? t('The last ones give way where there is no room: move up what matters most.')
            : t('Where there is no room some give way, until you choose yourself.')}</p>
        <button type="button" class="button quiet" disabled={chosen.length === 0} onClick={() => set([])}>
          {t('The usual ones')}
        </button>
      </div>
    </Dialog>
  );
}
