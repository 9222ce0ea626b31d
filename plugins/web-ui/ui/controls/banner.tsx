/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Says that the hub is away: since when, what is on the screen meanwhile, and when the next try is; or
 * that it cannot keep what it is told. */

import { formatClock } from '../format';
import { t, tx } from '../i18n';
import { live } from '../live';
import { useStore, useTick } from '../store';
import { Icon } from './icon';

/* A stream that is back within this time has not been away for a person. */
const PATIENCE = 1500;

export function AwayBanner() {
  const link = useStore(live.link);
  const refused = useStore(live.refused);
  useTick(500);
  if (link.state !== 'away' || Date.now() - link.since < PATIENCE) {
    return (
      <div class="banner-place" role="status">
        {refused ? (
          <div class="banner">
            <Icon name="away" />
            <p>
              <strong>{t('The hub cannot keep history now.')}</strong>{' '}
              {t('What it is told waits in its memory; its log says what the matter is with its disk.')}
            </p>
          </div>
        ) : null}
      </div>
    );
  }
  const wait = Math.max(0, Math.ceil((link.retryAt - Date.now()) / 1000));
  const since = formatClock(link.since / 1000);
  return (
    <div class="banner-place" role="status">
      <div class="banner">
        <Icon name="away" />
        <p>
          {tx('{away} since {time}: {reason} What you see is the last that was known.', {
            away: <strong>{t('The hub is away')}</strong>,
            time: since,
            reason: t(link.reason),
          })}
        </p>
        <button type="button" class="button quiet" onClick={live.retryNow}>
          {/* The countdown is for eyes; read aloud each second it would only disturb. */}
          {t('Try now')}
          <span aria-hidden="true">
            {wait > 0 ? ` (${wait} s)` : ' …'}
          </span>
        </button>
      </div>
    </div>
  );
}
