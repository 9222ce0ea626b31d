/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What was just done, or could not be done, at the edge of the window. */

import { t } from '../i18n';
import { dismissToast, toasts } from '../overlays';
import { useStore } from '../store';
import { Icon } from './icon';

export function Toasts() {
  const shown = useStore(toasts);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.id} class={`toast ${toast.tone}`}>
          <Icon name={toast.tone === 'bad' ? 'suspect' : 'check'} />
          <p>{toast.text}</p>
          {toast.undo !== null && (
            <button
              type="button"
              class="button quiet"
              onClick={() => {
                dismissToast(toast.id);
                toast.undo?.();
              }}
            >
              {t('Undo')}
            </button>
          )}
          <button type="button" class="bar-button" onClick={() => dismissToast(toast.id)} title={t('Dismiss')}>
            <Icon name="close" />
            <span class="unseen">{t('Dismiss')}</span>
          </button>
        </div>
      ))}
    </div>
  );
}
