#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a hub with many links and an agent at one sample a second cost, of the built programs.

Two real hubs with folders of their own: one is asked by nobody and polls the agents of
bench-player, the other polls one real agent each second because a live stream looks at it, beside
the floor program. CPU is the scheduler's run time of all threads, memory is smaps_rollup.
BENCH_LINKS (200), BENCH_SECONDS (30) of each window. docs/performance.md says more.
"""

import http.client
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

BUILDDIR = os.path.abspath(os.environ.get('REEVE_TEST_BUILDDIR', '.'))
SRCDIR = os.path.abspath(os.environ.get('REEVE_TEST_SRCDIR', '.'))
BENCH = os.path.join(BUILDDIR, 'tests', 'bench')
LINKS = int(os.environ.get('BENCH_LINKS', '200'))
SECONDS = int(os.environ.get('BENCH_SECONDS', '30'))
INTERVAL = 10       # of the polls, seconds: the least that the fleet takes
RATE = max(1, LINKS // INTERVAL)
SETTLE = 1.2 * INTERVAL
PATIENCE = 60       # for anything that should happen soon
AGENT_SAMPLES = 100
ALL_TOGETHER = 900  # seconds, after which nothing here can still be right


class Skip(Exception):
    """Something is not there that the figures need."""


# ---- reading processes ----------------------------------------------------------------


def threads_of(pid):
    """Run time in microseconds by (thread, name)."""
    times = {}
    for task in os.listdir('/proc/%d/task' % pid):
        folder = '/proc/%d/task/%s' % (pid, task)
        try:
            with open(folder + '/schedstat', encoding='ascii') as f:
                spent = int(f.read().split()[0]) / 1000
            with open(folder + '/comm', encoding='utf-8', errors='replace') as f:
                times[task, f.read().strip()] = spent
        except OSError:
            continue    # it has ended meanwhile
    return times


class Window:
    """What a process spends from here on."""

    def __init__(self, process):
        self.pid = process.pid
        self.start = time.monotonic()
        self.before = threads_of(self.pid)

    def end(self):
        """(seconds, microseconds of all threads, microseconds of the first thread)"""
        after = threads_of(self.pid)
        spent = {key: value - self.before.get(key, 0) for key, value in after.items()}
        first = sum(value for (task, _), value in spent.items() if int(task) == self.pid)
        return time.monotonic() - self.start, sum(spent.values()), first


def memory_of(process):
    """KiB by name."""
    result = {}
    with open('/proc/%d/smaps_rollup' % process.pid, encoding='ascii') as f:
        for line in f.readlines()[1:]:
            name, value = line.split(':')
            result[name] = int(value.split()[0])
    return result


# ---- the programs ---------------------------------------------------------------------


class Programs:
    """Everything that was started; close() leaves nothing."""

    def __init__(self):
        self.base = tempfile.mkdtemp(prefix='reeve-bench-')
        os.chmod(self.base, 0o755)
        self.running = []
        self.env = {k: v for k, v in os.environ.items()
                    if k not in ('G_DEBUG', 'G_SLICE', 'MALLOC_PERTURB_', 'STATE_DIRECTORY')
                    and not k.startswith(('LISTEN_', 'NOTIFY_', 'WATCHDOG_'))}

    def start(self, name, command, **options):
        path = os.path.join(self.base, name + '.log')
        with open(path, 'wb') as log:
            process = subprocess.Popen(command, env=self.env, stderr=log, **options)
        process.log = path
        self.running.append(process)
        return process

    def stop(self, process):
        if process.stdin is not None:
            process.stdin.close()
        elif process.poll() is None:
            process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
        self.running.remove(process)

    def close(self):
        for process in list(reversed(self.running)):
            self.stop(process)
        shutil.rmtree(self.base, ignore_errors=True)


def log_of(process):
    with open(process.log, encoding='utf-8', errors='replace') as f:
        return f.read()


def wait_for(what, check, *processes):
    end = time.monotonic() + PATIENCE
    while not check():
        for process in processes:
            if process.poll() is not None:
                raise AssertionError('it ended before %s:\n%s' % (what, log_of(process)[-3000:]))
        if time.monotonic() > end:
            logs = '\n'.join(log_of(process)[-3000:] for process in processes)
            raise AssertionError('no %s within %d s:\n%s' % (what, PATIENCE, logs))
        time.sleep(0.05)


def page_of(base):
    """The built page, or one that is as good here."""
    built = os.path.join(BUILDDIR, 'plugins', 'web-ui', 'dist')
    if os.path.exists(os.path.join(built, 'manifest.json')):
        return built
    folder = os.path.join(base, 'page')
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'index.html'), 'w', encoding='ascii'):
        pass
    empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    entry = {'path': '/index.html', 'type': 'text/html', 'sha256': empty}
    with open(os.path.join(folder, 'manifest.json'), 'w', encoding='ascii') as f:
        json.dump({'version': 1, 'index': '/index.html', 'files': [entry]}, f)
    return folder


class Hub:
    """A real hub on a port of its own, and one signed-in session."""

    def __init__(self, programs, name):
        self.state = os.path.join(programs.base, name)
        os.mkdir(self.state, 0o700)
        config = os.path.join(programs.base, name + '.conf')
        with open(config, 'w', encoding='utf-8') as f:
            f.write('[plugin front]\nlisten=127.0.0.1:0\n\n[plugin fleet]\npoll-interval=%ds\n\n'
                    '[plugin web-ui]\npage-directory=%s\n' % (INTERVAL, page_of(programs.base)))
        self.process = programs.start(name, [
            os.path.join(BUILDDIR, 'reeved'), 'hub', '--config', config, '--state-dir', self.state,
            '--plugin-dir', os.path.join(BUILDDIR, 'plugins', '.libs')], stdin=subprocess.DEVNULL)
        wait_for('ready hub', lambda: 'host: ready: ' in log_of(self.process), self.process)
        done = subprocess.run([os.path.join(BUILDDIR, 'reevectl'), '--json', '--state-dir',
                               self.state, 'open'], env=programs.env, check=True,
                              stdout=subprocess.PIPE, timeout=PATIENCE)
        url, secret = json.loads(done.stdout)['url'].split('/#open=')
        self.port = int(url.rpartition(':')[2])
        self.headers = {'Origin': url, 'Sec-Fetch-Site': 'same-origin',
                        'Content-Type': 'application/json'}
        self.connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=PATIENCE)
        token = self.ask('POST', '/api/v1/session', {'secret': secret})['token']
        self.headers['Authorization'] = 'Bearer ' + token

    def ask(self, verb, path, body=None):
        self.connection.request(verb, path, json.dumps(body) if body is not None else None,
                                self.headers)
        answer = self.connection.getresponse()
        data = answer.read()
        if answer.status not in (200, 201):
            raise AssertionError('%s %s: %d %s' % (verb, path, answer.status, data[:500]))
        return json.loads(data)

    def add(self, name):
        """{'system', 'token', 'key'}"""
        return self.ask('POST', '/api/v1/systems', {'name': name})

    def latency(self, path, n):
        """(median, 99th of a hundred) in milliseconds, CPU of one in microseconds."""
        self.connection.close()     # it may have been idle for too long; the next request opens it
        self.ask('GET', path)
        times, window = [], Window(self.process)
        for _ in range(n):
            start = time.monotonic()
            self.ask('GET', path)
            times.append((time.monotonic() - start) * 1000)
        _, spent, _ = window.end()
        times.sort()
        return (times[n // 2], times[min(n - 1, n * 99 // 100)]), spent / n


class Viewer(threading.Thread):
    """Reads a live stream and counts the samples in it."""

    def __init__(self, hub, query):
        super().__init__(daemon=True)
        self.samples = 0
        self.connection = http.client.HTTPConnection('127.0.0.1', hub.port, timeout=PATIENCE)
        self.connection.request('GET', '/api/v1/live' + query, None, hub.headers)
        self.answer = self.connection.getresponse()
        if self.answer.status != 200:
            raise AssertionError('live: %d %s' % (self.answer.status, self.answer.read(500)))
        self.start()

    def run(self):
        try:
            for line in self.answer:
                self.samples += line.startswith(b'event: sample')
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass    # closed

    def close(self):
        if self.connection.sock is not None:
            self.connection.sock.shutdown(2)
        self.join(PATIENCE)
        self.answer.close()
        self.connection.close()


class Player:
    def __init__(self, programs, hub, tokens, level):
        path = os.path.join(programs.base, 'tokens')
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w',
                  encoding='ascii') as f:
            f.write('\n'.join(tokens) + '\n')
        self.process = programs.start('player%d' % level, [
            os.path.join(BENCH, 'bench-player'), '--port', str(hub.port), '--tokens', path,
            '--count', str(len(tokens)), '--seconds', str(3 * PATIENCE + 2 * SECONDS), '--level',
            str(level)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        wait_for('%d links' % len(tokens), lambda: self.stats()['links'] == len(tokens),
                 self.process)

    def stats(self):
        self.process.stdin.write(b'stats\n')
        self.process.stdin.flush()
        stats = json.loads(self.process.stdout.readline())
        if stats['lost'] > 0 or stats['error']:
            raise AssertionError('%d links were lost: %s' % (stats['lost'], stats['error']))
        return stats


# ---- the agent ------------------------------------------------------------------------


class AgentBench:
    """A real agent at one sample a second beside the floor, in the background."""

    def __init__(self, programs):
        self.hub = Hub(programs, 'small')
        added = self.hub.add('agent')
        base = os.path.join(programs.base, 'agent')
        os.mkdir(base, 0o700)
        with open(os.open(base + '.token', os.O_WRONLY | os.O_CREAT, 0o600), 'w',
                  encoding='ascii') as f:
            f.write(added['token'] + '\n')
        with open(base + '.conf', 'w', encoding='utf-8') as f:
            f.write('[plugin reporter]\nurl=ws://127.0.0.1:%d\nhub-key=%s\ntoken-file=%s\n'
                    % (self.hub.port, added['key'], base + '.token'))
        self.agent = programs.start('agent', [
            os.path.join(BUILDDIR, 'reeved'), 'agent', '--config', base + '.conf', '--state-dir',
            base, '--plugin-dir', os.path.join(BUILDDIR, 'plugins', '.libs')],
            stdin=subprocess.DEVNULL)
        wait_for('link of the agent', lambda: 'linked to' in log_of(self.agent), self.agent)
        self.fresh = memory_of(self.agent)
        self.floor = programs.start('floor', [os.path.join(BENCH, 'bench-floor'), 'agent'],
                                    stdin=subprocess.PIPE)
        self.linked = programs.start('linked-floor', [os.path.join(BENCH, 'bench-floor'),
                                                      'linked-agent'], stdin=subprocess.PIPE)
        self.viewer = Viewer(self.hub, '?system=' + added['system'])
        wait_for('live samples', lambda: self.viewer.samples >= 5, self.agent, self.floor)
        self.first = self.viewer.samples
        self.windows = Window(self.agent), Window(self.floor), Window(self.linked)

    def end(self):
        """Waits for enough samples; a dict."""
        wait_for('%d samples' % AGENT_SAMPLES, lambda: self.viewer.samples >= AGENT_SAMPLES,
                 self.agent, self.floor)
        (_, agent, _), (seconds, floor, _), (_, linked, _) = [w.end() for w in self.windows]
        samples = self.viewer.samples - self.first
        result = {'samples': samples, 'agent': agent / samples, 'floor': floor / seconds,
                  'linked': linked / seconds, 'fresh': self.fresh, 'memory': memory_of(self.agent)}
        self.viewer.close()
        return result


# ---- the hub --------------------------------------------------------------------------


def measure_load(hub, floor, player, idle, seconds):
    """Per sample, the idle rate taken off."""
    before, window, below = player.stats(), Window(hub.process), Window(floor)
    time.sleep(seconds)
    took, spent, first = window.end()
    floor_took, floor_spent, _ = below.end()
    after = player.stats()
    samples = after['samples'] - before['samples']

    def each(key):
        return (after[key] - before[key]) / samples

    return {'rate': samples / took, 'samples': samples, 'values': after['values'],
            'cpu': (spent - idle[0] * took) / samples,
            'main': (first - idle[1] * took) / samples,
            'floor': floor_spent / (floor_took * RATE),
            'bytes': each('sample_bytes'), 'request': each('request_bytes')}


def measure_hub(programs):
    hub = Hub(programs, 'large')
    added = [hub.add('system-%04d' % i) for i in range(LINKS)]
    tokens = [each['token'] for each in added]
    time.sleep(3)
    result = {'before': memory_of(hub.process)}
    window = Window(hub.process)
    time.sleep(10)
    took, spent, first = window.end()
    idle = spent / took, first / took
    result['idle'] = idle[0]

    floor = programs.start('hub-floor', [os.path.join(BENCH, 'bench-floor'), 'hub', str(LINKS),
                                         str(RATE)], stdin=subprocess.PIPE)
    player = Player(programs, hub, tokens, 0)
    time.sleep(SETTLE)
    result['stock'] = measure_load(hub, floor, player, idle, SECONDS)
    result['after'] = memory_of(hub.process)
    viewer = Viewer(hub, '')
    time.sleep(1)
    result['viewed'] = measure_load(hub, floor, player, idle, SECONDS // 2)
    viewer.close()
    result['list'] = hub.latency('/api/v1/systems', 100)
    result['history'] = hub.latency('/api/v1/systems/%s/history' % added[0]['system'], 200)
    programs.stop(player.process)

    player = Player(programs, hub, tokens, 1)
    time.sleep(SETTLE)
    result['extension'] = measure_load(hub, floor, player, idle, SECONDS)
    programs.stop(player.process)
    return result


# ---- the table ------------------------------------------------------------------------


def row(what, value, aim=''):
    print('| %-58s | %16s | %-22s |' % (what, value, aim))


def print_agent(result):
    memory, fresh = result['memory'], result['fresh']
    row('agent: CPU of a sample at 1 Hz (%d samples)' % result['samples'],
        '%.0f us' % result['agent'])
    row('agent: the floor beside it', '%.0f us' % result['floor'])
    row('agent: ratio', '%.2f' % (result['agent'] / result['floor']), '1.30')
    row('agent: a floor that is asked and answers over loopback', '%.0f us' % result['linked'])
    row('agent: ratio', '%.2f' % (result['agent'] / result['linked']))
    for name, key, aim in (('private dirty', 'Private_Dirty', '1200 KiB'), ('PSS', 'Pss', '7000 KiB')):
        row('agent: %s after %d samples (fresh: %d)' % (name, AGENT_SAMPLES, fresh[key]),
            '%d KiB' % memory[key], aim)


def print_load(name, load, aim):
    row('hub: CPU of a sample, %s, %.0f/s' % (name, load['rate']), '%.0f us' % load['cpu'], aim)
    row('    of it the main thread', '%.0f us' % load['main'])
    row('    the floor beside it', '%.0f us' % load['floor'])
    row('    ratio', '%.2f' % (load['cpu'] / load['floor']))


def print_hub(result):
    before, after = result['before'], result['after']
    print_load('stock', result['stock'], '80 us')
    print_load('stock, a page looks at the fleet', result['viewed'], '80 us')
    print_load('extension 1', result['extension'], '80 us')
    row('hub: CPU with %d systems and no link' % LINKS, '%.0f us/s' % result['idle'])
    for name, key in ('RSS', 'Rss'), ('PSS', 'Pss'), ('private dirty', 'Private_Dirty'):
        row('hub: %s, %d systems, no link' % (name, LINKS), '%d KiB' % before[key],
            '40000 KiB' if key == 'Rss' else '')
        row('    with %d links' % LINKS, '%d KiB' % after[key])
    row('hub: private dirty of a link', '%.1f KiB' %
        ((after['Private_Dirty'] - before['Private_Dirty']) / LINKS), '12 KiB, with TLS')
    for name, load in ('stock', result['stock']), ('extension 1', result['extension']):
        row('wire: a sample of %d values, %s' % (load['values'], name), '%.0f B' % load['bytes'])
        row('    its request', '%.0f B' % load['request'])
    for name, key, aim in (('the list of systems', 'list', ''),
                           ('one system\'s history', 'history', '1 / 5 ms')):
        latency, cpu = result[key]
        row('hub: %s by HTTP, p50 / p99' % name, '%.2f / %.2f ms' % latency, aim)
        row('    its CPU', '%.0f us' % cpu)


def measure(programs):
    agent = AgentBench(programs)
    hub = measure_hub(programs)
    agent = agent.end()
    print('hub with %d links and agent, of %s (%d processors, Linux %s)\n'
          % (LINKS, platform.machine(), os.cpu_count(), platform.release()))
    row('figure', 'measured', 'aim, at most')
    row('-' * 58, '-' * 16, '-' * 22)
    print_agent(agent)
    print_hub(hub)


def check():
    needed = [os.path.join(BUILDDIR, name) for name in ('reeved', 'reevectl')]
    needed += [os.path.join(BENCH, name) for name in ('bench-player', 'bench-floor')]
    needed += [os.path.join(BUILDDIR, 'plugins', '.libs', 'reeve-%s.so' % name) for name in
               ('ws-transport', 'fleet', 'front', 'web-ui', 'sqlite-store', 'accounts',
                'reporter', 'host-metrics')]
    for path in needed:
        if not os.path.exists(path):
            raise Skip('%s was not built' % os.path.relpath(path, BUILDDIR))
    if not os.path.exists('/proc/self/schedstat'):
        raise Skip('the kernel keeps no schedstat')


def main():
    for number in signal.SIGTERM, signal.SIGHUP, signal.SIGALRM:
        signal.signal(number, lambda *_: sys.exit(1))
    signal.alarm(ALL_TOGETHER)
    try:
        check()
    except Skip as reason:
        print('hub and agent: skipped: %s' % reason)
        return 0
    programs = Programs()
    try:
        measure(programs)
    finally:
        programs.close()
    return 0


if __name__ == '__main__':
    sys.exit(main())
