#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The C files are laid out as clang-format lays them out by the tree's .clang-format."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

import lint

VERSION = 14


def ill_formed(tool, paths):
    done = subprocess.run([tool, '--dry-run', '--style=file'] + paths, cwd=lint.SRCDIR,
                          capture_output=True, text=True, check=False)
    seen = {}
    for m in re.finditer(r'^(.*?):(\d+):\d+: ', done.stderr, re.M):
        seen.setdefault(m.group(1), m.group(2))
    return ['%s:%s: run clang-format -i on this file' % item for item in sorted(seen.items())]


def main():
    tool = shutil.which('clang-format')
    if tool is None:
        print('1..0 # SKIP clang-format is not installed')
        return 0
    version = subprocess.run([tool, '--version'], capture_output=True, text=True, check=True)
    major = int(re.search(r'version (\d+)', version.stdout).group(1))
    if major != VERSION:
        print('1..0 # SKIP clang-format %d lays out otherwise than %d' % (major, VERSION))
        return 0
    print('1..2')
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(os.path.join(lint.SRCDIR, '.clang-format'), folder)
        bad = os.path.join(folder, 'bad.c')
        with open(bad, 'w', encoding='utf-8') as f:
            f.write('int f(void){return 1;}\n')
        found = ill_formed(tool, [bad])
    print('%s 1 - own example' % ('ok' if found else 'not ok'))
    complaints = ill_formed(tool, [p for p in lint.files() if lint.is_c(p)])
    for complaint in complaints:
        print('# ' + complaint)
    print('%s 2 - the tree' % ('not ok' if complaints else 'ok'))
    return 1 if complaints or not found else 0


if __name__ == '__main__':
    sys.exit(main())
