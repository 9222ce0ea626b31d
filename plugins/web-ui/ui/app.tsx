/* SPDX-License-Identifier: LGPL-2.1-or-later */

import { useEffect } from 'preact/hooks';
import { home } from './base';
import { AwayBanner } from './controls/banner';
import { Icon } from './controls/icon';
import { TopBar } from './controls/top-bar';
import { live } from './live';
import { Fleet } from './pages/fleet/fleet';
import { SignIn } from './pages/sign-in/sign-in';
import { System } from './pages/system/system';
import { route } from './router';
import type { Route } from './router';
import { session } from './session';
import { useStore } from './store';

function Unknown() {
  return (
    <div class="card notice">
      <Icon name="unknown" />
      <h1>There is no such page</h1>
      <p>The address may be mistyped, or the system was removed.</p>
      <a class="button" href={home}>
        All systems
      </a>
    </div>
  );
}

function pageOf(here: Route) {
  switch (here.page) {
    case 'fleet':
      return <Fleet />;
    case 'system':
      return <System key={here.id} id={here.id} wanted={here.range} />;
    case 'unknown':
      return <Unknown />;
  }
}

function SignedIn() {
  const here = useStore(route);
  useEffect(() => {
    live.start();
    return () => live.stop();
  }, []);
  return (
    <>
      <TopBar />
      <AwayBanner />
      <main class="page" id="main" tabIndex={-1}>
        {pageOf(here)}
      </main>
    </>
  );
}

export function App() {
  const current = useStore(session);
  useEffect(() => {
    if (current.state === 'none') {
      document.title = 'Sign in – Reeve';
    }
  }, [current.state]);
  if (current.state === 'opening') {
    return <p class="unseen" role="status">Opening</p>;
  }
  if (current.state === 'none') {
    return <SignIn reason={current.reason} />;
  }
  return <SignedIn />;
}
