/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Something to copy into a terminal or a file, with the button that does it. */

import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n';
import { Icon } from './icon';

export function Command({ text, block = false }: { text: string; block?: boolean }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) {
      return;
    }
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      /* Not allowed here: the text can still be selected. */
    }
  };
  return (
    <span class={`command ${block ? 'block' : ''}`}>
      <code>{text}</code>
      <button type="button" onClick={() => void copy()} title={t('Copy')}>
        <Icon name={copied ? 'check' : 'copy'} />
        <span class="unseen" role="status">
          {copied ? t('Copied') : t('Copy')}
        </span>
      </button>
    </span>
  );
}
