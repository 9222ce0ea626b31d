/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The keys that there are. */

import { Dialog } from '../controls/dialog';
import { mark, t } from '../i18n';

const KEYS: readonly { keys: readonly string[]; text: string }[] = [
  { keys: ['Ctrl', 'K'], text: mark('Go to a system or page, or do something') },
  { keys: ['/'], text: mark('The same') },
  { keys: ['j', 'k'], text: mark('Next and previous system in the list') },
  { keys: ['↓', '↑'], text: mark('The same, while the table has the focus') },
  { keys: ['x'], text: mark('Choose it to compare') },
  { keys: ['Enter'], text: mark('Open it') },
  { keys: ['Esc'], text: mark('Close what lies over the page') },
  { keys: ['?'], text: mark('This list') },
];

export function ShortcutsDialog() {
  return (
    <Dialog title={t('Keys')} size="small">
      <dl class="keys">
        {KEYS.map(({ keys, text }) => [
          <dt key={`${text}-keys`}>
            {keys.map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>,
          <dd key={text}>{t(text)}</dd>,
        ])}
      </dl>
    </Dialog>
  );
}
