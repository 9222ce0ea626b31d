#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a hub with many links costs, of the built programs, and what it does with 10,000 systems.

A real hub polls the agents of bench-player. CPU is the scheduler's run time of all threads, memory
is smaps_rollup. BENCH_SECONDS (30) is each window, BENCH_SYSTEMS (10000) how many systems the hub
knows, of which BENCH_LINKS (1000,5000) are linked when memory is looked at; BENCH_RATES
(17,600,2000) are the samples a second, BENCH_DAYS (30) the past of one system. docs/performance.md
says more.
"""

import os
import platform
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from benchlib import (BENCH, SECONDS, Hub, Player, Viewer, Window, head, main, memory_of,  # noqa: E402
                      row, wait_for)

SYSTEMS = int(os.environ.get('BENCH_SYSTEMS', '10000'))
LINKS = [int(n) for n in os.environ.get('BENCH_LINKS', '1000,5000').split(',')]
RATES = [int(n) for n in os.environ.get('BENCH_RATES', '17,600,2000').split(',')]
DAYS = int(os.environ.get('BENCH_DAYS', '30'))
SLOW = 60           # seconds between two polls of a link where few samples are wanted
STEPS = 10          # in which the fleet asks so many in an interval
SEEN = 100          # rows that a page has in sight
QUERIES = 300       # of each range
TOGETHER = 1800     # seconds, after which nothing here can still be right
AIMS = {17: '80 us', 2000: '30 us'}      # plain, as they were set
FILL = os.path.join(BENCH, 'bench-fill')


# ---- the CPU of a sample --------------------------------------------------------------


def measure_load(hub, floor, player, rate, interval, idle):
    """Per sample, the idle rate taken off."""
    before, window, below = player.stats(), Window(hub.process), Window(floor)
    time.sleep(max(SECONDS // interval, 1) * interval)
    took, spent, first = window.end()
    floor_took, floor_spent, _ = below.end()
    after = player.stats()
    samples = after['samples'] - before['samples']

    def each(key):
        return (after[key] - before[key]) / samples

    return {'rate': samples / took, 'samples': samples, 'values': after['values'],
            'cpu': (spent - idle[0] * took) / samples,
            'main': (first - idle[1] * took) / samples,
            'floor': floor_spent / (floor_took * rate),
            'bytes': each('sample_bytes'), 'request': each('request_bytes')}


def measure_rate(programs, hub, tokens, rate, level, idle, tls=False):
    """One load; the floor asks in the steps in which the fleet does."""
    interval = SLOW if rate * SLOW <= 2000 else 1
    links = rate * interval
    hub.set_interval(interval)
    floor = programs.start('floor', [os.path.join(BENCH, 'bench-floor'), 'hub', str(links), str(rate),
                                     str(interval * 1000 // STEPS)], stdin=subprocess.PIPE)
    player = Player(programs, hub, tokens[:links], level, tls)
    # the begin of a link is not in the figures, and its moments are its own from the third request on
    time.sleep(max(2 * interval, 12))
    result = measure_load(hub, floor, player, rate, interval, idle)
    programs.stop(floor)
    return player, result


def print_load(name, load, aim):
    row('%s, %.0f/s' % (name, load['rate']), '%.0f us' % load['cpu'], aim)
    row('    of it the main thread', '%.0f us' % load['main'])
    row('    the floor beside it', '%.0f us' % load['floor'])
    row('    ratio', '%.2f' % (load['cpu'] / load['floor']))


def print_wire(name, load):
    row('wire: a sample of %d values, %s' % (load['values'], name), '%.0f B' % load['bytes'])
    row('    its request', '%.0f B' % load['request'])


def measure_page(hub, player, added):
    """What a page costs that has the list in sight."""
    viewer = Viewer(hub, [each['system'] for each in added[:SEEN]])
    time.sleep(1)
    before, window = player.stats(), Window(hub.process)
    time.sleep(SECONDS / 2)
    took, spent, _ = window.end()
    samples = player.stats()['samples'] - before['samples']
    row('the same while a page sees %d rows, %.0f/s' % (SEEN, samples / took), '%.0f us' % (spent / samples))
    viewer.close()


def measure_loads(programs, hub, added, idle):
    tokens = [each['token'] for each in added]
    head('hub: CPU of a sample')
    for rate in RATES:
        player, stock = measure_rate(programs, hub, tokens, rate, 0, idle)
        print_load('stock', stock, AIMS.get(rate, ''))
        programs.stop(player.process)
    player, load = measure_rate(programs, hub, tokens, RATES[-1], 1, idle)
    print_load('extension 1', load, AIMS.get(RATES[-1], ''))
    measure_page(hub, player, added)
    programs.stop(player.process)
    print_wire('stock', stock)
    print_wire('extension 1', load)


def measure_tls(programs, hub, tokens, idle):
    head('hub: CPU of a sample over TLS')
    for rate in RATES:
        player, load = measure_rate(programs, hub, tokens, rate, 1, idle, True)
        print_load('extension 1, TLS', load, '')
        programs.stop(player.process)


# ---- memory ---------------------------------------------------------------------------


# A link never offers less than before: levels and TLS only rise from one measurement to the next. Each
# has a hub of its own, since what an earlier one took for a while stays with the process.
def measure_memory(programs, hub, tokens):
    head('hub: memory of a link')
    for links, tls in [(links, tls) for tls in (False, True) for links in LINKS]:
        programs.stop(hub.process)
        hub.configure(60)
        hub.start()
        before = memory_of(hub.process)
        player = Player(programs, hub, tokens[:links], 1, tls)
        wait_for('a sample of each', lambda: player.stats()['samples'] >= links, player.process)
        time.sleep(5)       # what was on its way is stored
        after = memory_of(hub.process)
        row('RSS with %d links%s' % (links, ', TLS' if tls else ''), '%d KiB' % after['Rss'],
            '%d KiB' % (40000 + 12 * links))
        row('    private dirty of a link, with its last sample', '%.1f KiB' %
            ((after['Private_Dirty'] - before['Private_Dirty']) / links), '12 KiB')
        programs.stop(player.process)


# ---- 10,000 systems -------------------------------------------------------------------


def measure_start(programs, hub):
    """The start with all systems known."""
    head('hub: start with %d systems' % SYSTEMS)
    took = hub.start()
    spent = sum(Window(hub.process).before.values())
    memory = memory_of(hub.process)
    row('until it is ready', '%.2f s' % took)
    row('    its CPU, signing in included', '%.2f s' % (spent / 1e6))
    row('RSS', '%d KiB' % memory['Rss'], '40000 KiB')


def measure_list(hub):
    head('hub: the list of %d systems by HTTP, p50 / p99' % SYSTEMS)
    for what, query, n in (('the first %d by name' % SEEN, '?limit=%d' % SEEN, 50),
                           ('by state and usage of CPU', '?sort=state,-cpu.usage&limit=%d' % SEEN, 50),
                           ('with a word', '?filter=system&limit=%d' % SEEN, 50),
                           ('one page of 1000', '?limit=1000', 20)):
        latency, cpu = hub.latency('/api/v1/systems' + query, n)
        row(what, '%.1f / %.1f ms' % latency, '500 ms')
        row('    its CPU', '%.1f ms' % (cpu / 1000))


# ---- the past -------------------------------------------------------------------------


def fill(hub, system):
    """A past for one system, sealed and rolled up, while the hub does not run. False: there is no FILL."""
    if not os.path.exists(FILL):
        return False
    subprocess.run([FILL, '--database', os.path.join(hub.state, 'reeve.db'), '--days', str(DAYS)],
                   input=system, encoding='ascii', check=True, stdout=subprocess.DEVNULL, timeout=600)
    return True


def measure_ranges(hub, system):
    head('hub: ranges of one system\'s history by HTTP, p50 / p99')
    path, now = '/api/v1/systems/%s/history' % system, time.time()
    for what, days, points, kinds in (('an hour, all kinds', 1 / 24, 360, ''),
                                      ('a day, all kinds, 90 points', 1, 90, ''),
                                      ('%d days, all kinds, 90 points' % DAYS, DAYS, 90, ''),
                                      ('%d days, all kinds, 360 points' % DAYS, DAYS, 360, ''),
                                      ('%d days, processors, 360 points' % DAYS, DAYS, 360, 'cpu')):
        latency, cpu = hub.latency('%s?from=%.0f&to=%.0f&points=%d&kinds=%s'
                                   % (path, now - days * 86400, now, points, kinds), QUERIES)
        row(what, '%.2f / %.2f ms' % latency, '1 / 5 ms')
        row('    its CPU', '%.2f ms' % (cpu / 1000))


# ---- all of it ------------------------------------------------------------------------


def measure_empty(hub):
    """Systems without links; what they were given, and what the hub spends on nothing."""
    head('the hub, of %s (%d processors, Linux %s, load %.1f)'
         % (platform.machine(), os.cpu_count(), platform.release(), os.getloadavg()[0]))
    empty = memory_of(hub.process)
    row('RSS, private dirty without systems', '%d, %d KiB' % (empty['Rss'], empty['Private_Dirty']))
    begun, window = time.monotonic(), Window(hub.process)
    added = hub.add_many(SYSTEMS)
    row('%d systems added by HTTP' % SYSTEMS, '%.1f s' % (time.monotonic() - begun))
    row('    CPU of one', '%.0f us' % (window.end()[1] / SYSTEMS))
    time.sleep(3)
    window = Window(hub.process)
    time.sleep(10)
    took, spent, first = window.end()
    row('CPU with %d systems and no link' % SYSTEMS, '%.0f us/s' % (spent / took))
    return added, (spent / took, first / took)


def measure(programs):
    hub = Hub(programs, 'large', SLOW)
    added, idle = measure_empty(hub)
    tokens = [each['token'] for each in added]
    measure_loads(programs, hub, added, idle)
    programs.stop(hub.process)
    filled = fill(hub, added[-1]['system'])
    measure_start(programs, hub)
    if filled:
        measure_ranges(hub, added[-1]['system'])
    measure_memory(programs, hub, tokens)
    measure_tls(programs, hub, tokens, idle)
    measure_list(hub)


if __name__ == '__main__':
    sys.exit(main('the hub', measure, (), TOGETHER))
