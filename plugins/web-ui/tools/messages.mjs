/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Keeps the catalogues in step with the sources: `npm run messages` takes the texts of t(), tn(), tx()
 * and mark() from all pages and from the standard kinds, adds what is new to po/LANG.po without a
 * translation, and takes out what is no longer there. With --check it changes nothing, and fails when
 * anything is missing, untranslated or stale. */

import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { po } from 'gettext-parser';
import ts from 'typescript';
import { parseMessages } from './po.mjs';

const here = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const root = path.resolve(here, '../..');
const CALLS = { t: 1, tx: 1, mark: 1, tn: 2 };

async function* walk(folder) {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      yield* walk(file);
    } else if (/\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts')) {
      yield file;
    }
  }
}

/* Every plugin's ui/ has its texts in the one catalogue. */
async function sources() {
  const files = [];
  for (const plugin of (await readdir(path.join(root, 'plugins'))).sort()) {
    for await (const file of walk(path.join(root, 'plugins', plugin, 'ui'))) {
      files.push(file);
    }
  }
  return files;
}

function inFunction(node) {
  for (let at = node.parent; at !== undefined; at = at.parent) {
    if (ts.isFunctionLike(at) || ts.isClassStaticBlockDeclaration(at)) {
      return true;
    }
  }
  return false;
}

/* The texts of one source, as { one, many }; what cannot be extracted is an error. */
export function extract(name, text) {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const found = [];
  const errors = [];
  const visit = (node) => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && Object.hasOwn(CALLS, node.expression.text)) {
      const called = node.expression.text;
      const texts = node.arguments.slice(0, CALLS[called]);
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      if (texts.every((part) => ts.isStringLiteralLike(part))) {
        found.push({ one: texts[0].text, many: texts[1]?.text, line: line + 1 });
      } else if (called === 'mark' || called === 'tn') {
        errors.push(`${name}:${line + 1}: ${called}() takes its texts as they are`);
      }
      if (called !== 'mark' && !inFunction(node)) {
        errors.push(`${name}:${line + 1}: ${called}() runs before there is a catalogue: mark() it, translate it at use`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { found, errors };
}

/* The string literals of a macro's call that begins at `at`, adjacent ones joined as C does. */
function literals(text, at) {
  const parts = /"((?:[^"\\]|\\.)*)"|[(),]|[^"(),\s]+/g;
  parts.lastIndex = at;
  const found = [];
  let depth = 0;
  let joins = false;
  for (let part = parts.exec(text); part !== null; part = parts.exec(text)) {
    if (part[1] !== undefined) {
      found.push(joins ? found.pop() + part[1] : part[1]);
      joins = true;
      continue;
    }
    joins = false;
    depth += part[0] === '(' ? 1 : part[0] === ')' ? -1 : 0;
    if (depth === 0) {
      break;
    }
  }
  return found;
}

/* Titles and texts of the standard kinds and names of their states, which the hub tells in English. */
export function extractKinds(text) {
  const found = [];
  for (const call of text.matchAll(/\b(?:KIND|TEXT|STATE|NUMBER|COUNTER) (?=\(\s*")/g)) {
    const [, title, ...more] = literals(text, call.index + call[0].length);
    /* Besides the text there may be the name of another metric, which is no English. */
    found.push(title, ...more.filter((one) => /^[A-Z]/.test(one)));
  }
  for (const state of text.matchAll(/\{\s*\d+,\s*"([^"]*)",\s*REEVE_STATE_/g)) {
    found.push(state[1]);
  }
  return found;
}

async function collect() {
  const messages = new Map();
  const errors = [];
  const add = (one, many, reference) => {
    const message = messages.get(one) ?? { one, many: undefined, references: [] };
    if (many !== undefined && message.many !== undefined && message.many !== many) {
      errors.push(`${reference}: "${one}" has two plurals`);
    }
    message.many ??= many;
    if (!message.references.includes(reference)) {
      message.references.push(reference);
    }
    messages.set(one, message);
  };
  for (const file of await sources()) {
    const name = path.relative(root, file);
    const { found, errors: wrong } = extract(name, await readFile(file, 'utf8'));
    errors.push(...wrong);
    for (const { one, many } of found) {
      add(one, many, name);
    }
  }
  const kinds = 'core/monitor/reeve-kinds.c';
  for (const text of extractKinds(await readFile(path.join(root, kinds), 'utf8'))) {
    add(text, undefined, kinds);
  }
  return { messages, errors };
}

function merge(old, messages, tag) {
  const known = new Map(old.messages.map((message) => [message.msgid, message]));
  const translations = { '': { '': { msgid: '', msgstr: [''], comments: { translator: `SPDX-License-Identifier: LGPL-2.1-or-later\nThe page of Reeve's hub, ${tag}` } } } };
  for (const one of [...messages.keys()].sort()) {
    const { many } = messages.get(one);
    const before = known.get(one);
    const same = before !== undefined && before.msgid_plural === many;
    translations[''][one] = {
      msgid: one,
      ...(many === undefined ? {} : { msgid_plural: many }),
      msgstr: same ? before.msgstr : many === undefined ? [before?.msgstr[0] ?? ''] : ['', ''],
      /* Where they stand changes too often to be kept. */
      comments: before?.comments?.translator ? { translator: before.comments.translator } : {},
    };
  }
  return { charset: 'utf-8', headers: old.headers, translations };
}

/* What is wrong with a catalogue, a line each. */
export function judge(file, { messages: entries }, messages) {
  const wrong = [];
  const known = new Map(entries.map((entry) => [entry.msgid, entry]));
  const places = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join(' ');
  for (const [one, { many, references }] of messages) {
    const entry = known.get(one);
    if (entry === undefined || entry.msgid_plural !== many) {
      wrong.push(`${file}: "${one}" (${references[0]}) is missing`);
    } else if (entry.msgstr.some((text) => text === '') || entry.comments?.flag?.includes('fuzzy')) {
      wrong.push(`${file}: "${one}" (${references[0]}) is not translated`);
    } else if (entry.msgstr.some((text) => places(text) !== places(many ?? one))) {
      /* The form for one may leave its number out. */
      const lacks = entry.msgstr.filter((text) => places(text) !== places(many ?? one));
      if (many === undefined || lacks.length > 1 || lacks[0] !== entry.msgstr[0] || places(lacks[0]) !== places(one)) {
        wrong.push(`${file}: "${one}": the translation has other places to fill`);
      }
    }
  }
  for (const one of known.keys()) {
    if (!messages.has(one)) {
      wrong.push(`${file}: "${one}" is no longer in the sources`);
    }
  }
  return wrong;
}

export async function main(checkOnly) {
  const { messages, errors } = await collect();
  const folder = path.join(here, 'po');
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.po'))) {
    const old = parseMessages(await readFile(path.join(folder, file)));
    if (checkOnly) {
      errors.push(...judge(`po/${file}`, old, messages));
      continue;
    }
    const bytes = po.compile(merge(old, messages, path.basename(file, '.po')), { foldLength: 100, sort: true });
    await writeFile(path.join(folder, file), Buffer.concat([bytes, Buffer.from('\n')]));
  }
  return errors;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const errors = await main(process.argv.includes('--check'));
  for (const error of errors) {
    console.error(error);
  }
  if (errors.length > 0) {
    console.error('run "npm run messages" in plugins/web-ui, then fill in what is empty');
    process.exitCode = 1;
  }
}
