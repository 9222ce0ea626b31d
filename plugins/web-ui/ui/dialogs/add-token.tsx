/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A token that many machines may come with: how long, how many, and whether each waits to be
 * confirmed; then the token itself, once. */

import { useState } from 'preact/hooks';
import { addToken } from '../api';
import type { Added } from '../api';
import { Dialog } from '../controls/dialog';
import { mark, t } from '../i18n';
import { useSubmit } from '../use-submit';
import { Commands } from './commands';

const LIFETIMES: readonly { seconds: number; text: string }[] = [
  { seconds: 3600, text: mark('An hour') },
  { seconds: 86_400, text: mark('A day') },
  { seconds: 7 * 86_400, text: mark('A week') },
  { seconds: -1, text: mark('For ever') },
];

function Making({ onAdded }: { onAdded: (added: Added) => void }) {
  const [label, setLabel] = useState('');
  const [lifetime, setLifetime] = useState(3600);
  const [uses, setUses] = useState('');
  const [confirm, setConfirm] = useState<boolean | null>(null);
  const waits = confirm ?? lifetime < 0;
  const { busy, problem, submit } = useSubmit(async () => {
    const limit = uses === '' ? 0 : Number(uses);
    onAdded(await addToken({ label: label.trim(), lifetime, uses: limit, confirm: waits ? 'yes' : 'no' }));
  });
  return (
    <form class="stack" onSubmit={submit}>
      <label class="stack">
        {t('Name, for people')}
        <input
          class="field"
          data-autofocus
          value={label}
          maxLength={100}
          autocomplete="off"
          onInput={(event) => setLabel(event.currentTarget.value)}
        />
      </label>
      <div class="rows">
        <label class="row">
          {t('New machines may come with it for')}
          <select class="field" value={lifetime} onChange={(event) => setLifetime(Number(event.currentTarget.value))}>
            {LIFETIMES.map((one) => (
              <option key={one.seconds} value={one.seconds}>
                {t(one.text)}
              </option>
            ))}
          </select>
        </label>
        <label class="row">
          {t('At most so many machines (empty: any number)')}
          <input
            class="field short"
            type="number"
            min={1}
            max={20_000}
            step={1}
            value={uses}
            onInput={(event) => setUses(event.currentTarget.value)}
          />
        </label>
        <label class="row">
          {t('Each waits until somebody confirms it')}
          <input type="checkbox" checked={waits} onChange={() => setConfirm(!waits)} />
        </label>
      </div>
      {problem !== null && <p class="problem" role="alert">{problem}</p>}
      <div class="actions">
        <button type="submit" class="button" disabled={busy}>
          {t('Make it')}
        </button>
      </div>
    </form>
  );
}

export function AddTokenDialog() {
  const [added, setAdded] = useState<Added | null>(null);
  return (
    <Dialog title={added === null ? t('A token for many machines') : t('The token is made')} size="large">
      {added === null ? <Making onAdded={setAdded} /> : <Commands added={added} />}
    </Dialog>
  );
}
