/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The types of what the hub answers, ui/openapi.d.ts, from the document that a hub serves
 * (docs/openapi.json). Run by itself it writes them. */

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const here = path.dirname(fileURLToPath(import.meta.url));

export const document = path.resolve(here, '../../../docs/openapi.json');
export const types = path.resolve(here, '../ui/openapi.d.ts');

export async function makeTypes(parsed) {
  const text = astToString(await openapiTS(parsed, { silent: true }));
  return (
    '/* SPDX-License-Identifier: LGPL-2.1-or-later */\n\n' +
    '/* Made from docs/openapi.json by "npm run types". */\n\n' +
    text
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await writeFile(types, await makeTypes(JSON.parse(await readFile(document, 'utf8'))));
}
