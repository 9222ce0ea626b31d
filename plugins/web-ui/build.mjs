/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bundles the page into dist/ (or --outdir DIR): index.html, assets/NAME-HASH.{js,css,svg}, beside each
 * file its .gz and .br form, the licences of what is bundled, and manifest.json, by which the hub
 * knows what it may serve. The same sources give the same bytes. --watch rebuilds on changes. */

import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import esbuild from 'esbuild';
import { catalogues } from './tools/po.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const flag = process.argv.indexOf('--outdir');
const outdir = path.resolve(flag > 0 ? process.argv[flag + 1] : path.join(here, 'dist'));

const BUNDLED = ['preact', 'uplot'];
const BUDGET = 100 * 1024;
/* Pages with parts of their own that early.ts asks for when the address is theirs. */
const LATER = ['system', 'compare'];
const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/* What comes later needs much of what is there already. That is kept in one file, instead of one for
 * each set of users, by having every late part import the first one whole. */
const late = {
  name: 'late',
  setup(build) {
    build.onResolve({ filter: /^\./ }, async (args) => {
      if (args.kind !== 'dynamic-import') {
        return undefined;
      }
      const { path: file } = await build.resolve(args.path, { resolveDir: args.resolveDir, kind: 'import-statement' });
      return { path: file, namespace: 'late' };
    });
    build.onLoad({ filter: /.*/, namespace: 'late' }, (args) => ({
      contents: `import './main';\nexport * from ${JSON.stringify(args.path)};\n`,
      loader: 'js',
      resolveDir: path.join(here, 'ui'),
    }));
  },
};

const options = {
  absWorkingDir: here,
  entryPoints: {
    main: 'ui/main.tsx',
    style: 'ui/app.css',
    icon: 'ui/icon.svg',
  },
  bundle: true,
  write: false,
  outdir,
  entryNames: 'assets/[name]-[hash]',
  assetNames: 'assets/[name]-[hash]',
  chunkNames: 'assets/[name]-[hash]',
  splitting: true,
  metafile: true,
  loader: { '.svg': 'file' },
  plugins: [late, catalogues],
  format: 'esm',
  target: ['es2022', 'chrome123', 'firefox120', 'safari17.5'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  minify: true,
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'warning',
};

/* No module, so that it runs before the document goes on; so it shares no file with what are modules. */
const early = { ...options, entryPoints: { early: 'ui/early.ts' }, splitting: false, format: 'iife' };

function fileOf(outputs, name, extension) {
  const pattern = new RegExp(`^assets/${name}-[A-Z0-9]+\\${extension}$`);
  const found = outputs.filter((file) => pattern.test(file.path));
  if (found.length !== 1) {
    throw new Error(`the bundle has ${found.length} files assets/${name}-*${extension}, not one`);
  }
  return `/${found[0].path}`;
}

async function licences() {
  const parts = await Promise.all(
    BUNDLED.map(async (name) => {
      const root = path.join(here, 'node_modules', name);
      const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
      const text = await readFile(path.join(root, 'LICENSE'), 'utf8');
      return `${name} ${version}\n\n${text.trim()}\n`;
    }),
  );
  return parts.join('\n\n');
}

function compress(bytes) {
  return {
    gzip: gzipSync(bytes, { level: 9 }),
    br: brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  };
}

async function writeAll(files) {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(path.join(outdir, 'assets'), { recursive: true });
  const entries = [];
  for (const { name, bytes } of files) {
    const target = path.join(outdir, name);
    const entry = {
      path: `/${name}`,
      type: TYPES[path.extname(name)],
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      immutable: /^assets\/.+-[A-Z0-9]{8}\.[a-z]+$/.test(name),
      encodings: {},
    };
    await writeFile(target, bytes);
    for (const [encoding, packed] of Object.entries(compress(bytes))) {
      const suffix = encoding === 'gzip' ? '.gz' : '.br';
      await writeFile(target + suffix, packed);
      entry.encodings[encoding] = {
        path: `/${name}${suffix}`,
        size: packed.length,
        sha256: createHash('sha256').update(packed).digest('hex'),
      };
    }
    entries.push(entry);
  }
  const manifest = { version: 1, index: '/index.html', files: entries };
  await writeFile(path.join(outdir, 'manifest.json'), JSON.stringify(manifest, null, 2) + '\n');
  return entries;
}

/* The one output of which `fits` is true. */
function outputOf(metafile, name, fits) {
  const found = Object.keys(metafile.outputs).filter((output) => fits(metafile.outputs[output]));
  if (found.length !== 1) {
    throw new Error(`the bundle has ${found.length} scripts for ${name}, not one`);
  }
  return found[0];
}

/* The script that the page begins with. As every late part imports it, it is not in the file of its entry
 * point, which does nothing but import it. */
function mainFileOf(metafile) {
  const name = 'ui/main.tsx';
  return outputOf(metafile, name, ({ inputs }) => inputs[name]?.bytesInOutput > 0);
}

/* The script of a page that comes later. */
function lateFileOf(metafile, page) {
  const name = `/ui/pages/${page}/${page}.tsx`;
  return outputOf(metafile, name, ({ entryPoint }) => `/${entryPoint}`.endsWith(name));
}

/* The script in `first` and what it always needs, the script itself first: dynamic imports come later. */
function scriptsOf(metafile, first) {
  const found = [];
  const take = (output) => {
    if (found.includes(output)) {
      return;
    }
    found.push(output);
    for (const { path: file, kind } of metafile.outputs[output].imports) {
      if (kind === 'import-statement') {
        take(file);
      }
    }
  };
  take(first);
  return found.map((output) => `/assets/${path.basename(output)}`);
}

async function finish(result, begin) {
  const outputs = [...result.outputFiles, ...begin.outputFiles]
    .map((file) => ({
      path: path.relative(outdir, file.path).split(path.sep).join('/'),
      bytes: Buffer.from(file.contents),
    }))
    /* The icon goes through a stub module of esbuild's when it is an entry point, and the page does not begin
     * with that of its own. */
    .filter((file) => !/\/(icon|main)-[^/]*\.js$/.test(file.path));
  const template = await readFile(path.join(here, 'ui/index.html'), 'utf8');
  const [main, ...shared] = scriptsOf(result.metafile, mainFileOf(result.metafile));
  const first = {
    '@EARLY_JS@': fileOf(outputs, 'early', '.js'),
    '@MAIN_JS@': main,
    '@STYLE_CSS@': fileOf(outputs, 'style', '.css'),
    '@ICON_SVG@': fileOf(outputs, 'icon', '.svg'),
  };
  let html = template;
  for (const [mark, file] of Object.entries(first)) {
    html = html.replace(mark, file);
  }
  /* What the script needs at once is asked for with it, not after it. */
  html = html.replace(
    '    @SHARED_JS@\n',
    shared.map((file) => `    <link rel="modulepreload" href="${file}">\n`).join(''),
  );
  const later = LATER.map((page) => {
    const own = scriptsOf(result.metafile, lateFileOf(result.metafile, page)).filter((file) => file !== main && !shared.includes(file));
    return `data-later-${page}="${own.map((file) => path.basename(file)).join(' ')}"`;
  });
  html = html.replace('@LATER_JS@', later.join(' '));
  const files = outputs.map((file) => ({ name: file.path, bytes: file.bytes }));
  files.push({ name: 'index.html', bytes: Buffer.from(html) });
  files.push({ name: 'licenses.txt', bytes: Buffer.from(await licences()) });
  files.sort((a, b) => (a.name < b.name ? -1 : 1));
  const entries = await writeAll(files);
  const wanted = new Set(['/index.html', ...Object.values(first), ...shared]);
  const sizeOf = (chosen) => chosen.reduce((sum, entry) => sum + entry.encodings.gzip.size, 0);
  const view = sizeOf(entries.filter((entry) => wanted.has(entry.path)));
  const all = sizeOf(entries.filter((entry) => entry.path !== '/licenses.txt'));
  const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
  console.log(`${outdir}: ${entries.length} files; gzip: first view ${kib(view)}, all ${kib(all)}`);
  if (view > BUDGET) {
    throw new Error(`the first view is over its budget of ${BUDGET / 1024} KiB`);
  }
}

if (process.argv.includes('--watch')) {
  const results = new Map();
  const watch = async (parts) => {
    const take = async (result) => {
      results.set(parts, result);
      if (results.has(options) && results.has(early)) {
        await finish(results.get(options), results.get(early));
      }
    };
    const plugin = { name: 'finish', setup: (build) => build.onEnd(take) };
    await (await esbuild.context({ ...parts, plugins: [...parts.plugins, plugin] })).watch();
  };
  await Promise.all([options, early].map(watch));
} else {
  await finish(...(await Promise.all([options, early].map(esbuild.build))));
}
