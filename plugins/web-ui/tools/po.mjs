/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Catalogues: a .po file becomes the JSON that ui/i18n.ts reads, under its content's hash. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { po } from 'gettext-parser';

/* Which of gettext's forms belongs to which of Intl's categories. The formula is of the catalogue's
 * header, a C expression of n, and only ever runs here, at build time. */
function formsOf(header, tag) {
  const formula = /plural=([^;]+)/.exec(header ?? '')?.[1] ?? 'n != 1';
  if (!/^[\sn0-9?:()!=<>&|%]+$/.test(formula)) {
    throw new Error(`${tag}.po: "${formula}" is no formula of plural forms`);
  }
  const place = new Function('n', `return Number(${formula});`);
  const rules = new Intl.PluralRules(tag);
  const forms = {};
  for (let count = 0; count <= 200; count += 1) {
    const category = rules.select(count);
    forms[category] ??= place(count);
    if (forms[category] !== place(count)) {
      throw new Error(`${tag}.po: its plural forms are not those of ${tag}`);
    }
  }
  return forms;
}

/* Every message of a file: msgid, msgid_plural, msgstr, comments. */
export function parseMessages(bytes) {
  const { headers, translations } = po.parse(bytes);
  const messages = Object.values(translations['']).filter((message) => message.msgid !== '');
  return { headers, messages };
}

export function compileCatalogue(bytes, tag) {
  const { headers, messages } = parseMessages(bytes);
  const catalogue = { forms: formsOf(headers['Plural-Forms'] ?? headers['plural-forms'], tag), texts: {}, plurals: {} };
  for (const message of messages) {
    const fuzzy = message.comments?.flag?.includes('fuzzy') === true;
    if (fuzzy || message.msgstr.some((text) => text === '')) {
      continue;
    }
    if (message.msgid_plural === undefined) {
      catalogue.texts[message.msgid] = message.msgstr[0];
    } else {
      catalogue.plurals[message.msgid] = message.msgstr;
    }
  }
  return catalogue;
}

/* Lets esbuild import a .po file: what is imported is the name of the JSON beside the scripts. */
export const catalogues = {
  name: 'catalogues',
  setup(build) {
    build.onResolve({ filter: /\.po$/ }, (args) => ({
      path: path.join(args.resolveDir, args.path).replace(/\.po$/, '.json'),
      namespace: 'po',
    }));
    build.onLoad({ filter: /.*/, namespace: 'po' }, async (args) => {
      const file = args.path.replace(/\.json$/, '.po');
      const catalogue = compileCatalogue(await readFile(file), path.basename(file, '.po'));
      return { contents: JSON.stringify(catalogue), loader: 'file', watchFiles: [file] };
    });
  },
};
