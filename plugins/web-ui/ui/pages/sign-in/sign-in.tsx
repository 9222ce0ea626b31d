/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What everyone without a session sees, and all that they see. */

import { useState } from 'preact/hooks';
import type { TargetedSubmitEvent } from 'preact';
import { ApiError, signIn } from '../../api';
import { Command } from '../../controls/command';
import { Icon, Mark } from '../../controls/icon';
import { ThemeButton } from '../../controls/theme-button';
import { t } from '../../i18n';

/* What to say when a secret was refused; `link` if it came with a one-time link, `open` if there is a session
 * beside it, of which the hub says "not allowed" in place of "sign in". */
export function refusal(error: unknown, link: boolean, open = false): string {
  if (!(error instanceof ApiError) || error.status === 0) {
    return t('The hub does not answer. Is it running?');
  }
  if (error.status === 429) {
    return t('Too many tries. Wait a minute, then try again.');
  }
  if (error.status !== 401 && !(open && error.status === 403)) {
    return error.message;
  }
  return link
    ? t('This link was used already or is older than five minutes. Make a new one.')
    : t('That is not the owner key.');
}

export function SignIn({ reason }: { reason: string | null }) {
  const [secret, setSecret] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const pasted = secret.trim();
    if (pasted === '' || busy) {
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      /* A whole link may have been pasted instead of the key. */
      await signIn(/#open=([^&\s]+)/.exec(pasted)?.[1] ?? pasted);
    } catch (error) {
      setProblem(refusal(error, pasted.includes('#open=')));
      setBusy(false);
    }
  };
  const message = problem ?? reason;
  return (
    <main class="sign-in" id="main">
      <div class="corner">
        <ThemeButton />
      </div>
      <section class="card">
        <Mark />
        <h1>{t('Sign in to Reeve')}</h1>
        <p class="soft">{t('On the machine where the hub runs, type')}</p>
        <Command text="reevectl open" />
        <p class="soft">
          {t('and follow the link that it prints. The link works once, within five minutes.')}
        </p>
        {message !== null && (
          <p class="problem" role="alert">
            <Icon name="info" />
            {message}
          </p>
        )}
        <div class="or">
          <span>{t('or')}</span>
        </div>
        <form onSubmit={(event) => void submit(event)}>
          <label for="secret">{t('Owner key')}</label>
          <div class="row">
            <input
              id="secret"
              class="field"
              type="password"
              autocomplete="off"
              spellcheck={false}
              value={secret}
              onInput={(event) => setSecret(event.currentTarget.value)}
              aria-invalid={problem !== null}
            />
            <button type="submit" class="button" disabled={busy || secret.trim() === ''}>
              {busy ? t('Signing in…') : t('Sign in')}
            </button>
          </div>
          <p class="hint soft">
            {t("It lies in the hub's state directory, readable by the hub's user only.")}
          </p>
        </form>
      </section>
    </main>
  );
}
