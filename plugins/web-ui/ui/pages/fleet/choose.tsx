/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Choosing systems to compare: the box of one in the list, and the bar that says what is chosen. */

import { choose, chooseNone, chosen, MOST_COMPARED } from '../../compared';
import { Icon } from '../../controls/icon';
import { t, tn } from '../../i18n';
import { comparePath } from '../../router';
import type { SystemRow } from '../../schema';
import { useStore } from '../../store';

/* `full`: as many are chosen as can be. */
export function ChooseBox({ row, on, full }: { row: SystemRow; on: boolean; full: boolean }) {
  const barred = full && !on;
  return (
    <label class="choose" title={barred ? t('At most {count} can be compared', { count: MOST_COMPARED }) : t('Choose to compare')}>
      <input
        type="checkbox"
        checked={on}
        disabled={barred}
        aria-label={t('Choose {name} to compare', { name: row.name })}
        onChange={(event) => choose(row.id, row.name, event.currentTarget.checked)}
      />
    </label>
  );
}

export function ChosenBar() {
  const ids = [...useStore(chosen).keys()];
  const none = ids.length === 0;
  return (
    <div class={`chosen-bar ${none ? '' : 'card'}`}>
      {/* It is there before it says anything, or its first words would not be read aloud. */}
      <p role="status">
        {!none && (
          <>
            {tn('{count} system chosen', '{count} systems chosen', ids.length)}{' '}
            <span class="soft">{t('of at most {count}', { count: MOST_COMPARED })}</span>
          </>
        )}
      </p>
      {!none && (
        <>
          <a class="button" href={comparePath(ids)} data-control="compare">
            <Icon name="agent" />
            {t('Compare')}
          </a>
          <button type="button" class="button quiet" data-control="choose-none" onClick={chooseNone}>
            {t('Choose none')}
          </button>
        </>
      )}
    </div>
  );
}
