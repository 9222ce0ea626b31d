#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a hub with many links costs, of the built programs, and what it does with 10,000 systems.

A real hub polls the agents of bench-player. CPU is the scheduler's run time of all threads, memory
is smaps_rollup. BENCH_SECONDS (30) is each window, BENCH_SYSTEMS (10000) how many systems the hub
knows, of which BENCH_LINKS (1000,5000) are linked when memory is looked at; BENCH_RATES
(17,600,2000) are the samples a second. docs/performance.md says more.
"""

import os
import platform
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from benchlib import (BENCH, SECONDS, Hub, Player, Viewer, Window, head, main, memory_of, row,  # noqa: E402
                      wait_for)

SYSTEMS = int(os.environ.get('BENCH_SYSTEMS', '10000'))
LINKS = [int(n) for n in os.environ.get('BENCH_LINKS', '1000,5000').split(',')]
RATES = [int(n) for n in os.environ.get('BENCH_RATES', '17,600,2000').split(',')]
SLOW = 10           # seconds between two polls of a link where few are enough
TOGETHER = 1800     # seconds, after which nothing here can still be right
AIMS = {17: '80 us', 2000: '30 us'}


def measure_load(hub, floor, player, rate, idle):
    """Per sample, the idle rate taken off."""
    before, window, below = player.stats(), Window(hub.process), Window(floor)
    time.sleep(SECONDS)
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
    """One load, and what the page costs beside it."""
    interval = SLOW if rate * SLOW <= 400 else 1
    links = rate * interval
    hub.set_interval(interval)
    floor = programs.start('floor', [os.path.join(BENCH, 'bench-floor'), 'hub', str(links),
                                     str(rate)], stdin=subprocess.PIPE)
    player = Player(programs, hub, tokens[:links], level, tls)
    time.sleep(1.2 * SLOW)      # the begin of a link is not in the figures
    result = measure_load(hub, floor, player, rate, idle)
    programs.stop(floor)
    return player, result


def print_load(name, load, aim):
    row('hub: CPU of a sample, %s, %.0f/s' % (name, load['rate']), '%.0f us' % load['cpu'], aim)
    row('    of it the main thread', '%.0f us' % load['main'])
    row('    the floor beside it', '%.0f us' % load['floor'])
    row('    ratio', '%.2f' % (load['cpu'] / load['floor']))


def measure_loads(programs, hub, added, idle):
    tokens = [each['token'] for each in added]
    for rate in RATES:
        player, load = measure_rate(programs, hub, tokens, rate, 0, idle)
        print_load('stock', load, AIMS.get(rate, ''))
        if rate == RATES[0]:
            latency, cpu = hub.latency('/api/v1/systems/%s/history' % added[0]['system'], 200)
            row('hub: one system\'s history by HTTP, p50 / p99', '%.2f / %.2f ms' % latency, '1 / 5 ms')
            row('    its CPU', '%.0f us' % cpu)
            stock = load
        programs.stop(player.process)
    player, load = measure_rate(programs, hub, tokens, RATES[-1], 1, idle)
    print_load('extension 1', load, AIMS.get(RATES[-1], ''))
    viewer = Viewer(hub, [each['system'] for each in added[:50]])
    time.sleep(1)
    before, window = player.stats(), Window(hub.process)
    time.sleep(SECONDS / 2)
    took, spent, _ = window.end()
    samples = player.stats()['samples'] - before['samples']
    row('hub: the same, a page looks at 50 of the fleet, %.0f/s' % (samples / took), '%.0f us' % (spent / samples))
    viewer.close()
    programs.stop(player.process)
    for name, each in ('stock', stock), ('extension 1', load):
        row('wire: a sample of %d values, %s' % (each['values'], name), '%.0f B' % each['bytes'])
        row('    its request', '%.0f B' % each['request'])


def measure_tls(programs, hub, tokens, idle):
    for rate in RATES:
        player, load = measure_rate(programs, hub, tokens, rate, 1, idle, True)
        print_load('extension 1, TLS', load, AIMS.get(rate, ''))
        programs.stop(player.process)


# A link never offers less than before: levels and TLS only rise from one measurement to the next.
def measure_memory(programs, hub, tokens):
    hub.set_interval(60)
    before = memory_of(hub.process)
    for links, tls in [(links, tls) for tls in (False, True) for links in LINKS]:
        player = Player(programs, hub, tokens[:links], 1, tls)
        wait_for('a sample of each', lambda: player.stats()['samples'] >= links, player.process)
        time.sleep(5)       # what was on its way is stored
        after = memory_of(hub.process)
        row('hub: RSS with %d links%s' % (links, ', TLS' if tls else ''), '%d KiB' % after['Rss'],
            '%d KiB' % (40000 + 12 * links))
        row('    private dirty of a link, with its last sample', '%.1f KiB' %
            ((after['Private_Dirty'] - before['Private_Dirty']) / links), '12 KiB')
        programs.stop(player.process)
        time.sleep(3)


def measure_start(programs, hub):
    """The start with all systems known."""
    programs.stop(hub.process)
    took = hub.start()
    spent = sum(Window(hub.process).before.values())
    memory = memory_of(hub.process)
    row('hub: start with %d systems, until it is ready' % SYSTEMS, '%.2f s' % took)
    row('    its CPU, signing in included', '%.2f s' % (spent / 1e6))
    row('    RSS', '%d KiB' % memory['Rss'], '40000 KiB')


def measure_list(hub):
    """Last, since what it takes for a moment stays with the process."""
    for what, query in (('by name', ''), ('by state and usage of CPU', '&sort=state,-cpu.usage'),
                        ('with a word', '&filter=bench')):
        latency, cpu = hub.latency('/api/v1/systems?limit=100' + query, 50)
        row('hub: 100 of %d systems by HTTP, %s, p50 / p99' % (SYSTEMS, what), '%.1f / %.1f ms' % latency, '500 ms')
        row('    its CPU', '%.1f ms' % (cpu / 1000))


def measure(programs):
    hub = Hub(programs, 'large', SLOW)
    head('the hub, of %s (%d processors, Linux %s, load %.1f)'
         % (platform.machine(), os.cpu_count(), platform.release(), os.getloadavg()[0]))
    empty = memory_of(hub.process)
    row('hub: RSS, private dirty without systems', '%d, %d KiB' % (empty['Rss'], empty['Private_Dirty']))
    begun, window = time.monotonic(), Window(hub.process)
    added = hub.add_many(SYSTEMS)
    row('hub: %d systems added by HTTP' % SYSTEMS, '%.1f s' % (time.monotonic() - begun))
    row('    CPU of one', '%.0f us' % (window.end()[1] / SYSTEMS))
    time.sleep(3)
    window = Window(hub.process)
    time.sleep(10)
    took, spent, first = window.end()
    row('hub: CPU with %d systems and no link' % SYSTEMS, '%.0f us/s' % (spent / took))
    idle = spent / took, first / took
    tokens = [each['token'] for each in added]
    measure_loads(programs, hub, added, idle)
    measure_start(programs, hub)
    measure_memory(programs, hub, tokens)
    measure_tls(programs, hub, tokens, idle)
    measure_list(hub)


if __name__ == '__main__':
    sys.exit(main('the hub', measure, (), TOGETHER))
