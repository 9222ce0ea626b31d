/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A new system: its name, then what to type on its machine, then the system itself as soon as it has
 * come. */

import { useEffect, useState } from 'preact/hooks';
import { addSystem } from '../api';
import type { Added } from '../api';
import { Dialog } from '../controls/dialog';
import { Icon } from '../controls/icon';
import { StateBadge } from '../controls/state';
import { formatValue } from '../format';
import { t, tx } from '../i18n';
import { live } from '../live';
import { navigate, systemPath, tokensPath } from '../router';
import { useStore } from '../store';
import { useSubmit } from '../use-submit';
import { Commands } from './commands';

interface NewSystem extends Added {
  system: string;
  name: string;
}

function Naming({ onAdded }: { onAdded: (added: NewSystem) => void }) {
  const [name, setName] = useState('');
  const { busy, problem, submit } = useSubmit(async () =>
    onAdded({ ...(await addSystem(name.trim())), name: name.trim() }),
  );
  return (
    <form class="stack" onSubmit={submit}>
      <label class="stack">
        {t('Name')}
        <input
          class="field"
          data-autofocus
          value={name}
          maxLength={100}
          autocomplete="off"
          placeholder={t('as you call the machine, such as web-1')}
          aria-invalid={problem !== null}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      {problem !== null && <p class="problem" role="alert">{problem}</p>}
      <div class="actions">
        <p class="hint grow">
          {tx('Many at once? {link}.', { link: <a href={tokensPath}>{t('One token can be for all of them')}</a> })}
        </p>
        <button type="submit" class="button" disabled={busy || name.trim() === ''}>
          {t('Add')}
        </button>
      </div>
    </form>
  );
}

/* What has come of it so far. */
function Coming({ added }: { added: NewSystem }) {
  const row = useStore(live.systems).get(added.system);
  useEffect(() => {
    live.await(added.system);
    return () => live.await(null);
  }, [added.system]);
  const here = row !== undefined && row.state !== 'pending';
  return (
    <div class={`coming ${here ? 'here' : ''}`} role="status" data-coming={here ? 'here' : 'waiting'}>
      {here ? (
        <>
          <StateBadge state={row.state} />
          <p>
            <bdi>{row.hostname === undefined || row.hostname === '' ? row.name : row.hostname}</bdi>{' '}
            {t('has come.')} {t('CPU')} {formatValue(row.values['cpu.usage'], 'ratio')}, {t('Memory')}{' '}
            {formatValue(row.values['memory.usage'], 'ratio')}
          </p>
          <button type="button" class="button" onClick={() => navigate(systemPath(added.system), { replace: true })}>
            {t('Look at it')}
          </button>
        </>
      ) : (
        <>
          <span class="dots" aria-hidden="true">
            <Icon name="pending" />
          </span>
          <p>{t('Waiting for its agent. This turns into the system as soon as it has come.')}</p>
        </>
      )}
    </div>
  );
}

export function AddDialog() {
  const [added, setAdded] = useState<NewSystem | null>(null);
  return (
    <Dialog title={added === null ? t('Add a system') : t('{name} was added', { name: added.name })} size="large">
      {added === null ? (
        <Naming onAdded={setAdded} />
      ) : (
        <>
          <Commands added={added} />
          <Coming added={added} />
        </>
      )}
    </Dialog>
  );
}
