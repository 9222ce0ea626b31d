#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The whole way with real processes: a hub, an agent, reevectl and HTTP. Prints TAP."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import traceback

sys.path.insert(0, os.path.join(os.environ.get('REEVE_TEST_SRCDIR', '.'), 'tests', 'lib'))
from hostlib import wait_for  # noqa: E402

SRCDIR = os.path.abspath(os.environ.get('REEVE_TEST_SRCDIR', '.'))
BUILDDIR = os.path.abspath(os.environ.get('REEVE_TEST_BUILDDIR', '.'))
REEVED = os.path.join(BUILDDIR, 'reeved')
REEVECTL = os.path.join(BUILDDIR, 'reevectl')
MODULES = os.path.join(BUILDDIR, 'plugins', '.libs')
DEADLINE = 40


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def kill(process):
    process.kill()
    process.wait()


class Daemon:
    """One reeved with a state directory and a log of its own, over as many starts as wanted."""

    started = []    # each process, so that none is left whatever fails

    def __init__(self, base, role, name, config):
        self.role, self.process = role, None
        self.folders = [MODULES]
        self.state = os.path.join(base, name)
        self.log = os.path.join(base, name + '.log')
        self.config = os.path.join(base, name + '.conf')
        os.mkdir(self.state, 0o700)
        self.configure(config)

    def configure(self, text):
        with open(self.config, 'w', encoding='utf-8') as f:
            f.write(text)

    def start(self):
        if self.process is not None and self.process.poll() is None:
            kill(self.process)  # left by a test that failed
        env = {k: v for k, v in os.environ.items() if k != 'G_DEBUG'}
        with open(self.log, 'a', encoding='utf-8') as log:
            self.process = subprocess.Popen(
                [REEVED, self.role, '--config', self.config, '--state-dir', self.state]
                + ['--plugin-dir=' + folder for folder in self.folders],
                stderr=log, stdout=log, stdin=subprocess.DEVNULL, env=env)
        Daemon.started.append(self.process)
        return self

    def lines(self):
        with open(self.log, encoding='utf-8', errors='replace') as f:
            return f.read()

    def wait_line(self, pattern, count=1):
        return wait_for('%s in the log of %s' % (pattern, self.role),
                        lambda: len(re.findall(pattern, self.lines())) >= count)

    def stop(self, how=signal.SIGTERM):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                kill(self.process)
                raise AssertionError('the %s did not stop' % self.role)
        return self.process.returncode if self.process is not None else 0


class World:
    """A hub on a free port, and what one does with it."""

    def __init__(self):
        self.base = tempfile.mkdtemp(prefix='reeve-system-')
        self.port = free_port()
        self.page = os.path.join(self.base, 'page')
        self.make_page()
        self.hub = Daemon(self.base, 'hub', 'hub', '[plugin front]\nlisten=127.0.0.1:%d\n'
                          '[plugin web-ui]\npage-directory=%s\n[plugin fleet]\npoll-interval=10s\ndown-after=2s\n'
                          % (self.port, self.page))
        self.agents = []

    def make_page(self):
        """The built page where there is one, else the smallest that is served."""
        for built in (os.path.join(BUILDDIR, 'plugins', 'web-ui', 'dist'),
                      os.path.join(SRCDIR, 'plugins', 'web-ui', 'dist')):
            if os.path.exists(os.path.join(built, 'manifest.json')):
                self.page = built
                return
        raise AssertionError('the page is not built')

    def ctl(self, *args, fail=False):
        done = subprocess.run([REEVECTL, '--state-dir', self.hub.state] + list(args), capture_output=True, text=True,
                              timeout=60)
        assert (done.returncode != 0) == fail, (args, done.returncode, done.stdout, done.stderr)
        return done.stderr if fail else done.stdout

    def json(self, *args):
        return json.loads(self.ctl('--json', *args))

    def system(self, name):
        return next((s for s in self.json('systems', 'list') if s['name'] == name), None)

    def wait_state(self, name, *states):
        return wait_for('%s is %s' % (name, '/'.join(states)),
                        lambda: (lambda s: s if s and s['state'] in states else None)(self.system(name)))

    def wait_hub(self, count=1):
        self.hub.wait_line(r'host: ready', count)

    def agent(self, name, token, key, url=None):
        token_file = os.path.join(self.base, name + '.token')
        with open(os.open(token_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w', encoding='utf-8') as f:
            f.write(token + '\n')
        agent = Daemon(self.base, 'agent', name, '[plugin reporter]\nurl=%s\ntoken-file=%s\nhub-key=%s\n'
                       % (url or 'ws://127.0.0.1:%d' % self.port, token_file, key))
        self.agents.append(agent)
        return agent

    def http(self, method, path, body=None, token=None, headers=None):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=20)
        fields = {'Sec-Fetch-Site': 'same-origin', 'Origin': 'http://127.0.0.1:%d' % self.port}
        if token:
            fields['Authorization'] = 'Bearer ' + token
        if body is not None:
            fields['Content-Type'] = 'application/json'
        fields.update(headers or {})
        connection.request(method, path, body=json.dumps(body) if body is not None else None, headers=fields)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, data

    def sign_in(self):
        url = self.ctl('open').strip()
        status, data = self.http('POST', '/api/v1/session', {'secret': url.split('#open=')[1]})
        assert status == 200, (status, data)
        return json.loads(data)['token']

    def close(self):
        for process in Daemon.started:
            if process.poll() is None:
                kill(process)
        shutil.rmtree(self.base, ignore_errors=True)


def test_the_whole_way(world):
    """An agent links, its sample is kept, and HTTP shows it to the owner alone."""
    world.hub.start()
    world.wait_hub()
    added = world.json('systems', 'add', 'web1')
    assert added['local_only'] is True and added['url'] == 'http://127.0.0.1:%d' % world.port, added
    world.added = added
    world.web1 = world.agent('web1', added['token'], added['key']).start()
    row = world.wait_state('web1', 'up')
    assert row['hostname'] == socket.gethostname(), row
    token = world.sign_in()
    status, data = world.http('GET', '/api/v1/systems', token=token)
    assert status == 200 and json.loads(data)['systems'][0]['id'] == row['id'], data
    path = '/api/v1/systems/%s/history?from=0&to=0&points=60' % row['id']
    kinds = wait_for('history', lambda: {s['kind'] for s in
                                         json.loads(world.http('GET', path, token=token)[1])['series']})
    assert {'memory', 'load', 'filesystem', 'system'} <= kinds, kinds
    status, data = world.http('GET', '/api/v1/systems')
    assert status == 401, (status, data)
    status, data = world.http('GET', '/api/v1/systems', token='x' * 43)
    assert status == 401, (status, data)


def test_tokens_are_nowhere(world):
    """Neither the token nor a secret stands in a log, a command line or, in clear, in the database."""
    token = world.added['token'].encode()
    for daemon in (world.hub, world.web1):
        with open('/proc/%d/cmdline' % daemon.process.pid, 'rb') as f:
            assert token not in f.read()
        assert token.decode() not in daemon.lines()
    for name in os.listdir(world.hub.state):
        path = os.path.join(world.hub.state, name)
        if os.path.isfile(path):
            assert os.stat(path).st_mode & 0o077 == 0, name
            with open(path, 'rb') as f:
                assert token not in f.read(), name
    with open(os.path.join(world.hub.state, 'owner.key'), 'rb') as f:
        assert f.read().strip().decode() not in world.hub.lines()


def test_kill_the_hub(world):
    """kill -9: the database is whole, the agent comes back, the history goes on, sessions have ended."""
    token = world.sign_in()
    world.hub.stop(signal.SIGKILL)
    db = sqlite3.connect(os.path.join(world.hub.state, 'reeve.db'))
    assert db.execute('PRAGMA integrity_check').fetchone()[0] == 'ok'
    rows = db.execute('SELECT count(*) FROM sample').fetchone()[0]
    db.close()
    assert rows >= 1, rows
    world.hub.start()
    world.wait_hub(2)
    row = world.system('web1')
    assert row['state'] in ('suspect', 'up') and row['hostname'] == socket.gethostname(), row
    world.wait_state('web1', 'up')
    assert world.http('GET', '/api/v1/systems', token=token)[0] == 401


def test_kill_the_agent(world):
    """kill -9 of the agent: suspect, down, and up again."""
    world.web1.stop(signal.SIGKILL)
    world.wait_state('web1', 'suspect', 'down')
    world.wait_state('web1', 'down')
    world.web1.start()
    world.wait_state('web1', 'up')
    events = world.http('GET', '/api/v1/events?limit=50', token=world.sign_in())
    texts = [e['text'] for e in json.loads(events[1])['events']]
    assert any('is down' in t for t in texts), texts


def test_wrong_token(world):
    """One clear line on the agent, and it goes on trying."""
    agent = world.agent('wrong-token', 'no-such-token', world.added['key']).start()
    agent.wait_line(r'(?i)token.*(refus|unknown|not)|(refus|unknown|not).*token')
    assert agent.process.poll() is None
    assert agent.stop() == 0


def test_wrong_key(world):
    """The agent answers nothing to a hub that is not the one it knows."""
    added = world.json('systems', 'add', 'wrong-key')
    key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4'
    agent = world.agent('wrong-key', added['token'], key).start()
    agent.wait_line(r'(?i)signature')
    assert world.system('wrong-key')['state'] == 'pending'
    assert agent.stop() == 0


def test_another_machine(world):
    """A second machine with the same token is refused, said aloud, and the first goes on."""
    agent = world.agent('another', world.added['token'], world.added['key']).start()
    agent.wait_line(r'fingerprint mismatch')
    assert world.system('web1')['state'] == 'up'
    world.hub.wait_line(r'(?i)fingerprint mismatch|another machine')
    assert agent.stop() == 0


def test_port_in_use(world):
    """A second hub on the same port: one clear error that names the address."""
    other = Daemon(world.base, 'hub', 'hub2', open(world.hub.config, encoding='utf-8').read()).start()
    world.agents.append(other)
    wait_for('the end of the second hub', lambda: other.process.poll() is not None)
    assert other.process.returncode == 1, other.process.returncode
    assert re.search(r'127\.0\.0\.1:%d.*(in use|another)' % world.port, other.lines()), other.lines()


def test_plain_beyond_loopback(world):
    """ws:// to another machine needs allow-plain."""
    agent = world.agent('plain', world.added['token'], world.added['key'], 'ws://192.0.2.1:8090').start()
    agent.wait_line(r'allow-plain')
    assert agent.stop() == 0


def test_orderly_end(world):
    """SIGTERM ends both with 0, and nothing is left behind."""
    assert world.web1.stop() == 0
    assert world.hub.stop() == 0
    for daemon in (world.hub, world.web1):
        assert 'left behind' not in daemon.lines(), daemon.lines()
        assert 'critical' not in daemon.lines(), daemon.lines()


def test_newer_database(world):
    """A database of a later version is refused, and left as it is."""
    path = os.path.join(world.hub.state, 'reeve.db')
    db = sqlite3.connect(path)
    version = db.execute('PRAGMA user_version').fetchone()[0]
    db.execute('PRAGMA user_version = 99')
    db.close()
    world.hub.start()
    wait_for('the end of the hub', lambda: world.hub.process.poll() is not None)
    assert re.search(r'reeve\.db.*99|99.*reeve\.db', world.hub.lines()), world.hub.lines()[-2000:]
    db = sqlite3.connect(path)
    db.execute('PRAGMA user_version = %d' % version)
    db.close()


def test_lost_key(world):
    """Records without their key: no new identity is made."""
    key = os.path.join(world.hub.state, 'id_ed25519')
    os.rename(key, key + '.away')
    world.hub.start()
    wait_for('the end of the hub', lambda: world.hub.process.poll() is not None)
    assert 'id_ed25519' in world.hub.lines()[-3000:]
    assert not os.path.exists(key)
    os.rename(key + '.away', key)
    world.hub.start()
    world.wait_hub(3)
    assert world.hub.stop() == 0


TESTS = (test_the_whole_way, test_tokens_are_nowhere, test_kill_the_hub, test_kill_the_agent, test_wrong_token,
         test_wrong_key, test_another_machine, test_port_in_use, test_plain_beyond_loopback, test_orderly_end,
         test_newer_database, test_lost_key)


def main():
    # the deadline of a test comes as SIGTERM
    for number in signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, lambda *_: sys.exit(1))
    try:
        world = World()
    except AssertionError as error:
        print('1..0 # SKIP %s' % error)
        return 0
    failed = False
    print('1..%d' % len(TESTS))
    try:
        for number, test in enumerate(TESTS, 1):
            try:
                test(world)
                print('ok %d - %s' % (number, test.__doc__), flush=True)
            except Exception:
                failed = True
                print('not ok %d - %s' % (number, test.__doc__))
                print(re.sub('^', '# ', traceback.format_exc(), flags=re.M))
                for daemon in [world.hub] + world.agents[-1:]:
                    tail = daemon.lines()[-1500:] if os.path.exists(daemon.log) else ''
                    print(re.sub('^', '# %s: ' % daemon.role, tail, flags=re.M), flush=True)
    finally:
        world.close()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
