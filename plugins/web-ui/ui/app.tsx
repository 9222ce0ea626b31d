/* SPDX-License-Identifier: LGPL-2.1-or-later */

import { useEffect } from 'preact/hooks';
import { home } from './base';
import { AwayBanner } from './controls/banner';
import { Icon } from './controls/icon';
import { lazy } from './controls/lazy';
import { Toasts } from './controls/toasts';
import { TopBar } from './controls/top-bar';
import { Dialogs } from './dialogs/dialogs';
import { language, t } from './i18n';
import { live } from './live';
import { modules } from './module-store';
import { useHeading } from './page';
import { Fleet } from './pages/fleet/fleet';
import { SignIn } from './pages/sign-in/sign-in';
import { route } from './router';
import type { Route } from './router';
import { session } from './session';
import { useStore } from './store';

/* After modules of plugins could not be fetched, in milliseconds. */
const RETRY = 10_000;

const Compare = lazy(async () => (await import('./pages/compare/compare')).Compare);
const Module = lazy(async () => (await import('./pages/module/module')).ModulePage);
const System = lazy(async () => (await import('./pages/system/system')).System);

const Tokens = lazy(async () => (await import('./pages/tokens/tokens')).Tokens);

function Unknown() {
  const heading = useHeading(t('There is no such page'));
  return (
    <div class="card notice">
      <Icon name="unknown" />
      <h1 ref={heading} tabIndex={-1}>
        {t('There is no such page')}
      </h1>
      <p>{t('The address may be mistyped, or the system was removed.')}</p>
      <a class="button" href={home}>
        {t('All systems')}
      </a>
    </div>
  );
}

/* The code of a page that does not come with the first script. */
export function preloadPage({ page }: Route): Promise<void> {
  const later: { readonly [K in Route['page']]?: { preload: () => Promise<void> } } = {
    system: System,
    compare: Compare,
    module: Module,
    tokens: Tokens,
  };
  return later[page]?.preload() ?? Promise.resolve();
}

function pageOf(here: Route) {
  switch (here.page) {
    case 'fleet':
      return <Fleet onPoint={System.preload} />;
    case 'system':
      return <System key={here.id} id={here.id} query={here.query} />;
    case 'tokens':
      return <Tokens />;
    case 'compare':
      return <Compare query={here.query} />;
    case 'module':
      return <Module key={`${here.plugin}/${here.id}`} plugin={here.plugin} id={here.id} query={here.query} />;
    default:
      return <Unknown />;
  }
}

/* What plugins add, which is not needed for the first view; asked for again while the hub is there. */
function followModules(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let followed = true;
  const load = async (): Promise<void> => {
    clearTimeout(timer);
    let done = false;
    try {
      done = await (await import('./modules')).loadModules();
    } catch {
      modules.set({ ...modules.value, state: 'failed' });
    }
    if (!done && followed && live.link.value.state === 'open') {
      clearTimeout(timer);
      timer = setTimeout(() => void load(), RETRY);
    }
  };
  const unfollow = live.link.follow((link) => link.state === 'open' && void load());
  void load();
  return () => {
    followed = false;
    clearTimeout(timer);
    unfollow();
  };
}

function SignedIn() {
  const here = useStore(route);
  const tag = useStore(language);
  useEffect(() => {
    live.start();
    const unfollow = followModules();
    return () => {
      unfollow();
      live.stop();
    };
  }, []);
  return (
    <div class={`app on-${here.page}`} key={tag}>
      <TopBar />
      <AwayBanner />
      <main class="page" id="main" tabIndex={-1}>
        {pageOf(here)}
      </main>
      <Dialogs />
      <Toasts />
    </div>
  );
}

export function App() {
  const current = useStore(session);
  const tag = useStore(language);
  useEffect(() => {
    if (current.state === 'none') {
      document.title = `${t('Sign in')} – Reeve`;
    }
  }, [current.state, tag]);
  if (current.state === 'opening') {
    return <p class="unseen" role="status">{t('Opening')}</p>;
  }
  if (current.state === 'none') {
    return <SignIn key={tag} reason={current.reason} />;
  }
  return <SignedIn />;
}
