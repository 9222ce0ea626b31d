# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the checks of the tree share: the list of files, waivers, and the TAP lines.

A rule is a class with a name, applies (path) and find (path, text), which yields pairs of
line number and message, and with bad and good: lists of (path, text) that it must flag and
must not flag. So each rule proves on its own examples that it still sees something.

A line is excused by a comment on it or on the line before:
    /* lint: allow RULE: why */
"""

import os
import re
import sys

SRCDIR = os.environ.get('REEVE_TEST_SRCDIR') or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILDDIR = os.environ.get('REEVE_TEST_BUILDDIR') or os.getcwd()
ROOTS = ('.ci', 'core', 'plugins', 'tests', 'tools', 'data', 'man', 'docs', 'po', 'm4')
SKIPPED = {'node_modules', 'dist', '.libs', '.deps', '__pycache__', '.git'}


def files():
    """Paths of the tree's files from its top, without what a build leaves."""
    found = [name for name in os.listdir(SRCDIR)
             if os.path.isfile(os.path.join(SRCDIR, name)) and not made(name)]
    for root in ROOTS:
        for folder, folders, names in os.walk(os.path.join(SRCDIR, root)):
            folders[:] = [f for f in folders if f not in SKIPPED]
            found += [os.path.relpath(os.path.join(folder, n), SRCDIR)
                      for n in names if not made(n)]
    return sorted(found)


def made(name):
    return (name in ('Makefile', 'Makefile.in', 'configure', 'aclocal.m4', 'config.h.in',
                     'config.h', 'config.log', 'config.status', 'libtool', 'stamp-h1')
            or re.match(r'(libtool|lt.*)\.m4$', name) is not None
            or name.endswith(('.o', '.lo', '.la', '.log', '.trs', '~', '.pyc')))


def read(path):
    with open(os.path.join(SRCDIR, path), encoding='utf-8', errors='replace') as f:
        return f.read()


def is_test(path):
    return path.startswith('tests/') or re.match(r'plugins/[^/]+/tests/', path) is not None


def is_c(path):
    return path.endswith(('.c', '.h'))


def blank(match):
    return re.sub(r'[^\n]', ' ', match.group(0))


def without_comments(text):
    """C text with its comments blanked, lines kept, strings kept."""
    return re.sub(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/|//[^\n]*',
                  lambda m: m.group(0) if m.group(0)[0] in '"\'' else blank(m),
                  text, flags=re.S)


def code_only(text):
    """C text with comments and the inside of strings blanked."""
    return re.sub(r'"(?:\\.|[^"\\\n])*"', lambda m: '"' + blank(m)[2:] + '"',
                  without_comments(text))


def line_of(text, offset):
    return text.count('\n', 0, offset) + 1


def matches(pattern, text):
    for m in re.finditer(pattern, text, re.M):
        yield line_of(text, m.start()), m


def problems(rule, path, text):
    lines = text.split('\n')
    waiver = 'lint: allow ' + rule.name + ':'
    for number, message in rule.find(path, text):
        near = lines[max(0, number - 2):number]
        if not any(waiver in line for line in near):
            yield '%s:%d: %s' % (path, number, message)


def run(rules):
    """Prints the TAP of all rules: own examples first, then the tree."""
    print('1..%d' % (2 * len(rules)))
    paths = files()
    count = 0
    failed = False

    def report(what, complaints):
        nonlocal count, failed
        count += 1
        for complaint in complaints:
            print('# ' + complaint)
        failed = failed or bool(complaints)
        print('%s %d - %s' % ('not ok' if complaints else 'ok', count, what))

    for rule in rules:
        wrong = ['the bad example %s is not found' % path for path, text in rule.bad
                 if not rule.applies(path) or not list(problems(rule, path, text))]
        wrong += ['the good example %s is complained of' % path for path, text in rule.good
                  if rule.applies(path) and list(problems(rule, path, text))]
        report(rule.name + ': own examples', wrong)
        complaints = []
        for path in paths:
            if rule.applies(path):
                complaints += problems(rule, path, read(path))
        report(rule.name + ': the tree', complaints)
    sys.exit(1 if failed else 0)
