/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The ranges that end at the present, and the ways from one window to the next. */

import { hubNow } from '../api';
import { formatWindow } from '../format';
import { mark, t } from '../i18n';
import type { Windowed } from '../use-window';
import { RANGES, windowEnds } from '../window';
import type { RangeId } from '../window';
import { Icon } from './icon';
import { Segmented } from './segmented';

const WORDS: Record<RangeId, { label: string; title: string }> = {
  live: { label: mark('Live'), title: mark('The last minute, live') },
  '1h': { label: mark('1 h'), title: mark('The last hour') },
  '12h': { label: mark('12 h'), title: mark('The last 12 hours') },
  '24h': { label: mark('24 h'), title: mark('The last 24 hours') },
  '7d': { label: mark('7 d'), title: mark('The last 7 days') },
  '30d': { label: mark('30 d'), title: mark('The last 30 days') },
  '90d': { label: mark('90 d'), title: mark('The last 90 days') },
  '1y': { label: mark('1 y'), title: mark('The last year') },
  '2y': { label: mark('2 y'), title: mark('The last two years') },
};

export function rangeTitle(range: RangeId): string {
  return t(WORDS[range].title);
}

export function WindowBar({ windowed }: { windowed: Windowed }) {
  const { window, choose, deeds } = windowed;
  const segments = RANGES.map(({ value }) => ({
    value,
    label: t(WORDS[value].label),
    title: rangeTitle(value),
  }));
  const { from, to } = windowEnds(window, hubNow());
  const atEnd = to >= hubNow() - 1;
  return (
    <div class="window-bar">
      <Segmented
        name="range"
        label={t('Range of time')}
        value={window.last}
        segments={segments}
        onChange={choose}
      />
      <div class="window-moves" role="group" aria-label={t('Move the window')}>
        <button type="button" data-move="earlier" title={t('Earlier')} aria-label={t('Earlier')} onClick={() => deeds.pan(-0.5)}>
          <Icon name="back" />
        </button>
        <button
          type="button"
          data-move="later"
          class="turned"
          title={t('Later')}
          aria-label={t('Later')}
          disabled={atEnd}
          onClick={() => deeds.pan(0.5)}
        >
          <Icon name="back" />
        </button>
        <button type="button" data-move="wider" title={t('Show more')} aria-label={t('Show more')} onClick={() => deeds.scale(2, null)}>
          <Icon name="less" />
        </button>
        <button type="button" data-move="closer" title={t('Look closer')} aria-label={t('Look closer')} onClick={() => deeds.scale(0.5, null)}>
          <Icon name="add" />
        </button>
      </div>
      {window.last === null && (
        <p class="window-shown" role="status">
          <span data-window>{formatWindow(from, to)}</span>
          <button type="button" class="button quiet" data-move="back" onClick={windowed.back}>
            {t('Back')}
          </button>
        </p>
      )}
    </div>
  );
}
