/* SPDX-License-Identifier: LGPL-2.1-or-later */

import { signOut } from '../api';
import { home } from '../base';
import { mark, t } from '../i18n';
import { live } from '../live';
import type { LinkState } from '../live';
import { modules } from '../module-store';
import { openDialog } from '../overlays';
import { modulePath } from '../router';
import { useStore } from '../store';
import { Icon, Mark } from './icon';
import type { IconName } from './icon';
import { ThemeButton } from './theme-button';

const WORDS: Record<LinkState['state'], string> = {
  connecting: mark('Connecting'),
  open: mark('Live'),
  resting: mark('Resting'),
  away: mark('Away'),
};

function LinkSign() {
  const link = useStore(live.link);
  return (
    <span class={`link-sign ${link.state}`} data-link={link.state}>
      <span class="dot" aria-hidden="true" />
      <span class="word">{t(WORDS[link.state])}</span>
    </span>
  );
}

function BarButton(props: { icon: IconName; text: string; onClick: () => void }) {
  return (
    <button type="button" class="bar-button" onClick={props.onClick} title={props.text}>
      <Icon name={props.icon} />
      <span class="unseen">{props.text}</span>
    </button>
  );
}

/* Pages that plugins bring. */
function ModuleLinks() {
  const { pages } = useStore(modules);
  if (pages.length === 0) {
    return null;
  }
  return (
    <nav class="module-links" aria-label={t('Pages of plugins')}>
      {pages.map((page) => (
        <a key={`${page.plugin}/${page.id}`} href={modulePath(page.plugin, page.id)}>
          <Icon name={page.icon ?? 'table'} />
          <span>{t(page.title)}</span>
        </a>
      ))}
    </nav>
  );
}

export function TopBar() {
  return (
    <header class="top-bar">
      <a class="unseen skip" href="#main">
        {t('Skip to the content')}
      </a>
      <div class="inner">
        <a class="brand" href={home}>
          <Mark />
          <span>Reeve</span>
        </a>
        <ModuleLinks />
        <span class="space" />
        <button type="button" class="search-button" data-control="palette" onClick={() => openDialog('palette')}>
          <Icon name="search" />
          <span class="word">{t('Search')}</span>
          <kbd>Ctrl K</kbd>
        </button>
        <LinkSign />
        <ThemeButton />
        <BarButton icon="settings" text={t('Settings')} onClick={() => openDialog('settings')} />
        <BarButton icon="out" text={t('Sign out')} onClick={() => void signOut()} />
      </div>
    </header>
  );
}
