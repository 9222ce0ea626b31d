#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The probe of containers as a hostile caller and a hostile engine see it."""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

SRCDIR = os.environ['REEVE_TEST_SRCDIR']
BUILDDIR = os.environ['REEVE_TEST_BUILDDIR']
PROBE = os.path.join(BUILDDIR, 'reeve-probe-containers')
sys.path.insert(0, os.path.join(SRCDIR, 'plugins', 'containers', 'tests'))
import engine  # noqa: E402

ID = 'aa' * 32
# all that may ever reach an engine
FIXED = re.compile(rb'GET (?:/version|/containers/json\?(?:all=1&limit=512|limit=512&filters='
                   rb'%7B%22status%22%3A%5B%22running%22%2C%22paused%22%5D%7D)|'
                   rb'/containers/[0-9a-f]{12,64}/(?:json|stats\?stream=0&one-shot=1|'
                   rb'logs\?stdout=1&stderr=1&timestamps=1&tail=200)) HTTP/1\.1\r\n'
                   rb'Host: localhost\r\nUser-Agent: reeve\r\nConnection: close\r\n\r\n')

count = 0
failed = False


def check(what, ok, detail=''):
    global count, failed
    count += 1
    if not ok:
        failed = True
        print('# ' + repr(detail)[:600])
    print('%s %d - %s' % ('ok' if ok else 'not ok', count, what), flush=True)


class World:
    """An engine in this process and a probe in front of it."""

    def __init__(self, folder, user=None):
        self.folder = folder
        self.path = os.path.join(folder, 'probe')
        self.mode('docker')
        self.engine = engine.Engine(os.path.join(folder, 'engine'), folder)
        threading.Thread(target=self.engine.serve, daemon=True).start()
        self.log = open(os.path.join(folder, 'log'), 'w+', encoding='utf-8')
        self.probe = self.start(['--listen', self.path, '--user', str(user or os.getuid())])

    def start(self, options, **kwargs):
        process = subprocess.Popen(
            [PROBE, '--engine', os.path.join(self.folder, 'nothing'), '--engine',
             os.path.join(self.folder, 'engine')] + options, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=self.log, **kwargs)
        for _ in range(1000):
            if '--listen' not in options or os.path.exists(self.path):
                break
            time.sleep(0.01)
        return process

    def mode(self, words):
        with open(os.path.join(self.folder, 'mode.new'), 'w', encoding='utf-8') as f:
            f.write(words)
        os.rename(os.path.join(self.folder, 'mode.new'), os.path.join(self.folder, 'mode'))

    def requests(self):
        try:
            with open(os.path.join(self.folder, 'requests'), 'rb') as f:
                return f.read()
        except FileNotFoundError:
            return b''

    def connect(self):
        for _ in range(500):
            s = socket.socket(socket.AF_UNIX)
            try:
                s.connect(self.path)
                s.settimeout(20)
                return s
            except (ConnectionRefusedError, FileNotFoundError):
                s.close()
                time.sleep(0.01)
        raise AssertionError('the probe does not listen')

    def ask(self, line):
        """Everything that comes back until the end."""
        with self.connect() as s:
            try:
                s.sendall(line)
            except (BrokenPipeError, ConnectionResetError):
                pass
            return drain(s)

    def answer(self, line):
        """Status, kind, body: as long as it says."""
        head, body = self.ask(line).split(b'\n', 1)
        status, kind, length = head.decode().split(' ')
        assert int(length) == len(body), (head, len(body))
        return int(status), kind, body

    def stop(self):
        self.probe.terminate()
        status = self.probe.wait(20)
        self.log.close()
        return status


def drain(s):
    got = b''
    try:
        while True:
            piece = s.recv(65536)
            if not piece:
                return got
            got += piece
    except ConnectionResetError:
        return got


def test_verbs(world):
    for words in ('docker', 'podman'):
        world.mode(words)
        status, kind, body = world.answer(b'version\n')
        check(words + ': version', (status, kind) == (200, 'json') and b'Engine' in body, body)
        status, kind, body = world.answer(b'list\n')
        check(words + ': list', status == 200 and len(json.loads(body)) == 3, body)
        status, kind, body = world.answer(b'running\n')
        check(words + ': what runs', status == 200 and len(json.loads(body)) == 2, body)
        status, kind, body = world.answer(b'stats ' + ID.upper().encode() + b'\n')
        check(words + ': stats', status == 200 and 'cpu_stats' in json.loads(body), body)
        status, kind, body = world.answer(b'logs ' + ID.encode() + b'\n')
        check(words + ': logs', status == 200 and b'ready' in body and
              kind == ('multiplexed' if words == 'docker' else 'raw'), (kind, body))
        status, kind, body = world.answer(b'inspect ' + ID.encode() + b'\n')
        value = json.loads(body)
        check(words + ': inspect tells no secret', status == 200 and
              engine.SECRET.encode() not in body and value['RestartCount'] == 3 and
              value['Config']['Env'][1] == 'DB_PASSWORD=(hidden)' and
              value['Config']['Labels']['com.example.tier'] == 'front' and
              value['Args'][4] == '--verbose' and 'CreateCommand' not in value['Config'], body)
    wanted = [hidden or word for word, hidden in engine.COMMAND]
    check('of each command what is no secret', value['Config']['Entrypoint'] == wanted,
          [pair for pair in zip(value['Config']['Entrypoint'], wanted) if pair[0] != pair[1]])
    options = value['HostConfig']['Mounts'][0]['VolumeOptions']['DriverConfig']['Options']
    check('of options what is no secret; images and binds whole',
          options['o'] == 'addr=10.0.0.1,username=u,password=(hidden)' and
          value['Config']['Image'] == 'example/auth:1.27' and
          value['HostConfig']['Binds'] == ['/srv/auth:/users:ro'], value)
    world.mode('docker')
    answer = world.answer(b'inspect ' + b'dd' * 32 + b'\n')
    check('an unknown container: without the engine\'s own words', answer == (404, 'none', b''),
          answer)


def test_hostile_arguments(world):
    good = ID.encode()
    lines = []
    for verb in (b'version', b'list', b'running'):
        lines += [verb + b' ' + good + b'\n', verb + b' \n', verb + b'\r\n', b' ' + verb + b'\n']
    for verb in (b'stats', b'inspect', b'logs'):
        lines += [verb + b' ' + argument + b'\n' for argument in (
            b'', b'../json', b'..%2f..', b'/etc/passwd', good + b'/../../images/json', good + b'?x=1',
            good + b' ' + good, good + b'\r\nX: y', good + b'\r', b'\0' * 12, good[:-1] + b'\0',
            b'a' * 11, b'a' * 65, b'g' * 12, b'-' + good, 'é'.encode() * 12,
            b'http://127.0.0.1:1/', b'$(reboot)', good + b'#')]
        lines += [verb + b'\n', verb + b' ' + good + b'\n\n', verb + b' ' + good + b'\nlist\n',
                  verb + b'  ' + good + b'\n', verb + b'\t' + good + b'\n', verb.upper() + b' ' +
                  good + b'\n', verb + b' ' + b'a' * 1000000 + b'\n']
    lines += [b'\n', b'\0\n', b'GET / HTTP/1.1\r\n\r\n', b'POST /containers/create HTTP/1.1\r\n\r\n',
              b'exec ' + good + b'\n', b'A' * 1000000]
    before = world.requests()
    wrong = [(line[:80], got) for line in lines for got in [world.ask(line)]
             if got not in (b'400 none 0\n', b'')]
    check('%d hostile lines are refused' % len(lines), not wrong, wrong)
    check('nothing of them reached the engine', world.requests() == before)
    for silent in (b'', b'lis', b'stats aaaa'):
        with world.connect() as s:
            s.sendall(silent)
            s.shutdown(socket.SHUT_WR)
            check('half a line and an end: refused', drain(s) in (b'400 none 0\n', b''))


def test_hostile_engine(world):
    for words, wanted in (('docker huge', 206), ('docker endless', 206), ('docker garbage', 502),
                          ('docker dead', 502)):
        world.mode(words)
        status, kind, body = world.answer(b'list\n')
        check('an engine that is "%s": %d, bounded' % (words, wanted),
              status == wanted and len(body) <= 5 * 1024 * 1024, (status, len(body)))
    for words in ('docker chatty', 'docker tty chatty', 'podman chatty'):
        world.mode(words)
        status, kind, body = world.answer(b'logs ' + ID.encode() + b'\n')
        check(words + ': the last MiB', status == 206 and 960 * 1024 < len(body) <= 1024 * 1024 and
              b'Z 199 x' in body, (status, kind, len(body)))
    world.mode('docker deep')
    check('JSON of 5000 levels is not taken apart',
          world.answer(b'inspect ' + ID.encode() + b'\n')[0] == 502)
    world.mode('docker')
    with open('/proc/%d/status' % world.probe.pid, encoding='ascii') as f:
        peak = int(re.search(r'VmHWM:\s+(\d+)', f.read()).group(1))
    sanitized = b'__asan' in open(PROBE, 'rb').read()
    check('its memory stays small (%d KiB)' % peak, sanitized or peak < 64 * 1024)


def test_many(world):
    """Eight that hang are answered at their own deadlines; the ninth waits and is answered."""
    world.mode('docker hang=' + 'aa' * 6)
    hanging = [world.connect() for _ in range(8)]
    for s in hanging:
        s.sendall(b'stats ' + ID.encode() + b'\n')
    time.sleep(0.3)
    waiting = world.connect()
    waiting.sendall(b'version\n')
    waiting.settimeout(0.3)
    try:
        check('a ninth waits', waiting.recv(1) == b'never')
    except socket.timeout:
        check('a ninth waits', True)
    hanging.pop().close()
    waiting.settimeout(5)
    check('one that goes gives its place back at once', drain(waiting).startswith(b'200 json '))
    waiting.close()
    for s in hanging:
        s.close()
    world.mode('docker')
    check('and so do the others', world.answer(b'version\n')[0] == 200)


def test_strangers(folder):
    if os.getuid() != 0:
        check('another uid is closed without a word # SKIP not root', True)
        return
    with tempfile.TemporaryDirectory(dir=folder) as place:
        os.chmod(place, 0o755)
        world = World(place, user=12345)
        owner = os.stat(world.path)
        check('the socket is the caller\'s alone',
              owner.st_uid == 12345 and owner.st_mode & 0o777 == 0o600)
        got = [world.ask(b'list\n') for _ in range(20)]
        check('another uid, though root, is closed without a word', set(got) == {b''}, got)
        check('and nothing reached the engine', world.requests() == b'')
        script = ('import os, socket, sys\nos.setgroups([])\nos.setresgid(%d, %d, %d)\n'
                  'os.setresuid(%d, %d, %d)\ns = socket.socket(socket.AF_UNIX)\n'
                  's.connect(sys.argv[1])\ntry:\n s.sendall(b"version\\n")\n print(s.recv(100))\n'
                  'except ConnectionError:\n print(b"")\n')
        # folders of tests may not be for everybody to enter
        os.chmod(world.path, 0o666)
        for uid, wanted in ((12345, '200 json'), (54321, "b''")):
            child = subprocess.run([sys.executable, '-c', script % ((uid,) * 6), world.path],
                                   capture_output=True, text=True, check=False, timeout=30)
            if 'PermissionError' in child.stderr and 'connect' in child.stderr:
                check('uid %d # SKIP it may not enter %s' % (uid, folder), True)
            else:
                check('uid %d gets %s' % (uid, wanted), wanted in child.stdout, child)
        status = world.stop()
        with open(os.path.join(place, 'log'), encoding='utf-8') as f:
            lines = f.read().splitlines()
        check('twenty refusals are one line of the log', len(lines) == 1 and 'uid 0' in lines[0],
              lines)
        check('it ends orderly and takes its socket away',
              status == 0 and not os.path.exists(world.path), status)


def test_passed_socket(folder):
    with tempfile.TemporaryDirectory(dir=folder) as place:
        world = World(place)
        path = os.path.join(place, 'passed')
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(8)

        def pass_it():
            os.dup2(listener.fileno(), 3)
            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1')

        def run(engines):
            return subprocess.Popen([PROBE, '--user', str(os.getuid())] + engines, close_fds=False,
                                    preexec_fn=pass_it, stderr=subprocess.DEVNULL)

        process = run(['--engine', os.path.join(place, 'engine')])
        world.path = path
        check('a passed socket is used', world.answer(b'version\n')[0] == 200)
        process.terminate()
        check('it ends on a signal and leaves the socket there',
              process.wait(20) == 0 and os.path.exists(path))
        process = run(['--engine', os.path.join(place, 'nothing')])
        # each end makes a service manager start it anew, until that gives the socket up
        answers = [world.answer(b'list\n') for _ in range(20)]
        check('no engine: 503, twenty times by one process',
              set(answers) == {(503, 'none', b'')} and process.poll() is None, answers)
        check('and it ends, so that a fresh one sees the engine', process.wait(20) == 0)
        listener.close()
        world.path = os.path.join(place, 'probe')
        world.stop()


def test_options():
    for options, word in (([], '--user'), (['--user', 'nobody-of-that-name'], 'no user'),
                          (['--user', '0'], '--listen'), (['--user', '0', 'x'], "'x'"),
                          (['--user', '0', '--listen', 'relative'], 'absolute'),
                          (['--user', '0', '--engine', 'tcp://x'], 'absolute')):
        done = subprocess.run([PROBE] + options, capture_output=True, text=True, check=False,
                              env={k: v for k, v in os.environ.items()
                                   if not k.startswith('LISTEN_')}, timeout=20)
        check('%s: one line' % ' '.join(options), done.returncode == 1 and word in done.stderr and
              done.stderr.count('\n') == 1, done)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        world = World(folder)
        test_verbs(world)
        test_hostile_arguments(world)
        test_hostile_engine(world)
        test_many(world)
        rest = FIXED.sub(b'', world.requests())
        check('the engine never saw anything but the fixed requests',
              rest == b'' and world.requests() != b'', rest)
        check('it ends orderly', world.stop() == 0)
        test_strangers(folder)
        test_passed_socket(folder)
        test_options()
    print('1..%d' % count)
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
