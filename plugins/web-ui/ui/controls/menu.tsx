/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A button with a menu. The menu is a dialog of the browser's, so that it lies above everything, holds
 * the focus, and closes by Escape or a press anywhere else. */

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './icon';
import type { IconName } from './icon';

export interface MenuItem {
  id: string;
  icon: IconName;
  text: string;
  tone?: 'bad';
  /* A line above it. */
  apart?: boolean;
  run: () => void;
}

function Panel(props: {
  anchor: HTMLElement;
  label: string;
  items: readonly MenuItem[];
  onClose: () => void;
}) {
  const element = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = element.current;
    if (dialog === null) {
      return;
    }
    dialog.showModal();
    const at = props.anchor.getBoundingClientRect();
    const { width, height } = dialog.getBoundingClientRect();
    const below = at.bottom + 4 + height <= innerHeight || at.top < height;
    dialog.style.setProperty('--x', `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`);
    dialog.style.setProperty('--y', `${below ? at.bottom + 4 : at.top - height - 4}px`);
    dialog.querySelector('button')?.focus();
    return () => {
      dialog.close();
      if (props.anchor.isConnected) {
        props.anchor.focus({ preventScroll: true });
      }
    };
  }, []);
  const move = (event: KeyboardEvent): void => {
    const buttons = [...(element.current?.querySelectorAll('button') ?? [])];
    const now = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const last = buttons.length - 1;
    const next = { ArrowDown: now >= last ? 0 : now + 1, ArrowUp: now <= 0 ? last : now - 1, Home: 0, End: last }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      buttons[next]?.focus();
    } else if (event.key === 'Tab') {
      event.preventDefault();
      props.onClose();
    }
  };
  return (
    <dialog
      ref={element}
      class="menu-panel"
      aria-label={props.label}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === element.current) {
          props.onClose();
        }
      }}
    >
      <div role="menu" aria-label={props.label} onKeyDown={move}>
        {props.items.map((item) => (
          <button
            key={item.id}
            type="button"
            role="menuitem"
            tabIndex={-1}
            data-item={item.id}
            class={`${item.tone ?? ''} ${item.apart === true ? 'apart' : ''}`}
            onClick={() => {
              props.onClose();
              item.run();
            }}
          >
            <Icon name={item.icon} />
            {item.text}
          </button>
        ))}
      </div>
    </dialog>
  );
}

export function Menu(props: { label: string; icon: IconName; items: () => readonly MenuItem[] }) {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        ref={button}
        type="button"
        class="bar-button menu-button"
        aria-haspopup="menu"
        aria-expanded={open}
        title={props.label}
        aria-label={props.label}
        onClick={() => setOpen(true)}
      >
        <Icon name={props.icon} />
      </button>
      {open && button.current !== null && (
        <Panel anchor={button.current} label={props.label} items={props.items()} onClose={() => setOpen(false)} />
      )}
    </>
  );
}
