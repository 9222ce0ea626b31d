/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Anything by its name: systems (the hub looks for them), pages, ranges of time, actions. */

import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { listSystems, messageOf, signOut } from '../api';
import { home } from '../base';
import { chosen } from '../compared';
import { Icon } from '../controls/icon';
import type { IconName } from '../controls/icon';
import { lookOf } from '../controls/state';
import { pause } from '../controls/system-menu';
import { formatDuration } from '../format';
import { t, tn } from '../i18n';
import { live } from '../live';
import { modules } from '../module-store';
import { closeDialog, openDialog } from '../overlays';
import { comparePath, modulePath, navigate, route, systemPath, tokensPath } from '../router';
import type { SystemRow } from '../schema';
import { changeSettings, settings } from '../settings';
import { RANGES, windowQuery, lastWindow } from '../window';

const MOST_SYSTEMS = 8;
const TYPING = 120;

interface Entry {
  id: string;
  group: string;
  icon: IconName;
  text: string;
  more?: string;
  run: () => void;
}

function go(path: string): () => void {
  return () => navigate(path, { replace: true });
}

function pages(): Entry[] {
  const group = t('Pages');
  const ids = [...chosen.value.keys()];
  return [
    { id: 'page-systems', group, icon: 'server', text: t('Systems'), run: go(home) },
    { id: 'page-down', group, icon: 'down', text: t('Systems that are down'), run: go(`${home}?filter=state:down`) },
    {
      id: 'page-compare', group, icon: 'agent', run: go(comparePath(ids)),
      text: ids.length === 0
        ? t('Compare systems')
        : tn('Compare the system that is chosen', 'Compare the {count} systems that are chosen', ids.length),
    },
    ...modules.value.pages.map((page) => ({
      id: `page-${page.plugin}-${page.id}`, group, icon: page.icon ?? ('table' as const), text: t(page.title),
      run: go(modulePath(page.plugin, page.id)),
    })),
    { id: 'page-tokens', group, icon: 'key', text: t('Tokens for many machines'), run: go(tokensPath) },
  ];
}

function ranges(): Entry[] {
  const here = route.value;
  if (here.page !== 'system' && here.page !== 'compare') {
    return [];
  }
  return RANGES.map(({ value, span }) => ({
    id: `range-${value}`,
    group: t('Range of time'),
    icon: 'clock' as const,
    text: value === 'live' ? t('Live') : t('The last {time}', { time: formatDuration(span) }),
    run: () => {
      const query = new URLSearchParams(windowQuery(here.query, lastWindow(value)));
      query.delete('open');
      navigate(`${location.pathname}?${query.toString()}`, { replace: true });
    },
  }));
}

/* Of the system whose page this lies over. */
function ofSystem(): Entry[] {
  const here = route.value;
  const row = here.page === 'system' ? live.systems.value.get(here.id) : undefined;
  if (row === undefined) {
    return [];
  }
  const group = row.name;
  const paused = row.state === 'paused';
  const dialog = (id: 'rename' | 'labels' | 'note' | 'token' | 'remove') => (): void => openDialog(id, row.id);
  return [
    {
      id: 'do-pause', group, icon: paused ? 'play' : 'paused', text: paused ? t('Resume') : t('Pause'),
      run: () => {
        closeDialog();
        void pause(row.id, row.name, !paused);
      },
    },
    { id: 'do-compare', group, icon: 'agent', text: t('Compare'), run: go(comparePath([row.id])) },
    { id: 'do-rename', group, icon: 'edit', text: t('Rename'), run: dialog('rename') },
    { id: 'do-labels', group, icon: 'label', text: t('Labels'), run: dialog('labels') },
    { id: 'do-note', group, icon: 'note', text: t('Note'), run: dialog('note') },
    { id: 'do-token', group, icon: 'key', text: t('New token'), run: dialog('token') },
    { id: 'do-remove', group, icon: 'trash', text: t('Remove'), run: dialog('remove') },
  ];
}

function actions(): Entry[] {
  const group = t('Actions');
  const { problemsFirst, layout } = settings.value;
  const change = (part: Parameters<typeof changeSettings>[0]) => (): void => {
    closeDialog();
    changeSettings(part);
  };
  return [
    { id: 'do-add', group, icon: 'add', text: t('Add a system'), run: () => openDialog('add') },
    { id: 'do-add-token', group, icon: 'key', text: t('Make a token for many machines'), run: () => openDialog('add-token') },
    { id: 'do-settings', group, icon: 'settings', text: t('Settings'), run: () => openDialog('settings') },
    { id: 'do-columns', group, icon: 'columns', text: t('Choose columns'), run: () => openDialog('columns') },
    {
      id: 'do-problems', group, icon: 'first',
      text: problemsFirst ? t('Problems where they come') : t('Problems first'),
      run: change({ problemsFirst: !problemsFirst }),
    },
    {
      id: 'do-layout', group, icon: layout === 'cards' ? 'table' : 'cards',
      text: layout === 'cards' ? t('Show as a table') : t('Show as cards'),
      run: change({ layout: layout === 'cards' ? 'table' : 'cards' }),
    },
    { id: 'do-light', group, icon: 'sun', text: t('Light colours'), run: change({ theme: 'light' }) },
    { id: 'do-dark', group, icon: 'moon', text: t('Dark colours'), run: change({ theme: 'dark' }) },
    { id: 'do-keys', group, icon: 'info', text: t('Keys'), run: () => openDialog('shortcuts') },
    {
      id: 'do-sign-out', group, icon: 'out', text: t('Sign out'),
      run: () => {
        closeDialog();
        void signOut();
      },
    },
  ];
}

function matching(entries: readonly Entry[], typed: string): Entry[] {
  const words = typed.toLowerCase().split(/\s+/).filter((one) => one !== '');
  return entries.filter((entry) => {
    const text = `${entry.group} ${entry.text}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

interface Found {
  /* What was typed when it was asked for; null before the first answer. */
  typed: string | null;
  rows: readonly SystemRow[];
  total: number;
  problem: string | null;
}

/* The systems that the hub finds, as it has answered last. */
function useSystems(typed: string): Found {
  const [found, setFound] = useState<Found>({ typed: null, rows: [], total: 0, problem: null });
  useEffect(() => {
    const controller = new AbortController();
    const timer = setTimeout(() => {
      listSystems({ filter: typed.trim(), sort: 'name' }, 0, MOST_SYSTEMS, controller.signal).then(
        ({ systems, total }) => setFound({ typed, rows: systems, total, problem: null }),
        (error: unknown) => {
          if (!controller.signal.aborted) {
            setFound({ typed, rows: [], total: 0, problem: messageOf(error) });
          }
        },
      );
    }, TYPING);
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [typed]);
  return found;
}

function systemEntries(rows: readonly SystemRow[]): Entry[] {
  return rows.map((row) => ({
    id: `system-${row.id}`,
    group: t('Systems'),
    icon: lookOf(row.state).icon,
    text: row.name,
    more: t(lookOf(row.state).word),
    run: go(systemPath(row.id)),
  }));
}

export function PaletteDialog() {
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const element = useRef<HTMLDialogElement>(null);
  const list = useId();
  const found = useSystems(typed);
  const { rows, total, problem } = found;
  const pending = found.typed !== typed;
  const fixed = useMemo(() => [...ofSystem(), ...ranges(), ...pages(), ...actions()], []);
  /* Of an answer to other words only what these words find too. */
  const entries = useMemo(() => {
    const systems = systemEntries(rows);
    return [...(pending ? matching(systems, typed) : systems), ...matching(fixed, typed)];
  }, [rows, fixed, typed, pending]);
  const chosen = Math.min(at, entries.length - 1);
  useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) {
        before.focus({ preventScroll: true });
      }
    };
  }, []);
  useEffect(() => {
    element.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen, entries]);
  /* Enter that came before anything was found waits for the answer. */
  const held = useRef(false);
  useEffect(() => {
    if (!pending && held.current) {
      held.current = false;
      entries[0]?.run();
    }
  }, [pending, entries]);
  const press = (event: KeyboardEvent): void => {
    const next = {
      ArrowDown: (chosen + 1) % Math.max(1, entries.length),
      ArrowUp: (chosen - 1 + entries.length) % Math.max(1, entries.length),
      Home: 0,
      End: entries.length - 1,
    }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      setAt(next);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      held.current = pending && entries.length === 0;
      entries[chosen]?.run();
    }
  };
  return (
    <dialog
      ref={element}
      class="palette"
      aria-label={t('Go to, or do')}
      onCancel={(event) => {
        event.preventDefault();
        closeDialog();
      }}
      onMouseDown={(event) => event.target === element.current && closeDialog()}
    >
      <div class="palette-input">
        <Icon name="search" />
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls={list}
          aria-activedescendant={entries.length > 0 ? `${list}-${chosen}` : undefined}
          aria-label={t('Go to, or do')}
          placeholder={t('A system, a page, a range, an action')}
          maxLength={200}
          autocomplete="off"
          spellcheck={false}
          value={typed}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            setAt(0);
            held.current = false;
          }}
          onKeyDown={press}
        />
        <kbd>Esc</kbd>
      </div>
      <div role="listbox" id={list} aria-label={t('What was found')} class="palette-list">
        {entries.map((entry, index) => (
          <div key={entry.id} role="presentation">
            {entry.group !== entries[index - 1]?.group && (
              <p class="palette-group" aria-hidden="true">
                <bdi>{entry.group}</bdi>
                {entry.id.startsWith('system-') && total > rows.length ? ` (${rows.length}/${total})` : ''}
              </p>
            )}
            <div
              role="option"
              id={`${list}-${index}`}
              data-entry={entry.id}
              aria-selected={index === chosen}
              onMouseMove={() => setAt(index)}
              onClick={() => entry.run()}
            >
              <Icon name={entry.icon} />
              <bdi>{entry.text}</bdi>
              {entry.more !== undefined && <span class="soft">{entry.more}</span>}
            </div>
          </div>
        ))}
      </div>
      {problem !== null && <p class="palette-none problem" role="alert">{problem}</p>}
      {problem === null && !pending && entries.length === 0 && (
        <p class="palette-none soft" role="status">
          {t('Nothing matches')}
        </p>
      )}
    </dialog>
  );
}
