/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What can be done with a system, the same in every place that shows one. What asks for more is a
 * dialog; what can be taken back is done at once. */

import { confirmSystem, messageOf, setPaused } from '../api';
import { t } from '../i18n';
import { live } from '../live';
import { openDialog, showToast } from '../overlays';
import type { SystemRow } from '../schema';
import { Menu } from './menu';
import type { MenuItem } from './menu';

/* Does something to a system and says so; what goes wrong is said instead. */
export async function act(work: Promise<unknown>, done: string, undo?: () => void): Promise<boolean> {
  try {
    await work;
    showToast(done, undo === undefined ? {} : { undo });
    return true;
  } catch (error) {
    showToast(messageOf(error), { tone: 'bad' });
    return false;
  }
}

export function pause(id: string, name: string, paused: boolean): Promise<boolean> {
  const done = paused ? t('{name} is paused.', { name }) : t('{name} is asked again.', { name });
  return act(setPaused(id, paused), done, () => void pause(id, name, !paused));
}

function itemsOf(row: SystemRow): MenuItem[] {
  const { id, name } = row;
  const items: MenuItem[] = [];
  if (row.state === 'unconfirmed') {
    items.push({
      id: 'confirm',
      icon: 'check',
      text: t('Confirm'),
      run: () => void act(confirmSystem(id), t('{name} is confirmed.', { name })),
    });
  } else {
    const paused = row.state === 'paused';
    items.push({
      id: 'pause',
      icon: paused ? 'play' : 'paused',
      text: paused ? t('Resume') : t('Pause'),
      run: () => void pause(id, name, !paused),
    });
  }
  items.push(
    { id: 'rename', icon: 'edit', text: t('Rename'), run: () => openDialog('rename', id) },
    { id: 'labels', icon: 'label', text: t('Labels'), run: () => openDialog('labels', id) },
    { id: 'note', icon: 'note', text: t('Note'), run: () => openDialog('note', id) },
    { id: 'token', icon: 'key', text: t('New token'), run: () => openDialog('token', id) },
    { id: 'remove', icon: 'trash', text: t('Remove'), tone: 'bad', apart: true, run: () => openDialog('remove', id) },
  );
  return items;
}

/* `row` is what the caller has of it anyway; else what the live stream has. */
export function SystemMenu({ id, row }: { id: string; row?: SystemRow | null }) {
  const shown = row ?? live.systems.value.get(id) ?? null;
  if (shown === null) {
    return null;
  }
  return (
    <Menu
      label={t('Actions for {name}', { name: shown.name })}
      icon="more"
      items={() => itemsOf(shown)}
    />
  );
}
