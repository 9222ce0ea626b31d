/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import test from 'node:test';
import { compileCatalogue, parseMessages } from '../tools/po.mjs';
import { extract, extractKinds, judge, main } from '../tools/messages.mjs';
import { load } from './load.mjs';

const { t, tn, tx, useCatalogue } = await load('i18n.ts');

const HEADER = `msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

`;

test('every text of every page is translated, and nothing else is in the catalogues', async () => {
  assert.deepEqual(await main(true), []);
});

test('every catalogue can be built', async () => {
  const folder = new URL('../po/', import.meta.url);
  for (const name of await readdir(folder)) {
    const built = compileCatalogue(await readFile(new URL(name, folder)), name.replace('.po', ''));
    assert.ok(Object.keys(built.texts).length > 100, name);
  }
});

test('a text without a catalogue, or without a translation, is English', () => {
  useCatalogue('en', null);
  assert.equal(t('Hello {name}', { name: 'you' }), 'Hello you');
  assert.equal(tn('{count} system', '{count} systems', 1), '1 system');
  assert.equal(tn('{count} system', '{count} systems', 1200), '1,200 systems');
  const po = `${HEADER}msgid "Open"\nmsgstr "Offen"\n\nmsgid "{count} system"\nmsgid_plural "{count} systems"\nmsgstr[0] "{count} System"\nmsgstr[1] "{count} Systeme"\n`;
  useCatalogue('de', compileCatalogue(Buffer.from(po), 'de'));
  assert.equal(t('Open'), 'Offen');
  assert.equal(t('Not there'), 'Not there');
  assert.equal(tn('{count} system', '{count} systems', 1), '1 System');
  assert.equal(tn('{count} system', '{count} systems', 1200), '1.200 Systeme');
  useCatalogue('en', null);
});

test('a word that every object knows is a word like any other', () => {
  useCatalogue('de', compileCatalogue(Buffer.from(HEADER), 'de'));
  for (const word of ['constructor', 'toString', '__proto__']) {
    assert.equal(t(word), word);
    assert.equal(tn(word, word, 2), word);
    assert.deepEqual(tx(`{${word}}`, {}), ['', `{${word}}`, '']);
  }
  useCatalogue('en', null);
});

test('what is filled in is never read as a text with places again', () => {
  assert.equal(t('{a} and {b}', { a: '{b}', b: 'x' }), '{b} and x');
  assert.deepEqual(tx('Press {key} now', { key: 7 }), ['Press ', 7, ' now']);
});

test('an empty or fuzzy translation is none', () => {
  const po = `${HEADER}msgid "A"\nmsgstr ""\n\n#, fuzzy\nmsgid "B"\nmsgstr "b"\n`;
  assert.deepEqual(compileCatalogue(Buffer.from(po), 'de').texts, {});
});

test('a formula of plural forms that is none is refused', () => {
  const po = HEADER.replace('n != 1', 'process.exit(1)');
  assert.throws(() => compileCatalogue(Buffer.from(po), 'de'), /no formula/);
  assert.throws(() => compileCatalogue(Buffer.from(HEADER.replace('n != 1', 'n > 5')), 'de'), /not those of de/);
});

test('texts are found where they are called for', () => {
  const { found, errors } = extract('x.tsx', "const a = mark('A');\nfunction f() { return t('B') + tn('one', 'many', 2); }");
  assert.deepEqual(found.map(({ one, many }) => [one, many]), [['A', undefined], ['B', undefined], ['one', 'many']]);
  assert.deepEqual(errors, []);
});

test('a text that is translated while a module is loaded is an error', () => {
  assert.match(extract('x.ts', "const a = t('A');").errors[0], /x\.ts:1/);
  assert.match(extract('x.ts', 'function f(x) { return mark(x); }').errors[0], /as they are/);
});

test('the standard kinds are read with their texts and states', () => {
  const kinds = `static const ReeveState s[] = { { 0, "fine", REEVE_STATE_OK }, { 0 } };
  [A] = COUNTER ("busy", "Busy", RATIO, LINE, 1, "time", MICROSECOND, "Share of "
                 "time (all)"),
  [B] = KIND ("disk", "Disks", NULL, TRUE, FALSE, metrics),`;
  assert.deepEqual(extractKinds(kinds), ['Busy', 'Share of time (all)', 'Disks', 'fine']);
});

test('what is missing, stale or fills other places is told', () => {
  const messages = new Map([
    ['new', { one: 'new', references: ['x'] }],
    ['{a}', { one: '{a}', references: ['x'] }],
  ]);
  const old = parseMessages(Buffer.from(`${HEADER}msgid "gone"\nmsgstr "weg"\n\nmsgid "{a}"\nmsgstr "{b}"\n`));
  const told = judge('de.po', old, messages).join('\n');
  assert.match(told, /"new" \(x\) is missing/);
  assert.match(told, /"gone" is no longer/);
  assert.match(told, /"\{a\}": the translation has other places/);
});
