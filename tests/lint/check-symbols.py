#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the built objects export and need: one symbol a plugin, few libraries for libreeve."""

import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile

import lint

MAY_NEED = re.compile(r'(libglib-2\.0|libgobject-2\.0|libgio-2\.0|libgmodule-2\.0|libgnutls|'
                      r'libc|libm|libpthread|ld-linux[^.]*|libgcc_s)\.so')
SANITIZERS = re.compile(r'lib(asan|ubsan|lsan|clang_rt)')


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def needed(path):
    return re.findall(r'\(NEEDED\).*\[([^]]+)\]', output('readelf', '-d', path))


def exported(path):
    names = [line.split()[0] for line in
             output('nm', '-D', '--defined-only', '-P', path).splitlines()]
    return [n.split('@')[0] for n in names if not n.startswith(('__asan', '__odr', '__ubsan'))]


def check_plugin(path):
    names = exported(path)
    if names != ['reeve_plugin_descriptor']:
        yield '%s exports %s, not reeve_plugin_descriptor alone' % (path, ' '.join(names) or 'nothing')


def check_library(path):
    for name in exported(path):
        if not name.startswith('reeve_'):
            yield '%s exports %s' % (path, name)


def check_needed(path):
    for name in needed(path):
        if not MAY_NEED.match(name) and not SANITIZERS.match(name):
            yield '%s needs %s: libreeve links GLib, GIO and GnuTLS only' % (path, name)


def check_ctl(path):
    for name in needed(path):
        if name.startswith('libreeve'):
            yield '%s needs %s: it speaks D-Bus only' % (path, name)


def compiled(folder, name, text, *arguments):
    source, made = os.path.join(folder, name + '.c'), os.path.join(folder, name + '.so')
    with open(source, 'w', encoding='utf-8') as f:
        f.write(text)
    subprocess.run(shlex.split(os.environ.get('CC') or 'cc')
                   + ['-shared', '-fPIC', '-o', made, source, '-Wl,--no-as-needed']
                   + list(arguments), check=True)
    return made


def main():
    count = 0
    failed = False

    def report(what, complaints, skip=None):
        nonlocal count, failed
        count += 1
        for complaint in complaints:
            print('# ' + complaint)
        failed = failed or bool(complaints)
        print('%s %d - %s%s' % ('not ok' if complaints else 'ok', count, what,
                                ' # SKIP ' + skip if skip else ''))

    def expect(what, found, wanted):
        report('own example: ' + what, [] if bool(list(found)) == wanted else ['judged wrongly'])

    print('1..9')
    with tempfile.TemporaryDirectory() as folder:
        one = compiled(folder, 'one', 'int reeve_plugin_descriptor;\n')
        two = compiled(folder, 'two', 'int reeve_plugin_descriptor, helper;\n', '-lm')
        none = compiled(folder, 'none', 'static int x; int *f (void);\n'
                        '__attribute__ ((visibility ("hidden"))) int *f (void) { return &x; }\n',
                        one)
        expect('a plugin that exports a helper', check_plugin(two), True)
        expect('a plugin that exports nothing', check_plugin(none), True)
        expect('a plugin that exports its descriptor', check_plugin(one), False)
        expect('a library that exports a foreign name', check_library(two), True)
        expect('a library that needs another library', check_needed(none), True)

    modules = sorted(glob.glob(os.path.join(lint.BUILDDIR, 'plugins', '.libs', '*.so')))
    # a module whose plugin was switched off or renamed since lies there still
    modules = [m for m in modules if os.path.exists(
        os.path.join(lint.BUILDDIR, 'plugins', os.path.basename(m)[:-3] + '.la'))]
    report('each plugin exports one symbol', [c for m in modules for c in check_plugin(m)],
           None if modules else 'no plugin is built')
    for library in ('reeve-1', 'reeve-monitor-1'):
        path = os.path.join(lint.BUILDDIR, '.libs', 'lib%s.so' % library)
        complaints = list(check_library(path))
        if library == 'reeve-1':
            complaints += check_needed(path)
        report('lib%s exports its own names and needs what it may' % library, complaints)
    ctl = os.path.join(lint.BUILDDIR, '.libs', 'reevectl')
    report('reevectl links nothing of ours',
           list(check_ctl(ctl if os.path.exists(ctl) else os.path.join(lint.BUILDDIR, 'reevectl'))))
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
