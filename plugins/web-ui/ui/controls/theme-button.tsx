/* SPDX-License-Identifier: LGPL-2.1-or-later */

import { mark, t } from '../i18n';
import { changeSettings, settings } from '../settings';
import type { Settings } from '../settings';
import { useStore } from '../store';
import { Icon } from './icon';
import type { IconName } from './icon';

type Theme = Settings['theme'];

const LOOKS: Record<Theme, { icon: IconName; text: string; next: Theme }> = {
  auto: { icon: 'auto', text: mark('Colours as the desktop has them'), next: 'light' },
  light: { icon: 'sun', text: mark('Light colours'), next: 'dark' },
  dark: { icon: 'moon', text: mark('Dark colours'), next: 'auto' },
};

export function ThemeButton() {
  const look = LOOKS[useStore(settings).theme];
  const label = t('{colours}; press to change', { colours: t(look.text) });
  return (
    <button
      type="button"
      class="bar-button"
      data-control="theme"
      title={label}
      onClick={() => changeSettings({ theme: look.next })}
    >
      <Icon name={look.icon} />
      <span class="unseen">{label}</span>
    </button>
  );
}
