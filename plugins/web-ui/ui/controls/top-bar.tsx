/* SPDX-License-Identifier: LGPL-2.1-or-later */

import { signOut } from '../api';
import { home } from '../base';
import { live } from '../live';
import { useStore } from '../store';
import { Icon, Mark } from './icon';
import { ThemeButton } from './theme-button';

const WORDS = {
  connecting: 'Connecting',
  open: 'Live',
  resting: 'Resting',
  away: 'Away',
} as const;

function LinkSign() {
  const link = useStore(live.link);
  return (
    <span class={`link-sign ${link.state}`} data-link={link.state}>
      <span class="dot" aria-hidden="true" />
      {WORDS[link.state]}
    </span>
  );
}

export function TopBar() {
  return (
    <header class="top-bar">
      <a class="unseen skip" href="#main">
        Skip to the content
      </a>
      <div class="inner">
        <a class="brand" href={home}>
          <Mark />
          <span>Reeve</span>
        </a>
        <span class="space" />
        <LinkSign />
        <ThemeButton />
        <button type="button" class="bar-button" onClick={() => void signOut()} title="Sign out">
          <Icon name="out" />
          <span class="unseen">Sign out</span>
        </button>
      </div>
    </header>
  );
}
