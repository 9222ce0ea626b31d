/* SPDX-License-Identifier: LGPL-2.1-or-later */

import { useStore } from '../store';
import { setTheme, theme } from '../theme';
import type { Theme } from '../theme';
import { Icon } from './icon';
import type { IconName } from './icon';

const LOOKS: Record<Theme, { icon: IconName; text: string; next: Theme }> = {
  auto: { icon: 'auto', text: 'Colours as the desktop has them', next: 'light' },
  light: { icon: 'sun', text: 'Light colours', next: 'dark' },
  dark: { icon: 'moon', text: 'Dark colours', next: 'auto' },
};

export function ThemeButton() {
  const look = LOOKS[useStore(theme)];
  return (
    <button
      type="button"
      class="bar-button"
      data-control="theme"
      title={`${look.text}; press to change`}
      onClick={() => setTheme(look.next)}
    >
      <Icon name={look.icon} />
      <span class="unseen">{look.text}; press to change</span>
    </button>
  );
}
