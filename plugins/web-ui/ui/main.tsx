/* SPDX-License-Identifier: LGPL-2.1-or-later */

import { render } from 'preact';
import { resumeSession, signIn } from './api';
import { App, preloadPage } from './app';
import { nearlyCome } from './asked';
import { loadLanguage } from './languages';
import { showToast } from './overlays';
import { refusal } from './pages/sign-in/sign-in';
import { route, startRouter } from './router';
import { closeSession, session, takeFragmentSecret } from './session';
import { followOtherTabs, settings } from './settings';
import { startShortcuts } from './shortcuts';
import { storedToken } from './stored';
import { followColours } from './theme';

async function openWith(secret: string): Promise<void> {
  try {
    await signIn(secret);
  } catch (error) {
    /* A session that is there is as good as before. */
    if (session.value.state === 'opening' && storedToken() !== null) {
      resumeSession();
    }
    if (session.value.state === 'open') {
      showToast(refusal(error, true, true), { tone: 'bad' });
    } else {
      closeSession(refusal(error, true));
    }
  }
}

/* First of all: the secret leaves the address before anything else runs. */
const secret = takeFragmentSecret();
startRouter();
followOtherTabs();
followColours();
startShortcuts();

/* A one-time link that is opened in a tab which shows the page already changes the fragment only. */
addEventListener('hashchange', () => {
  const late = takeFragmentSecret();
  if (late !== null) {
    void openWith(late);
  }
});

let { language } = settings.value;
settings.follow((next) => {
  if (next.language !== language) {
    language = next.language;
    void loadLanguage(language);
  }
});

async function begin(): Promise<void> {
  /* Nothing is shown in the wrong language first; a session is asked for meanwhile. */
  const opened = secret === null ? resumeSession() : openWith(secret);
  void preloadPage(route.value);
  await Promise.all([loadLanguage(language), nearlyCome()]);
  const root = document.getElementById('app');
  if (root !== null) {
    render(<App />, root);
  }
  await opened;
}

void begin();
