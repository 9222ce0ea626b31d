/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Changes of one system, each with what it means before it is made. */

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError, firstMoment, getSystem, hubNow, messageOf, removeSystem, renameSystem, rotateToken, setLabels, setNote } from '../api';
import type { Added } from '../api';
import { home } from '../base';
import { Dialog } from '../controls/dialog';
import { act } from '../controls/system-menu';
import { locale, t, tn } from '../i18n';
import { closeDialog, showToast } from '../overlays';
import { navigate, route } from '../router';
import type { SystemAnswer, SystemRow } from '../schema';
import { useSubmit } from '../use-submit';
import { Commands } from './commands';

interface Props {
  on: string | null;
}

type Known = SystemAnswer | 'missing' | { problem: string } | null;

function useSystem(id: string | null): [Known, () => void] {
  const [known, setKnown] = useState<Known>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    getSystem(id ?? '', controller.signal).then(setKnown, (error: unknown) => {
      if (!controller.signal.aborted) {
        setKnown(error instanceof ApiError && error.status === 404 ? 'missing' : { problem: messageOf(error) });
      }
    });
    return () => controller.abort();
  }, [id, attempt]);
  return [known, () => setAttempt(attempt + 1)];
}

/* A dialog about a system that is there. */
function About(props: {
  on: string | null;
  title: (row: SystemRow) => string;
  children: (known: SystemAnswer) => ComponentChildren;
}) {
  const [known, again] = useSystem(props.on);
  if (known === null) {
    return null;
  }
  if (known === 'missing') {
    return (
      <Dialog title={t('There is no such system')} size="small">
        <p>{t('It may have been removed from the hub.')}</p>
      </Dialog>
    );
  }
  if ('problem' in known) {
    return (
      <Dialog title={t('No answer')} size="small">
        <p class="problem" role="alert">
          {known.problem}
        </p>
        <div class="actions">
          <button type="button" class="button" onClick={again}>
            {t('Try again')}
          </button>
        </div>
      </Dialog>
    );
  }
  return <Dialog title={props.title(known.system)}>{props.children(known)}</Dialog>;
}

/* A form that does one thing; what went well closes it. */
function Form(props: {
  action: string;
  tone?: 'bad';
  disabled?: boolean;
  work: () => Promise<unknown>;
  onDone: () => void;
  children: ComponentChildren;
}) {
  const { busy, problem, submit } = useSubmit(async () => {
    await props.work();
    props.onDone();
  });
  return (
    <form class="stack" onSubmit={submit}>
      {props.children}
      {problem !== null && <p class="problem" role="alert">{problem}</p>}
      <div class="actions">
        <button type="button" class="button quiet" onClick={closeDialog}>
          {t('Cancel')}
        </button>
        <button type="submit" class={`button ${props.tone ?? ''}`} disabled={busy || props.disabled === true}>
          {props.action}
        </button>
      </div>
    </form>
  );
}

function Rename({ row }: { row: SystemRow }) {
  const [name, setName] = useState(row.name);
  const done = (): void => {
    closeDialog();
    const undo = (): void => void act(renameSystem(row.id, row.name), t('It is {name} again.', { name: row.name }));
    showToast(t('{before} is {name} now.', { before: row.name, name: name.trim() }), { undo });
  };
  return (
    <Form
      action={t('Rename')}
      disabled={name.trim() === '' || name.trim() === row.name}
      work={() => renameSystem(row.id, name.trim())}
      onDone={done}
    >
      <label class="stack">
        {t('Name')}
        <input
          class="field"
          data-autofocus
          value={name}
          maxLength={100}
          autocomplete="off"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
    </Form>
  );
}

function wordsOf(labels: Readonly<Record<string, string>> | undefined): string[] {
  return Object.entries(labels ?? {}).map(([key, value]) => (value === '' ? key : `${key}=${value}`));
}

/* One a line, so that values may have spaces. */
function Labels({ row }: { row: SystemRow }) {
  const before = wordsOf(row.labels);
  const [text, setText] = useState(before.join('\n'));
  const words = text.split('\n').map((one) => one.trim()).filter((one) => one !== '');
  const done = (): void => {
    closeDialog();
    const undo = (): void =>
      void act(setLabels(row.id, before), t('{name} has its labels of before.', { name: row.name }));
    showToast(t('{name} has other labels.', { name: row.name }), { undo });
  };
  return (
    <Form
      action={t('Save')}
      disabled={words.join('\n') === before.join('\n')}
      work={() => setLabels(row.id, words)}
      onDone={done}
    >
      <label class="stack">
        {t('Labels, one a line: a word, or a pair such as site=Berlin')}
        <textarea
          class="field"
          data-autofocus
          rows={6}
          value={text}
          spellcheck={false}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
    </Form>
  );
}

function Note({ row, note }: { row: SystemRow; note: string }) {
  const [text, setText] = useState(note);
  const done = (): void => {
    closeDialog();
    const undo = (): void =>
      void act(setNote(row.id, note), t('{name} has its note of before.', { name: row.name }));
    showToast(t('The note of {name} is saved.', { name: row.name }), { undo });
  };
  return (
    <Form action={t('Save')} disabled={text === note} work={() => setNote(row.id, text)} onDone={done}>
      <label class="stack">
        {t('For people: whom to call, what it is for')}
        <textarea
          class="field"
          data-autofocus
          rows={8}
          maxLength={2000}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
    </Form>
  );
}

/* What is lost with a system: found out before the button can be pressed. */
function Loss({ row }: { row: SystemRow }) {
  const [first, setFirst] = useState<number | null | undefined>(undefined);
  useEffect(() => {
    const controller = new AbortController();
    firstMoment(row.id, controller.signal).then(setFirst, () => setFirst(undefined));
    return () => controller.abort();
  }, [row.id]);
  if (first === null) {
    return <p data-loss>{t('It has no history yet.')}</p>;
  }
  if (first === undefined) {
    return <p data-loss>{t('Its history is deleted, for ever.')}</p>;
  }
  const days = Math.max(1, Math.ceil((hubNow() - first) / 86_400));
  const since = new Date(first * 1000).toLocaleDateString(locale(), { dateStyle: 'medium' });
  return (
    <p data-loss>
      <strong>
        {tn('{count} day of its history, since {since}, is deleted for ever.', '{count} days of its history, since {since}, are deleted for ever.', days, { since })}
      </strong>
    </p>
  );
}

function Remove({ row }: { row: SystemRow }) {
  const done = (): void => {
    const here = route.value;
    if (here.page === 'system' && here.id === row.id) {
      navigate(home, { replace: true });
    } else {
      closeDialog();
    }
    showToast(t('{name} is removed; its history is being deleted.', { name: row.name }));
  };
  return (
    <Form action={t('Remove')} tone="bad" work={() => removeSystem(row.id)} onDone={done}>
      <Loss row={row} />
      <p>{t('Its agent is refused from now on. It goes on running on its machine until it is stopped there.')}</p>
      <p class="hint">{t('To only stop asking it for a while, pause it. This cannot be undone.')}</p>
    </Form>
  );
}

function Rotate({ row }: { row: SystemRow }) {
  const [added, setAdded] = useState<Added | null>(null);
  if (added !== null) {
    return <Commands added={added} />;
  }
  const work = async (): Promise<void> => setAdded(await rotateToken(row.id));
  return (
    <Form action={t('Make a new token')} work={work} onDone={() => undefined}>
      <p>
        {t('The token that its agent has now is refused from then on and its link ends, until the agent is given the new one. The history stays.')}
      </p>
    </Form>
  );
}

export function RenameDialog({ on }: Props) {
  return (
    <About on={on} title={(row) => t('Rename {name}', { name: row.name })}>
      {({ system }) => <Rename row={system} />}
    </About>
  );
}

export function LabelsDialog({ on }: Props) {
  return (
    <About on={on} title={(row) => t('Labels of {name}', { name: row.name })}>
      {({ system }) => <Labels row={system} />}
    </About>
  );
}

export function NoteDialog({ on }: Props) {
  return (
    <About on={on} title={(row) => t('Note on {name}', { name: row.name })}>
      {({ system, note }) => <Note row={system} note={note ?? ''} />}
    </About>
  );
}

export function RemoveDialog({ on }: Props) {
  return (
    <About on={on} title={(row) => t('Remove {name}?', { name: row.name })}>
      {({ system }) => <Remove row={system} />}
    </About>
  );
}

export function TokenDialog({ on }: Props) {
  return (
    <About on={on} title={(row) => t('New token for {name}', { name: row.name })}>
      {({ system }) => <Rotate row={system} />}
    </About>
  );
}
