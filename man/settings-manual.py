#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes the settings of host and plugins into reeve.conf(5).

settings-manual.py SRCDIR <reeve.conf.5.in >reeve.conf.5 reads each ReeveSettingsRow table in
the sources, so a page that is built tells what that very tree parses. It understands rows by
position or by member name, string literals, and macros and choices of the same folder.
"""

import os
import re
import sys

MEMBERS = ('key', 'type', 'flags', 'default_text', 'minimum', 'maximum', 'choices', 'text',
           'since')
TABLE = re.compile(r'\bReeveSettingsRow\s+(\w+)\s*\[[^\]]*\]\s*=\s*\{')
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|/\*.*?\*/|//[^\n]*|[{}(),]|[^"{}(),/]+|/', re.S)
STRING = re.compile(r'"((?:\\.|[^"\\])*)"')


class Complaint(Exception):
    """A table that this reader does not understand."""


def split(text, place):
    """The comma-separated parts of the brace that opens just before text, comments dropped."""
    parts, part, depth = [], '', 0
    for m in TOKEN.finditer(text):
        token = m.group(0)
        if token.startswith(('/*', '//')):
            continue
        if token in '({':
            depth += 1
        elif token in ')}':
            if depth == 0:
                return parts + ([part.strip()] if part.strip() else [])
            depth -= 1
        if token == ',' and depth == 0:
            parts.append(part.strip())
            part = ''
        else:
            part += token
    raise Complaint('%s: a table without an end' % place)


def literal(text, around, place):
    """A C string expression; None for NULL."""
    if text in ('NULL', '0', ''):
        return None
    macro = re.match(r'\w+$', text)
    if macro:
        m = re.search(r'^#define\s+%s\s+((?:"(?:\\.|[^"\\])*"\s*)+)$' % text, around, re.M)
        if not m:
            raise Complaint('%s: %s is no string literal or macro of this folder' % (place, text))
        text = m.group(1)
    if not STRING.search(text):
        raise Complaint('%s: not a string literal: %s' % (place, text))
    return ''.join(STRING.findall(text)).replace('\\"', '"').replace('\\n', ' ').replace(
        '\\\\', '\\')


def rows(source, around, place):
    """All rows of all tables of a source file, as dictionaries."""
    for table in TABLE.finditer(source):
        for part in split(source[table.end():], place):
            if not part.startswith('{'):
                raise Complaint('%s: not a row: %s' % (place, part))
            row = dict.fromkeys(MEMBERS, '')
            position = 0
            for cell in split(part[1:], place):
                m = re.match(r'\.(\w+)\s*=\s*(.*)$', cell, re.S)
                if m:
                    position = MEMBERS.index(m.group(1))
                    cell = m.group(2)
                row[MEMBERS[position]] = cell
                position += 1
            if row['key'] in ('', 'NULL', '0'):
                continue
            for member in ('key', 'default_text', 'text', 'since'):
                row[member] = literal(row[member], around, place)
            yield row


def sources(folder):
    return sorted(os.path.join(folder, n) for n in os.listdir(folder) if n.endswith(('.c', '.h')))


def folder_rows(folder):
    texts = []
    for path in sources(folder):
        with open(path, encoding='utf-8') as f:
            texts.append((path, f.read()))
    around = '\n'.join(text for _, text in texts)
    return [(row, around) for path, text in texts for row in rows(text, around, path)]


def roff(text):
    text = text.replace('\\', '\\e').replace('-', '\\-')
    return re.sub(r"(?m)^([.'])", r'\\&\1', text)


def entry(row, around):
    kind = row['type'].replace('REEVE_SETTING_', '').lower()
    kind = {'strings': 'list', 'enum': 'one word'}.get(kind, kind)
    flags = row['flags']
    words = [kind]
    if 'REQUIRED' in flags:
        words.append('required')
    if 'SECRET' in flags:
        words.append('secret')
    yield '.TP'
    yield '.BR %s " (%s)"' % (roff(row['key']), ', '.join(words))
    yield roff(row['text'] or '')
    if row['choices'] not in ('', 'NULL'):
        m = re.search(r'\b%s\s*\[\s*\]\s*=\s*\{([^}]*)\}' % re.escape(row['choices']), around)
        names = STRING.findall(m.group(1) if m else row['choices'])
        yield 'One of: %s.' % ', '.join(roff(n) for n in names)
    if kind == 'integer' and re.match(r'\d+$', row['maximum'] or '') and row['maximum'] != '0':
        yield 'From %s to %s.' % (row['minimum'] or 0, row['maximum'])
    if row['default_text']:
        yield 'Default:\n.BR "%s" .' % roff(row['default_text']).replace('"', '\\(dq')
    how = []
    if 'OVERLAY' in flags:
        how.append('may be set at run time')
    how.append('taken on reload' if 'LIVE' in flags else 'waits for a restart')
    line = ', '.join(how) + '.'
    yield line[0].upper() + line[1:]
    if row['since']:
        yield 'Since %s.' % roff(row['since'])


def section(title, found):
    yield '.SH "%s"' % roff(title)
    seen = set()
    for row, around in sorted(found, key=lambda item: item[0]['key']):
        if row['key'] not in seen:
            seen.add(row['key'])
            yield from entry(row, around)


def manual(srcdir):
    host = [item for folder in ('core/reeve', 'core/host')
            for item in folder_rows(os.path.join(srcdir, folder)) if item[0]['key'] != 'enabled']
    if host:
        yield from section('[host]', host)
    plugins = os.path.join(srcdir, 'plugins')
    for name in sorted(os.listdir(plugins)):
        folder = os.path.join(plugins, name)
        if os.path.isdir(folder):
            found = folder_rows(folder)
            if found:
                yield from section('[plugin %s]' % name, found)


def main():
    try:
        made = '\n'.join(manual(sys.argv[1]))
    except Complaint as complaint:
        print('reeve.conf.5: %s' % complaint, file=sys.stderr)
        return 1
    page = re.sub(r'^@SETTINGS@\n', lambda m: made + '\n' if made else '', sys.stdin.read(),
                  flags=re.M)
    sys.stdout.write(page)
    return 0


if __name__ == '__main__':
    sys.exit(main())
