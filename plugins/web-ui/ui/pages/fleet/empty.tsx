/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What stands there instead of a list. */

import { Icon } from '../../controls/icon';
import { t } from '../../i18n';
import { openDialog } from '../../overlays';
import { tokensPath } from '../../router';

/* A hub that knows no system yet. */
export function Empty() {
  return (
    <div class="card notice getting-started">
      <Icon name="server" />
      <h2>{t('No systems yet')}</h2>
      <p>
        {t('Add the first machine that you want to see here: you get a ready command for it, and its row appears by itself as soon as its agent has come.')}
      </p>
      <button type="button" class="button" onClick={() => openDialog('add')}>
        <Icon name="add" />
        {t('Add a system')}
      </button>
      <p class="hint">
        {t('Many at once?')} <a href={tokensPath}>{t('One token can be for all of them')}</a>
      </p>
    </div>
  );
}

export function NothingMatches({ onClear }: { onClear: () => void }) {
  return (
    <div class="card notice">
      <Icon name="search" />
      <h2>{t('Nothing matches')}</h2>
      <p>{t('Words are looked for in names, host names and labels; all of them must be there.')}</p>
      <button type="button" class="button quiet" onClick={onClear}>
        {t('Show all systems')}
      </button>
    </div>
  );
}

export function Loading() {
  return (
    <div class="card ghost-rows" role="status">
      <span class="unseen">{t('Asking the hub')}</span>
      {[0, 1, 2, 3, 4, 5].map((row) => (
        <div key={row} class="ghost" />
      ))}
    </div>
  );
}

/* What the hub refused: a filter that it does not understand, say. */
export function Problem({ text, onClear }: { text: string; onClear: () => void }) {
  return (
    <div class="card notice" role="alert">
      <Icon name="suspect" />
      <h2>{t('The list could not be had')}</h2>
      <p>{text}</p>
      <button type="button" class="button quiet" onClick={onClear}>
        {t('Show all systems')}
      </button>
    </div>
  );
}
