/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A module of the page, transpiled in memory, for tests that run in Node. */

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

export async function load(name) {
  const built = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [path.join('ui', name)],
    bundle: true,
    write: false,
    format: 'esm',
    /* As the page is built, so that there is one Preact. */
    platform: 'browser',
    mainFields: ['module', 'main'],
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'error',
  });
  const text = Buffer.from(built.outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${text}`);
}
