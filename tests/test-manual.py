#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The manual pages: well-formed, and reeve.conf(5) names each setting that is parsed."""

import os
import shutil
import subprocess
import sys
import tempfile

SRCDIR = os.environ['REEVE_TEST_SRCDIR']
BUILDDIR = os.environ['REEVE_TEST_BUILDDIR']
TOOL = os.path.join(SRCDIR, 'man', 'settings-manual.py')

SAMPLE = r'''
#define DEFAULT_PORT "80" "90"
static const char *const modes[] = { "fast", "slow", NULL };
const ReeveSettingsRow reeve_x_rows[] = {
  /* by position, "text" in a comment, braces } */
  { "poll-interval", REEVE_SETTING_DURATION, REEVE_SETTING_LIVE | REEVE_SETTING_OVERLAY, "60s",
    1000, 0, NULL, "How often, \"about\"; a, b and "
    "c.", NULL },
  { .key = "port", .type = REEVE_SETTING_INTEGER, .default_text = DEFAULT_PORT, .minimum = 1,
    .maximum = 65535, .text = "The port." },
  { "mode", REEVE_SETTING_ENUM, REEVE_SETTING_REQUIRED, NULL, 0, 0, modes, ".dot first", "0.2.0" },
  { NULL }
};
'''
WANTED = ['.SH "[plugin x]"', '.BR poll\\-interval " (duration)"', 'Default:\n.BR "60s" .',
          'How often, "about"; a, b and c.', 'May be set at run time, taken on reload.',
          '.BR port " (integer)"', '.BR "8090" .', 'From 1 to 65535.',
          '.BR mode " (one word, required)"', 'One of: fast, slow.', '\\&.dot first',
          'Since 0.2.0.']

count = 0
failed = False


def report(what, complaints, skip=None):
    global count, failed
    count += 1
    for complaint in complaints:
        print('# ' + complaint)
    failed = failed or bool(complaints)
    print('%s %d - %s%s' % ('not ok' if complaints else 'ok', count, what,
                            ' # SKIP ' + skip if skip else ''))


def build(srcdir):
    return subprocess.run([sys.executable, TOOL, srcdir], input='@SETTINGS@\n', text=True,
                          capture_output=True, check=False)


def tree(folder, text):
    for room in ('core/reeve', 'core/host', 'plugins/x'):
        os.makedirs(os.path.join(folder, room))
    with open(os.path.join(folder, 'plugins/x/reeve-x-plugin.c'), 'w', encoding='utf-8') as f:
        f.write(text)


print('1..7')
with tempfile.TemporaryDirectory() as work:
    tree(work, SAMPLE)
    done = build(work)
    report('a table becomes a section',
           ['missing: ' + w.replace('\n', ' ') for w in WANTED if w not in done.stdout]
           + done.stderr.splitlines())
with tempfile.TemporaryDirectory() as work:
    tree(work, SAMPLE.replace('#define', '// #define'))
    done = build(work)
    report('a default that cannot be read is an error',
           [] if done.returncode and 'DEFAULT_PORT' in done.stderr else ['it was let through'])
done = build(SRCDIR)
report('the tables of the tree are understood', done.stderr.splitlines())

pages = {name: os.path.join(SRCDIR, 'man', name) for name in ('reeved.8', 'reevectl.1',
                                                             'reeve-probe-containers.8')}
pages['reeve.conf.5'] = os.path.join(BUILDDIR, 'man', 'reeve.conf.5')
for name, path in pages.items():
    if shutil.which('groff') is None:
        report(name + ' is well-formed', [], 'groff is not installed')
        continue
    done = subprocess.run(['groff', '-man', '-Tutf8', '-wall', '-z', path], text=True,
                          capture_output=True, check=False)
    report(name + ' is well-formed', done.stderr.splitlines())
sys.exit(1 if failed else 0)
