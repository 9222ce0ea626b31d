#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Rules for the text of one file: clock use, sizes, forbidden calls, licence line."""

import re

import lint

SPDX = '/* SPDX-License-Identifier: LGPL-2.1-or-later */\n'


class Clock:
    """All time comes from ReeveClock, so that tests can drive it."""
    name = 'clock'
    calls = (r'\b(g_get_monotonic_time|g_get_real_time|g_get_current_time|clock_gettime|'
             r'gettimeofday|g_date_time_new_now(?:_\w+)?|g_timer_new|time|'
             r'g_usleep|usleep|nanosleep|sleep)\s*\(')
    bad = [('core/host/x.c', 'x = g_get_monotonic_time ();'),
           ('plugins/fleet/x.c', 'x = time (NULL);'),
           ('plugins/fleet/x.c', 'n = g_date_time_new_now_utc ();'),
           ('core/ctl/x.c', 'clock_gettime (CLOCK_REALTIME, &ts);')]
    good = [('core/reeve/reeve-clock.c', 'x = g_get_monotonic_time ();'),
            ('tests/bench/x.c', 'x = g_get_monotonic_time ();'),
            ('core/host/x.c', '/* not time () */ reeve_time (x); o->time = 1; wall_time ();'),
            ('core/host/x.c', '/* lint: allow clock: before there is one */\nx = time (NULL);')]

    def applies(self, path):
        return (lint.is_c(path) and not lint.is_test(path)
                and path != 'core/reeve/reeve-clock.c')

    def find(self, path, text):
        for number, m in lint.matches(self.calls, lint.code_only(text)):
            yield number, m.group(1) + ' () outside of core/reeve/reeve-clock.c: use ReeveClock'


class FileLength:
    name = 'file-length'
    limit = 700
    bad = [('core/host/x.c', 'x;\n' * 701), ('plugins/web-ui/src/x.ts', 'x;\n' * 701)]
    good = [('core/host/x.c', 'x;\n' * 700), ('plugins/web-ui/ui/openapi.d.ts', 'x;\n' * 701)]

    def applies(self, path):
        # declarations are made by a program
        return (path.endswith(('.c', '.h', '.py', '.sh', '.ts', '.tsx', '.css'))
                and not path.endswith('.d.ts'))

    def find(self, path, text):
        length = text.count('\n')
        if length > self.limit:
            yield 1, '%d lines; the limit is %d' % (length, self.limit)


class FunctionLength:
    """From the line of the name to the closing brace; tables are no functions."""
    name = 'function-length'
    limit = 100
    bad = [('core/host/x.c', 'int\nf (void)\n{\n' + '  x ();\n' * 100 + '}\n')]
    good = [('core/host/x.c', 'int\nf (void)\n{\n' + '  x ();\n' * 90 + '}\n'),
            ('core/host/x.c', 'static const int t[] = {\n' + '  1,\n' * 100 + '};\n'),
            ('core/host/x.c', 'static void\nx_class_init (void)\n{\n' + '  x ();\n' * 120 + '}\n')]

    def applies(self, path):
        return path.endswith('.c')

    def find(self, path, text):
        lines = lint.code_only(text).split('\n')
        start = None
        for i, line in enumerate(lines):
            m = re.match(r'([A-Za-z_]\w*) \(', line)
            if m:
                start, name = i, m.group(1)
            elif re.match(r'};?\s*$', line):
                if (start is not None and not line.startswith('};')
                        and i - start + 1 > self.limit
                        and not name.endswith(('_class_init', '_iface_init'))):
                    yield start + 1, '%s () has %d lines; the limit is %d' % (
                        name, i - start + 1, self.limit)
                start = None


class Goto:
    name = 'goto'
    bad = [('core/host/x.c', '  goto out;\n')]
    good = [('core/host/x.c', '  /* goto out */ x ("goto out");\n')]

    def applies(self, path):
        return lint.is_c(path)

    def find(self, path, text):
        for number, _ in lint.matches(r'\bgoto\b', lint.code_only(text)):
            yield number, 'goto: use the cleanup attributes (g_autoptr, g_autofree)'


class Spdx:
    name = 'spdx'
    bad = [('core/host/x.c', '/* hello */\n'), ('tests/x.py', '#!/usr/bin/env python3\n\n'),
           ('core/host/x.h', '#pragma once\n' + SPDX)]
    good = [('core/host/x.c', SPDX),
            ('tests/x.py', '#!/usr/bin/env python3\n# SPDX-License-Identifier: LGPL-2.1-or-later\n')]

    def applies(self, path):
        return (path.endswith(('.c', '.h', '.py', '.sh', '.am', '.ac', '.m4', '.ts', '.tsx',
                               '.css', '.mjs'))
                or path in ('quickstart', '.ci/run', 'tests/run-test', 'tests/tally'))

    def find(self, path, text):
        lines = text.split('\n')
        first = lines[1] if text.startswith('#!') and len(lines) > 1 else lines[0]
        if 'SPDX-License-Identifier: LGPL-2.1-or-later' not in first:
            yield 1, 'the SPDX line is not the first one'


class PluginCalls:
    """A plugin's time and sources are charged to it by the engine; it dials by its context."""
    name = 'plugin-calls'
    calls = (r'\b(g_timeout_(?:add|source)\w*|g_idle_(?:add|source)\w*|g_unix_fd_\w+|'
             r'g_unix_signal_\w+|g_subprocess_\w+|g_spawn_\w+|GSubprocess\w*|popen|system|fork|'
             r'vfork|posix_spawnp?|execl|execv|execvp|g_thread_new|g_thread_try_new|'
             r'pthread_create|g_thread_pool_new\w*|g_task_run_in_thread\w*|g_resolver_\w+|'
             r'getaddrinfo|socket|connect|bind|g_socket_(?:new|connect|bind|client_\w+|'
             r'listener_\w+|service_\w+)|g_file_monitor\w*)\b\s*(?=[(*])')
    bad = [('plugins/fleet/x.c', '  g_timeout_add_seconds (1, cb, NULL);\n'),
           ('plugins/fleet/x.c', '  g_idle_add (cb, NULL);\n'),
           ('plugins/fleet/x.c', '  g_unix_fd_add (fd, G_IO_IN, cb, NULL);\n'),
           ('plugins/fleet/x.c', '  g_autoptr (X) p = g_subprocess_new (0, NULL, "ls", NULL);\n'),
           ('plugins/fleet/x.c', '  g_task_run_in_thread (task, fn);\n'),
           ('plugins/fleet/x.c', '  fd = socket (AF_INET, SOCK_STREAM, 0);\n')]
    good = [('core/host/x.c', '  g_timeout_add_seconds (1, cb, NULL);\n'),
            ('plugins/fleet/tests/x.c', '  g_idle_add (cb, NULL);\n'),
            ('plugins/fleet/x.c', '  g_signal_connect (a, "x", b, c); x->bind (1);\n'
                                  '  sqlite3_bind (x); "socket (" ;\n')]

    def applies(self, path):
        return path.startswith('plugins/') and lint.is_c(path) and not lint.is_test(path)

    def find(self, path, text):
        for number, m in lint.matches(r'(?<![>.\w])' + self.calls, lint.code_only(text)):
            yield number, (m.group(1) + ' in a plugin: use the context (timers, workers, dial, '
                           'listen, watches)')


class HeaderIncludes:
    """A wrapped library stays in the .c file that wraps it."""
    name = 'header-includes'
    bad = [('plugins/front/x.h', '#include <libsoup/soup.h>\n'),
           ('core/reeve/x.h', '#include <gnutls/gnutls.h>\n')]
    good = [('plugins/front/x.c', '#include <libsoup/soup.h>\n'),
            ('core/reeve/x.h', '#include <gio/gio.h>\n')]

    def applies(self, path):
        return path.endswith('.h')

    def find(self, path, text):
        for number, m in lint.matches(
                r'^\s*#\s*include\s*<((?:libsoup|gnutls|nettle|libssh|libssh2|curl)[./][^>]*)>',
                lint.without_comments(text)):
            yield number, '<%s> in a header: only the .c file that wraps it includes it' % m.group(1)


class PragmaOnce:
    name = 'pragma-once'
    bad = [('core/reeve/x.h', SPDX + '#ifndef X\n#define X\n#endif\n')]
    good = [('core/reeve/x.h', SPDX + '#pragma once\n')]

    def applies(self, path):
        return path.endswith('.h')

    def find(self, path, text):
        if not re.search(r'^#pragma once$', text, re.M):
            yield 1, 'no #pragma once'


class FileState:
    """No mutable state at file scope; contexts are handed in."""
    name = 'file-state'
    excused = (r'^(signals|.*_signals|props|properties|.*_properties|.*_props|quark|'
               r'parent_class)\b')
    bad = [('core/host/x.c', 'static int counter;\n'),
           ('core/host/x.c', 'static GHashTable *table = NULL;\n'),
           ('core/host/x.c', 'int global = 3;\n')]
    good = [('core/host/x.c', 'static const int t[] = { 1 };\nstatic int f (void);\n'
                              'static const char *const names[] = {\n'
                              'static GParamSpec *properties[N];\ntypedef struct _X X;\n'
                              'G_DEFINE_TYPE (A, a, G_TYPE_OBJECT)\nstruct _X\n{\n  int a;\n};\n'),
            ('tests/test-x.c', 'static int counter;\n')]

    def applies(self, path):
        return path.endswith('.c') and not lint.is_test(path)

    def find(self, path, text):
        code = lint.code_only(text)
        for number, m in lint.matches(
                r'^(?!typedef|extern|return|struct _|enum |G_|#)((?:[A-Za-z_]\w*[ ]+\**)+)'
                r'([A-Za-z_]\w*)(?:\[[^\]\n]*\])*\s*(?:=[^;\n]*;?|;)$', code):
            words = m.group(1).split()
            pointer = '*' in m.group(1)
            after = m.group(1).rsplit('*', 1)[-1]
            constant = 'const' in after if pointer else 'const' in words
            if not constant and not re.match(self.excused, m.group(2)):
                yield number, 'mutable state at file scope: ' + m.group(2)


class Todo:
    name = 'todo'
    bad = [('core/host/x.c', '/* TODO: later */\n'), ('core/host/x.c', '/* FIXME */\n')]
    good = [('core/host/x.c', '/* TODO #12: later */\n')]

    def applies(self, path):
        return (path.endswith(('.c', '.h', '.ts', '.tsx', '.sh', '.am'))
                or path.endswith('.py') and not path.startswith('tests/lint/'))

    def find(self, path, text):
        for number, m in lint.matches(r'\b(TODO|FIXME|XXX)\b(?! #\d)', text):
            yield number, m.group(1) + ' without an issue (write "TODO #12: ...")'


class Slots:
    """At most eight slots an interface; an async pair is one."""
    name = 'slots'
    limit = 8
    bad = [('core/reeve/x.h', 'struct _ReeveXInterface\n{\n  GTypeInterface parent_iface;\n'
            + ''.join('  void (*s%d) (void);\n' % i for i in range(9)) + '};\n')]
    good = [('core/reeve/x.h', 'struct _ReeveXInterface\n{\n  GTypeInterface parent_iface;\n'
             + ''.join('  void (*s%d_async) (void);\n  void (*s%d_finish) (void);\n' % (i, i)
                       for i in range(8)) + '};\n')]

    def applies(self, path):
        return path.startswith('core/') and path.endswith('.h')

    def find(self, path, text):
        for number, m in lint.matches(
                r'struct _?(\w+)\s*\{\s*GTypeInterface [^}]*\}', lint.without_comments(text)):
            slots = {re.sub(r'_(async|finish)$', '', s)
                     for s in re.findall(r'\(\*\s*(\w+)\)', m.group(0))}
            if len(slots) > self.limit:
                yield number, '%s has %d slots; the limit is %d' % (
                    m.group(1), len(slots), self.limit)


if __name__ == '__main__':
    lint.run([Clock(), FileLength(), FunctionLength(), Goto(), Spdx(), PluginCalls(),
              HeaderIncludes(), PragmaOnce(), FileState(), Todo(), Slots()])
