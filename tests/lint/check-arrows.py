#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may include whom, and where which words may stand: section "the house" of the design.

    plugins ---> core/monitor ---> core/reeve <--- core/host
       \\---> core/wire (transports only)      core/ctl ---> D-Bus only
    plugins/ID/probe ---> core/probe ---> GLib
"""

import os
import re

import lint

TRANSPORTS = ('ws-transport', 'ssh-transport')
WIRE_USERS = TRANSPORTS + ('importer',)

# folder -> folders whose headers it may include besides its own
MAY = {
    'core/probe': (),
    'core/reeve': (),
    'core/monitor': ('core/reeve',),
    'core/wire': ('core/reeve', 'core/monitor'),
    'core/host': ('core/reeve',),
    'core/ctl': (),
}


def exists(path):
    return os.path.exists(os.path.join(lint.SRCDIR, path))


def room(path):
    """core/reeve, plugins/fleet, tests ..."""
    parts = path.split('/')
    return '/'.join(parts[:2]) if parts[0] in ('core', 'plugins') else parts[0]


def target(path, bracket, name):
    """The file of the tree that an include means, or None for one of the system."""
    if bracket == '<':
        if not name.startswith('reeve/'):
            return None
        for folder in ('core/reeve/', 'core/monitor/'):
            if exists(folder + name[len('reeve/'):]):
                return folder + name[len('reeve/'):]
        monitor = name in ('reeve/monitor.h',)
        return ('core/monitor/' if monitor else 'core/reeve/') + name[len('reeve/'):]
    beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
    if exists(beside) and not exists(name):
        return beside
    if name == 'config.h':
        return None
    return beside if '/' not in name or name.startswith('.') else os.path.normpath(name)


class Includes:
    name = 'includes'
    bad = [('core/reeve/x.c', '#include <reeve/monitor.h>\n'),
           ('core/reeve/x.c', '#include "../monitor/monitor.h"\n'),
           ('core/host/x.c', '#include <reeve/monitor.h>\n'),
           ('core/host/x.c', '#include "plugins/fleet/reeve-fleet-x.h"\n'),
           ('core/ctl/x.c', '#include <reeve/reeve.h>\n'),
           ('core/ctl/x.c', '#include "core/host/reeve-host-x.h"\n'),
           ('core/monitor/x.c', '#include "core/wire/x.h"\n'),
           ('plugins/fleet/x.c', '#include "core/wire/x.h"\n'),
           ('plugins/fleet/x.c', '#include "../events/x.h"\n'),
           ('plugins/fleet/x.c', '#include "core/host/x.h"\n'),
           ('plugins/fleet/x.c', '#include "core/ctl/reeve-ctl.h"\n'),
           ('plugins/fleet/ctl/x.c', '#include <reeve/reeve.h>\n'),
           ('plugins/fleet/x.c', '#include "core/reeve/reeve-x-private.h"\n'),
           ('plugins/fleet/x.c', '#include <reeve/reeve-registry-private.h>\n'),
           ('core/probe/x.c', '#include <reeve/reeve.h>\n'),
           ('plugins/fleet/x.c', '#include "core/probe/reeve-probe.h"\n'),
           ('plugins/fleet/probe/x.c', '#include <reeve/reeve.h>\n'),
           ('plugins/fleet/probe/x.c', '#include "core/probe/reeve-probe-private.h"\n'),
           ('plugins/fleet/probe/x.c', '#include "../reeve-fleet-x.h"\n')]
    good = [('core/monitor/x.c', '#include <reeve/reeve.h>\n#include "monitor.h"\n'),
            ('core/host/x.c', '#include <reeve/reeve.h>\n#include "config.h"\n'),
            ('plugins/ws-transport/x.c', '#include "core/wire/x.h"\n'),
            ('plugins/fleet/ctl/x.c', '#include "core/ctl/reeve-ctl.h"\n'),
            ('plugins/fleet/ctl/x.c', '#include "reeve-ctl-x.h"\n'),
            ('plugins/fleet/probe/x.c', '#include "core/probe/reeve-probe.h"\n#include "x.h"\n'),
            ('plugins/fleet/x.c', '#include "plugins/fleet/probe/x.h"\n'),
            ('plugins/fleet/x.c', '#include "x.h"\n#include <reeve/monitor.h>\n#include <glib.h>\n'),
            ('plugins/fleet/tests/x.c', '#include "../x.h"\n#include "tests/lib/y.h"\n')]

    def applies(self, path):
        return lint.is_c(path) and path.startswith(('core/', 'plugins/'))

    def allowed(self, path, other):
        here, there = room(path), room(other)
        if '/ctl/' in path and here.startswith('plugins/'):
            # a plugin's group of commands is a part of reevectl
            return (re.fullmatch(r'core/ctl/reeve-ctl(-\w+)?\.h', other)
                    or os.path.dirname(other) == os.path.dirname(path))
        if '/probe/' in path and here.startswith('plugins/'):
            # a program of its own, with a right: it takes in nothing else
            return (other == 'core/probe/reeve-probe.h'
                    or os.path.dirname(other) == os.path.dirname(path))
        if here == there:
            return True
        if lint.is_test(path):
            return there == 'tests' or there in ('core/reeve', 'core/monitor', 'core/wire')
        if here in MAY:
            return there in MAY[here] and not (
                other.endswith('-private.h') and here != 'core/host')
        if there == 'core/wire':
            return here.split('/')[1] in WIRE_USERS
        return there in ('core/reeve', 'core/monitor') and not other.endswith('-private.h')

    def find(self, path, text):
        for number, m in lint.matches(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]',
                                      lint.without_comments(text)):
            other = target(path, m.group(1), m.group(2))
            if other is not None and not self.allowed(path, other):
                yield number, '%s may not include %s' % (room(path), other)


class DomainWords:
    """Core and host know no metrics, no agents and no protocols."""
    name = 'domain-words'
    words = (r'(?i)(?<![a-z])(metrics?|disks?|cpus?|swap|sensors?|fans?|battery|gpus?|'
             r'filesystems?|nics?|collectors?|samples?|charts?|fingerprints?|websockets?|'
             r'cbor|ssh|sqlite|libsoup|soup|beszel|docker|containers?|agents?|fleets?|hubs?|'
             r'monitor(?:ing|ed)?)(?![a-z])')
    # words that the GLib API or the machine's own vocabulary brings with it
    excused = re.compile(r'g_(?:file|unix_mount)_monitor|GFileMonitor|[Ff]ile.?monitor')
    bad = [('core/host/x.c', 'const char *k = "disk.used";\n'),
           ('core/reeve/x.c', 'int reeve_cpu_usage (void);\n'),
           ('core/host/x.h', 'void reeve_host_add_agent (void);\n')]
    good = [('core/host/x.c', '/* for example an agent */ int resampled;\n'),
            ('core/monitor/x.c', 'const char *k = "disk.used";\n')]

    def applies(self, path):
        return path.startswith(('core/probe/', 'core/reeve/', 'core/host/')) and lint.is_c(path)

    def find(self, path, text):
        code = re.sub(r'^\s*#\s*include.*$', '', lint.without_comments(text), flags=re.M)
        code = re.sub(self.excused, lint.blank, code)
        for number, m in lint.matches(self.words, code):
            yield number, 'a word of the domain: ' + m.group(1)


class PeerName:
    """The peer project's name stands where its protocol is spoken, and in documents."""
    name = 'peer-name'
    rooms = (r'core/wire/|plugins/(?:%s|beszel-[a-z]+)/|docs/|tests/|plugins/[^/]+/tests/|'
             r'(?:.*/)?(?:README|NEWS)[^/]*$' % '|'.join(WIRE_USERS))
    bad = [('plugins/fleet/x.c', '/* as Beszel does */\n'), ('core/monitor/x.h', 'int beszel_x;\n'),
           ('data/x.conf', '# Beszel\n'), ('plugins/web-ui/src/x.ts', '// BESZEL\n')]
    good = [('core/wire/x.c', '/* Beszel */\n'), ('plugins/ws-transport/x.c', '/* Beszel */\n'),
            ('docs/protocol.md', 'Beszel\n'), ('README.md', 'Beszel\n')]

    def applies(self, path):
        return (re.match(self.rooms, path) is None
                and not path.endswith(('.png', '.woff2', '.ico', '.bin')))

    def find(self, path, text):
        for number, _ in lint.matches(r'(?i)beszel', text):
            yield number, "the peer project's name outside of the wire and the transports"


class LogDomain:
    """Each component's fragment sets its log domain."""
    name = 'log-domain'
    bad = [('plugins/x/Makefile-x.am', 'plugin_LTLIBRARIES += plugins/reeve-x.la\n'),
           ('core/x/Makefile-x.am', 'lib_LTLIBRARIES += x.la\n')]
    good = [('plugins/x/Makefile-x.am', 'plugin_LTLIBRARIES += plugins/reeve-x.la\n'
             'x_CPPFLAGS = -DG_LOG_DOMAIN=\'"reeve-x"\'\n'),
            ('plugins/x/Makefile-x.am', '#plugin_LTLIBRARIES += plugins/reeve-x.la\n')]

    def applies(self, path):
        return re.match(r'(core|plugins)/[^/]+/Makefile-.*\.am$', path) is not None

    def find(self, path, text):
        builds = re.search(r'^\w+_(LTLIBRARIES|PROGRAMS) \+=', text, re.M)
        if builds and 'G_LOG_DOMAIN' not in text:
            yield lint.line_of(text, builds.start()), 'no G_LOG_DOMAIN in this fragment'


if __name__ == '__main__':
    lint.run([Includes(), DomainWords(), PeerName(), LogDomain()])
