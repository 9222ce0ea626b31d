/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Builds what the plugins of this tree add to the page: of each plugins/ID/ui/ui.tsx the file ID/ui.js, and
 * of ui.css beside it ID/ui.css, below --outdir DIR. None bundles Preact: 'reeve-ui' is the page's own. */

import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

/* Which interface of docs/ui-modules.md they are written for. */
const MARK = '/* reeve-ui 1 */';
const MOST = 24 * 1024;

const here = path.dirname(fileURLToPath(import.meta.url));
const plugins = path.dirname(here);
const flag = process.argv.indexOf('--outdir');
const outdir = path.resolve(flag > 0 ? process.argv[flag + 1] : path.join(here, 'modules'));

await rm(outdir, { recursive: true, force: true });
for (const id of (await readdir(plugins)).sort()) {
  const source = path.join(plugins, id, 'ui');
  if (!existsSync(path.join(source, 'ui.tsx'))) {
    continue;
  }
  await mkdir(path.join(outdir, id), { recursive: true });
  const { metafile } = await esbuild.build({
    absWorkingDir: here,
    entryPoints: ['ui.tsx', 'ui.css'].map((name) => path.join(source, name)).filter(existsSync),
    outdir: path.join(outdir, id),
    bundle: true,
    minify: true,
    metafile: true,
    format: 'esm',
    target: ['es2022', 'chrome123', 'firefox120', 'safari17.5'],
    jsx: 'automatic',
    jsxImportSource: 'reeve-ui',
    alias: { 'reeve-ui': path.join(here, 'module/index.ts'), 'reeve-ui/jsx-runtime': path.join(here, 'module/jsx-runtime.ts') },
    tsconfigRaw: {},
    banner: { js: MARK },
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'warning',
  });
  const foreign = Object.keys(metafile.inputs).filter((file) => file.includes('node_modules'));
  if (foreign.length > 0) {
    throw new Error(`${id}: bundles ${foreign.join(' ')}`);
  }
  for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
    if (bytes > MOST) {
      throw new Error(`${file} has ${bytes} bytes, more than ${MOST}`);
    }
  }
  console.log(`${id}: ${Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0)} bytes`);
}
