# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the benchmarks of whole programs share: reading processes, real hubs, invented agents."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

BUILDDIR = os.path.abspath(os.environ.get('REEVE_TEST_BUILDDIR', '.'))
SRCDIR = os.path.abspath(os.environ.get('REEVE_TEST_SRCDIR', '.'))
BENCH = os.path.join(BUILDDIR, 'tests', 'bench')
SECONDS = int(os.environ.get('BENCH_SECONDS', '30'))     # of each window
PATIENCE = 60       # for anything that should happen soon
PLAYER_SECONDS = 600    # the most that a player lives, whatever becomes of us


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


def wait_for(what, check, *processes, patience=PATIENCE):
    end = time.monotonic() + patience
    while not check():
        for process in processes:
            if process.poll() is not None:
                raise AssertionError('it ended before %s:\n%s' % (what, log_of(process)[-3000:]))
        if time.monotonic() > end:
            logs = '\n'.join(log_of(process)[-3000:] for process in processes)
            raise AssertionError('no %s within %d s:\n%s' % (what, patience, logs))
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

    def __init__(self, programs, name, interval=10):
        self.programs, self.name = programs, name
        self.state = os.path.join(programs.base, name)
        os.mkdir(self.state, 0o700)
        self.config = os.path.join(programs.base, name + '.conf')
        self.configure(interval)
        self.start()

    def configure(self, interval):
        with open(self.config, 'w', encoding='utf-8') as f:
            f.write('[plugin front]\nlisten=127.0.0.1:0;tls:127.0.0.1:0\n\n[plugin fleet]\npoll-interval=%ds\n\n'
                    '[plugin web-ui]\npage-directory=%s\n' % (interval, page_of(self.programs.base)))

    def set_interval(self, seconds):
        """How often each link is polled from now on."""
        told = log_of(self.process).count('settings are read again')
        self.configure(seconds)
        self.process.send_signal(signal.SIGHUP)
        wait_for('settings', lambda: log_of(self.process).count('settings are read again') > told,
                 self.process)

    def start(self):
        """Starts and signs in; the seconds until it was ready."""
        begun = time.monotonic()
        self.process = self.programs.start(self.name, [
            os.path.join(BUILDDIR, 'reeved'), 'hub', '--config', self.config, '--state-dir',
            self.state, '--plugin-dir', os.path.join(BUILDDIR, 'plugins', '.libs')],
            stdin=subprocess.DEVNULL)
        wait_for('ready hub', lambda: 'host: ready: ' in log_of(self.process), self.process)
        took = time.monotonic() - begun
        self.sign_in()
        return took

    def open(self):
        """A one-time link."""
        done = subprocess.run([os.path.join(BUILDDIR, 'reevectl'), '--json', '--state-dir',
                               self.state, 'open'], env=self.programs.env, check=True,
                              stdout=subprocess.PIPE, timeout=PATIENCE)
        return json.loads(done.stdout)['url']

    def open_plain(self):
        """The same on the port without TLS, whose certificate no browser knows."""
        return 'http://127.0.0.1:%d/#open=%s' % (self.port, self.open().split('/#open=')[1])

    def sign_in(self):
        secret = self.open().split('/#open=')[1]
        ports = re.findall(r'listening on 127\.0\.0\.1:(\d+)( with TLS)?', log_of(self.process))
        self.port = [int(port) for port, tls in ports if not tls][-1]
        self.tls_port = [int(port) for port, tls in ports if tls][-1]
        url = 'http://127.0.0.1:%d' % self.port
        self.headers = {'Origin': url, 'Sec-Fetch-Site': 'same-origin',
                        'Content-Type': 'application/json'}
        self.connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=PATIENCE)
        token = self.ask('POST', '/api/v1/session', {'secret': secret})['token']
        self.headers['Authorization'] = 'Bearer ' + token

    def wake(self):
        """For a connection that may have been idle for too long: the next request opens another."""
        self.connection.close()

    def ask(self, verb, path, body=None, connection=None):
        connection = connection or self.connection
        connection.request(verb, path, json.dumps(body) if body is not None else None,
                           self.headers)
        answer = connection.getresponse()
        data = answer.read()
        if answer.status not in (200, 201, 204):
            raise AssertionError('%s %s: %d %s' % (verb, path, answer.status, data[:500]))
        return json.loads(data) if data else None

    def add(self, name, connection=None):
        """{'system', 'token', 'key'}"""
        return self.ask('POST', '/api/v1/systems', {'name': name}, connection)

    def add_many(self, n, threads=8):
        """So many systems, over several connections so that they share commits."""
        added = [None] * n

        def add_some(first):
            connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=PATIENCE)
            for i in range(first, n, threads):
                added[i] = self.add('system-%05d' % i, connection)
            connection.close()

        workers = [threading.Thread(target=add_some, args=(i,)) for i in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if None in added:
            raise AssertionError('not all systems could be added:\n' + log_of(self.process)[-3000:])
        return added

    def latency(self, path, n):
        """(median, 99th of a hundred) in milliseconds, CPU of one in microseconds."""
        client = Client(self.port, self.headers)
        request = client.make_request(path)
        json.loads(bytes(client.get(request)))
        times, window = [], Window(self.process)
        for _ in range(n):
            start = time.monotonic()
            client.get(request)
            times.append((time.monotonic() - start) * 1000)
        _, spent, _ = window.end()
        client.close()
        times.sort()
        return (times[n // 2], times[min(n - 1, n * 99 // 100)]), spent / n


class Client:
    """Asks again and again over one connection. Python's own client takes as long for a short answer as the
    hub does: this one only looks whether the answer is one and whether all of it has come."""

    def __init__(self, port, headers):
        self.headers = headers
        self.host = '127.0.0.1:%d' % port
        self.socket = socket.create_connection(('127.0.0.1', port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.room = bytearray(1 << 20)
        self.view = memoryview(self.room)

    def make_request(self, path):
        lines = ['GET %s HTTP/1.1' % path, 'Host: ' + self.host]
        lines += ['%s: %s' % field for field in self.headers.items() if field[0] != 'Content-Type']
        return ('\r\n'.join(lines) + '\r\n\r\n').encode('ascii')

    def get(self, request):
        """The body of the answer to a request that was made, until the next one."""
        self.socket.sendall(request)
        got, begin, end = 0, -1, 0
        while end == 0 or got < end:
            if got == len(self.room):
                self.room = self.room + bytes(got)
                self.view = memoryview(self.room)
            n = self.socket.recv_into(self.view[got:])
            if n == 0:
                raise AssertionError('the answer ends early: %r' % bytes(self.view[:500]))
            got += n
            if begin < 0:
                begin = self.room.find(b'\r\n\r\n', 0, got)
                end = begin + 4 + self.read_head(begin + 4) if begin >= 0 else 0
        if got > end:
            raise AssertionError('more than an answer: %r' % bytes(self.view[end:got]))
        return self.view[begin + 4:end]

    def read_head(self, end):
        """The length of the body."""
        head = bytes(self.view[:end])
        length = re.search(rb'\r\ncontent-length: (\d+)\r\n', head, re.IGNORECASE)
        if not head.startswith(b'HTTP/1.1 200 ') or length is None:
            raise AssertionError('not an answer: %r' % head)
        return int(length[1])

    def close(self):
        self.socket.close()


class Viewer(threading.Thread):
    """Reads a live stream that sees the rows of @systems, at most 200, and the samples of @system; counts these."""

    def __init__(self, hub, systems=(), system=''):
        super().__init__(daemon=True)
        self.samples = 0
        self.connection = http.client.HTTPConnection('127.0.0.1', hub.port, timeout=PATIENCE)
        self.connection.request('GET', '/api/v1/live', None, hub.headers)
        self.answer = self.connection.getresponse()
        if self.answer.status != 200:
            raise AssertionError('live: %d %s' % (self.answer.status, self.answer.read(500)))
        stream = json.loads(next(line[5:] for line in self.answer if line.startswith(b'data:')))['stream']
        hub.wake()
        hub.ask('PUT', '/api/v1/live/' + stream, {'systems': list(systems), 'system': system})
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
    def __init__(self, programs, hub, tokens, level, tls=False):
        path = os.path.join(programs.base, 'tokens')
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w',
                  encoding='ascii') as f:
            f.write('\n'.join(tokens) + '\n')
        self.process = programs.start('player%d' % level, [
            os.path.join(BENCH, 'bench-player'), '--port', str(hub.tls_port if tls else hub.port),
            *(('--tls',) if tls else ()), '--tokens', path,
            '--count', str(len(tokens)), '--seconds', str(PLAYER_SECONDS), '--level',
            str(level)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        wait_for('%d links' % len(tokens), lambda: self.stats()['links'] == len(tokens),
                 self.process, patience=PATIENCE + len(tokens) / 20)

    def stats(self):
        self.process.stdin.write(b'stats\n')
        self.process.stdin.flush()
        stats = json.loads(self.process.stdout.readline())
        if stats['lost'] > 0 or stats['error']:
            raise AssertionError('%d links were lost: %s' % (stats['lost'], stats['error']))
        return stats


# ---- the table ------------------------------------------------------------------------


def row(what, value, aim=''):
    print('| %-58s | %16s | %-22s |' % (what, value, aim), flush=True)


def head(what):
    """Begins a table."""
    print('\n%s\n' % what)
    row('figure', 'measured', 'aim, at most')
    row('-' * 58, '-' * 16, '-' * 22)


# ---- the frame ------------------------------------------------------------------------


def check(plugins):
    needed = [os.path.join(BUILDDIR, name) for name in ('reeved', 'reevectl')]
    needed += [os.path.join(BENCH, name) for name in ('bench-player', 'bench-floor')]
    needed += [os.path.join(BUILDDIR, 'plugins', '.libs', 'reeve-%s.so' % name) for name in plugins]
    for path in needed:
        if not os.path.exists(path):
            raise Skip('%s was not built' % os.path.relpath(path, BUILDDIR))
    if not os.path.exists('/proc/self/schedstat'):
        raise Skip('the kernel keeps no schedstat')


def main(what, measure, plugins, seconds):
    """Measures, for at most so many seconds; nothing is left."""
    for number in signal.SIGTERM, signal.SIGHUP, signal.SIGALRM:
        signal.signal(number, lambda *_: sys.exit(1))
    signal.alarm(seconds)
    try:
        check(plugins + ('ws-transport', 'fleet', 'front', 'web-ui', 'sqlite-store', 'accounts'))
    except Skip as reason:
        print('%s: skipped: %s' % (what, reason))
        return 0
    programs = Programs()
    try:
        measure(programs)
    finally:
        programs.close()
    return 0
