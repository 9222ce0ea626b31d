/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A dialog over the page, the browser's own: it holds the focus and gives it back, Escape and a press
 * beside it close it, and what lies behind is not there for a screen reader meanwhile. */

import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { closeDialog } from '../overlays';
import { Icon } from './icon';

export function Dialog(props: {
  title: string;
  /* How wide: for a question, a form, or more. */
  size?: 'small' | 'medium' | 'large' | 'sheet';
  onClose?: () => void;
  children: ComponentChildren;
}) {
  const { title, size = 'medium', onClose = closeDialog } = props;
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useLayoutEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) {
        before.focus({ preventScroll: true });
      }
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={`dialog ${size}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === element.current) {
          onClose();
        }
      }}
    >
      <div class="dialog-inner">
        <header>
          <h2 id={heading}>{title}</h2>
          <button type="button" class="bar-button" onClick={onClose} title={t('Close')}>
            <Icon name="close" />
            <span class="unseen">{t('Close')}</span>
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  );
}
