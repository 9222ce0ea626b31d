/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whether node_modules holds what package-lock.json names, by the note that npm leaves there. It imports
 * nothing that could be missing, and says what to do. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const here = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(path.join(here, file), 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

const installed = packagesIn('node_modules/.package-lock.json');
/* Optional ones are for other machines than this. */
const missing = Object.entries(packagesIn('package-lock.json'))
  .filter(([name, { optional, version }]) => name !== '' && optional !== true && installed[name]?.version !== version)
  .map(([name, { version }]) => `${name.replace(/^node_modules\//, '')} ${version}`);

if (missing.length > 0) {
  const more = missing.length > 3 ? ` and ${missing.length - 3} more` : '';
  console.error(`the page needs other modules than there are (${missing.slice(0, 3).join(', ')}${more}):`);
  console.error('run "npm ci --ignore-scripts" in plugins/web-ui');
  process.exit(1);
}
