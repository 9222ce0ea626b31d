/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which languages there are, and how one is chosen and loaded. A catalogue is a file of its own under
 * its content's hash; English needs none. */

import de from '../po/de.po';
import { useCatalogue } from './i18n';
import type { Catalogue } from './i18n';

/* Each by its own name. */
export const LANGUAGES: Readonly<Record<string, string>> = { en: 'English', de: 'Deutsch' };

const CATALOGUES: Readonly<Record<string, string>> = { de };

/* The first of the browser's languages that there is, when the viewer has not chosen one. */
export function pickLanguage(chosen: string, wanted: readonly string[]): string {
  const known = [chosen, ...wanted].map((tag) => tag.toLowerCase().split('-')[0] ?? '');
  return known.find((tag) => Object.hasOwn(LANGUAGES, tag)) ?? 'en';
}

/* What was chosen last: a catalogue that comes later than the next one is of no use. */
let latest = '';

export async function loadLanguage(chosen: string): Promise<void> {
  const tag = pickLanguage(chosen, navigator.languages);
  latest = tag;
  const file = CATALOGUES[tag];
  if (file === undefined) {
    useCatalogue(tag, null);
    return;
  }
  try {
    const answer = await fetch(new URL(file, import.meta.url), { credentials: 'same-origin' });
    if (!answer.ok) {
      throw new Error(`the catalogue answered ${answer.status}`);
    }
    const catalogue = (await answer.json()) as Catalogue;
    if (tag === latest) {
      useCatalogue(tag, catalogue);
    }
  } catch {
    /* Words that nobody chose are better than none. */
    if (tag === latest) {
      useCatalogue('en', null);
    }
  }
}
