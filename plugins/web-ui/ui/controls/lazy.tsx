/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A component whose code is fetched when it is first shown, or before that when it is likely to be. */

import type { ComponentType } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import { t } from '../i18n';
import { Icon } from './icon';

export interface FailedProps {
  /* Fetches the code again. */
  again: () => void;
}

/* The hub may be away, or have another version of the page by now. */
function Missing({ again }: FailedProps) {
  return (
    <div class="card notice" role="alert">
      <Icon name="away" />
      <h2>{t('This part of the page could not be loaded')}</h2>
      <p>{t('The hub does not answer, or it has been upgraded since this page was opened.')}</p>
      <button type="button" class="button" onClick={again}>
        {t('Try again')}
      </button>
      <button type="button" class="button" onClick={() => location.reload()}>
        {t('Load the page again')}
      </button>
    </div>
  );
}

/* `Failed` stands where the code could not be had. */
export function lazy<P extends object>(
  load: () => Promise<ComponentType<P>>,
  Failed: ComponentType<FailedProps> = Missing,
) {
  let loaded: ComponentType<P> | null = null;
  const preload = async (): Promise<void> => {
    loaded ??= await load();
  };
  function Lazy(props: P) {
    const [state, setState] = useState<'ready' | 'waiting' | 'failed'>(loaded === null ? 'waiting' : 'ready');
    const [attempt, setAttempt] = useState(0);
    useLayoutEffect(() => {
      let shown = true;
      preload().then(
        () => shown && setState('ready'),
        () => shown && setState('failed'),
      );
      return () => {
        shown = false;
      };
    }, [attempt]);
    const Loaded = loaded;
    if (state === 'failed') {
      const again = (): void => {
        setState('waiting');
        setAttempt(attempt + 1);
      };
      return <Failed again={again} />;
    }
    return Loaded === null ? null : <Loaded {...props} />;
  }
  /* For a link that is pointed at, say; what fails is told when it is shown. */
  Lazy.preload = (): Promise<void> => preload().catch(() => undefined);
  return Lazy;
}
