#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How quick the page is on a hub of 10,000 systems, some of them with a year of history.

BENCH_SYSTEMS (10000) is how many systems the hub knows, BENCH_YEARS (10,20,50,100) how many of them
carry a full year in all tiers, the others carry their last hour; BENCH_PAGE_LINKS (1000) are linked
and polled each 10 s while the page looks on; a hub with ten, all linked, is looked at first. bench-fill writes the past through the store's own
parts. The page itself is measured in chromium by plugins/web-ui/tests/browser/bench.mjs.
docs/performance.md says more.
"""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from benchlib import (BENCH, SECONDS, SRCDIR, Hub, Player, Skip, Window, head, main, page_of, row)  # noqa: E402

SYSTEMS = int(os.environ.get('BENCH_SYSTEMS', '10000'))
YEARS = [int(n) for n in os.environ.get('BENCH_YEARS', '10,20,50,100').split(',')]
LINKS = int(os.environ.get('BENCH_PAGE_LINKS', '1000'))
FEW = 10
ROOM = 2 << 30      # bytes of disk that the file may take
TOGETHER = 3600     # seconds, after which nothing here can still be right
DAY = 24 * 3600
RANGES = (('an hour', 3600), ('a week', 7 * DAY), ('30 days', 30 * DAY), ('a year', 365 * DAY))


def check_room(programs):
    free = shutil.disk_usage(programs.base).free
    if free < ROOM * 1.2:
        raise Skip('%d MB are free where temporary files go, %d are needed' % (free >> 20, ROOM * 1.2 / (1 << 20)))
    if shutil.which('chromium') is None or shutil.which('node') is None:
        raise Skip('chromium and node are not installed')
    if not page_of(programs.base).endswith('dist'):
        raise Skip('the page was not built')


def file_of(hub):
    return os.path.join(hub.state, 'reeve.db')


def pages_of(hub):
    """Bytes of the file that hold something: what was sealed has left free pages behind."""
    with contextlib.closing(sqlite3.connect(file_of(hub))) as file:
        size, count, free = (file.execute('PRAGMA ' + name).fetchone()[0]
                             for name in ('page_size', 'page_count', 'freelist_count'))
    return size * (count - free)


def fill(programs, hub, systems, days):
    """The past of so many systems; what bench-fill says of it."""
    done = subprocess.run([os.path.join(BENCH, 'bench-fill'), '--database', file_of(hub), '--days', str(days)],
                          env=programs.env, input='\n'.join(systems), encoding='ascii', check=True,
                          stdout=subprocess.PIPE)
    size = os.path.getsize(file_of(hub))
    if size > ROOM:
        raise AssertionError('the file takes %d MB' % (size >> 20))
    return json.loads(done.stdout.splitlines()[-1])


def measure_ranges(hub, systems, years):
    """What a chart's question costs, of systems with a year."""
    now = time.time()
    for name, span in RANGES:
        paths = ['/api/v1/systems/%s/history?from=%d&to=%d&points=600&spread=true'
                 % (system, now - span, now) for system in systems]
        times, window = [], Window(hub.process)
        for path in (paths * 100)[:100]:
            start = time.monotonic()
            hub.ask('GET', path)
            times.append((time.monotonic() - start) * 1000)
        times.sort()
        row('%d years: %s of all kinds, 600 points, p50 / p99' % (years, name),
            '%.1f / %.1f ms' % (times[50], times[98]), '300 ms')
        row('    CPU of the hub', '%.1f ms' % (window.end()[1] / 100 / 1000))


def measure_trends(hub, ids):
    """What the small pictures of one window of the list cost."""
    path = '/api/v1/trends?metrics=cpu.usage,memory.usage&points=60&systems=' + ','.join(ids[-50:])
    latency, cpu = hub.latency(path, 50)
    row('trends of 50 systems, 2 metrics, an hour, p50 / p99', '%.1f / %.1f ms' % latency)
    row('    CPU of the hub', '%.1f ms' % (cpu / 1000))


def browse(programs, hub, system=''):
    """What the browser's part measured, and the hub's CPU a second while it only looked; without a system
    the first view alone."""
    done = subprocess.Popen([shutil.which('node'), os.path.join(SRCDIR, 'plugins', 'web-ui', 'tests',
                                                           'browser', 'bench.mjs')],
                            env={**programs.env, 'REEVE_URL': hub.open_plain(), 'REEVE_SYSTEM': system,
                                 'BENCH_SECONDS': str(SECONDS)},
                            encoding='ascii', stdout=subprocess.PIPE)
    figures = {}
    for line in done.stdout:
        event = json.loads(line)
        if event.get('begin'):
            window = Window(hub.process)
        elif event.get('end'):
            took, spent, _ = window.end()
            figures[event['end'] + '-hub'] = spent / took
        else:
            figures.update(event)
    if done.wait() != 0:
        raise AssertionError('the browser\'s part failed')
    return figures


def print_first(name, figures, aims):
    row('%s: fleet page, a row is drawn, median of 5' % name, '%.0f ms' % figures['row'], aims[0])
    row('    interactive: a press on the first row\'s box is drawn', '%.0f ms' % figures['press'], aims[1])
    row('    over the wire, cold; requests', '%.0f kB, %d' % (figures['bytes'] / 1000, figures['requests']), '100 kB')


def print_page(name, figures):
    print_first(name, figures, ('500 ms', ''))
    row('    a frame of scrolling, p50 / p99, the longest', '%.0f / %.0f, %.0f ms' % tuple(figures['frames']), '17 ms')
    row('    looks on: renderer, hub, of a CPU',
        '%.1f %%, %.1f %%' % (figures['fleet'] * 100, figures['fleet-hub'] / 1e4))
    row('%s: system page, charts of 30 days are drawn' % name, '%.0f ms' % figures['charts'])
    row('    a zoom by dragging is drawn, median / longest', '%.0f / %.0f ms' % tuple(figures['zoom']), '300 ms')
    row('    looks on: renderer, hub, of a CPU',
        '%.1f %%, %.1f %%' % (figures['system'] * 100, figures['system-hub'] / 1e4))


def measure_few(programs):
    """The first view of a hub as most people have it."""
    hub = Hub(programs, 'few', 10)
    player = Player(programs, hub, [each['token'] for each in hub.add_many(FEW)], 1)
    print_first('%d systems, all linked' % FEW, browse(programs, hub), ('500 ms', '300 ms'))
    programs.stop(player.process)
    programs.stop(hub.process)


def measure_browser(programs, hub, added):
    system = added[0]['system']
    print_page('none of them linked', browse(programs, hub, system))
    player = Player(programs, hub, [each['token'] for each in added[:LINKS]], 1)
    print_page('%d of them linked' % LINKS, browse(programs, hub, system))
    programs.stop(player.process)


def measure(programs):
    check_room(programs)
    head('the page, of a hub with %d systems (load %.1f)' % (FEW, os.getloadavg()[0]))
    measure_few(programs)
    hub = Hub(programs, 'page', 10)
    added = hub.add_many(SYSTEMS)
    ids = [each['system'] for each in added]
    head('the page, of a hub with %d systems (load %.1f)' % (SYSTEMS, os.getloadavg()[0]))
    programs.stop(hub.process)
    took = fill(programs, hub, ids[YEARS[-1]:], 0)
    row('an hour of %d systems: file' % took['systems'], '%d MB' % (os.path.getsize(file_of(hub)) >> 20))
    before = 0
    for years in YEARS:
        size = pages_of(hub)
        fill(programs, hub, ids[before:years], 365)
        grown = pages_of(hub) - size
        row('%d years: file' % years, '%d MB' % (os.path.getsize(file_of(hub)) >> 20), '2048 MB')
        if before:      # the first ones come while the hour of all is sealed
            row('    each year added', '%.1f MB' % (grown / (years - before) / (1 << 20)))
        before = years
        row('    start until it is ready', '%.2f s' % hub.start())
        measure_ranges(hub, ids[:years], years)
        if years == YEARS[-1]:
            measure_trends(hub, ids)
            measure_browser(programs, hub, added)
        programs.stop(hub.process)


if __name__ == '__main__':
    sys.exit(main('the page', measure, (), TOGETHER))
