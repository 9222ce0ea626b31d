/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The one thing to do with a system that made itself: take it. To refuse it is to remove it. */

import { confirmSystem } from '../../api';
import { t } from '../../i18n';
import { useSubmit } from '../../use-submit';

export function Confirm({ id }: { id: string }) {
  /* The new state comes with the live stream. */
  const { busy, problem, submit } = useSubmit(() => confirmSystem(id));
  return (
    <>
      <button class="button" type="button" disabled={busy} onClick={submit}>
        {t('Confirm')}
      </button>
      {problem !== null && <span role="alert">{problem}</span>}
    </>
  );
}
