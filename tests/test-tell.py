#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Somebody is told: a real hub, a real agent that is killed, and commands that write down what they read."""

import csv
import http.client
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.join(os.environ.get('REEVE_TEST_SRCDIR', '.'), 'tests', 'lib'))
from hostlib import wait_for  # noqa: E402

SRCDIR = os.path.abspath(os.environ.get('REEVE_TEST_SRCDIR', '.'))
BUILDDIR = os.path.abspath(os.environ.get('REEVE_TEST_BUILDDIR', '.'))
REEVED = os.path.join(BUILDDIR, 'reeved')
REEVECTL = os.path.join(BUILDDIR, 'reevectl')
MODULES = os.path.join(BUILDDIR, 'plugins', '.libs')
DEADLINE = 90


def page():
    for built in (BUILDDIR, SRCDIR):
        folder = os.path.join(built, 'plugins', 'web-ui', 'dist')
        if os.path.exists(os.path.join(folder, 'manifest.json')):
            return folder
    raise AssertionError('the page is not built')


class World:
    """A hub with four who are told, and an agent."""

    def __init__(self):
        self.base = tempfile.mkdtemp(prefix='reeve-tell-')
        self.told = os.path.join(self.base, 'told')
        os.mkdir(self.told)
        self.state = os.path.join(self.base, 'hub')
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            self.port = s.getsockname()[1]
        self.processes = {}
        self.logs = {}

    def script(self, name, text):
        path = os.path.join(self.base, name)
        with open(path, 'w', encoding='utf-8') as f:
            f.write('#!/bin/sh\n' + text)
        os.chmod(path, 0o755)
        return path

    def write(self, name, text):
        path = os.path.join(self.base, name)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
        os.chmod(path, 0o600)
        return path

    def start(self, role, config, state):
        log = os.path.join(self.base, role + '.log')
        self.logs[role] = log
        env = {k: v for k, v in os.environ.items() if k != 'G_DEBUG'}
        with open(log, 'a', encoding='utf-8') as out:
            self.processes[role] = subprocess.Popen(
                [REEVED, role, '--config', config, '--state-dir', state, '--plugin-dir', MODULES],
                stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=env)

    def lines(self, role):
        with open(self.logs[role], encoding='utf-8', errors='replace') as f:
            return f.read()

    def start_hub(self):
        self.start('hub', os.path.join(self.base, 'hub.conf'), self.state)
        wait_for('the hub', self.is_ready)

    def is_ready(self):
        code, out = self.ctl('--json', 'status', fail=True)
        return code == 0 and json.loads(out)['ready']

    def kill(self, role, how=signal.SIGKILL):
        process = self.processes.pop(role, None)
        if process is not None:
            process.send_signal(how)
            process.wait(DEADLINE)

    def ctl(self, *args, fail=False):
        done = subprocess.run([REEVECTL, '--state-dir', self.state] + list(args), text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=DEADLINE, check=False)
        assert fail or done.returncode == 0, (args, done.stdout, done.stderr)
        return done.returncode, done.stdout

    def json(self, *args):
        return json.loads(self.ctl('--json', *args)[1])

    def events(self, name):
        try:
            with open(os.path.join(self.told, name), encoding='utf-8') as f:
                return [json.loads(line) for line in f if line.endswith('\n')]
        except FileNotFoundError:
            return []

    def state_events(self, name):
        return [e for e in self.events(name) if e['category'] == 'state']

    def close(self):
        for role in list(self.processes):
            self.kill(role)
        shutil.rmtree(self.base, ignore_errors=True)


def sink(world, name):
    return next((s for s in world.json('events', 'sinks') if s['name'] == 'exec-sink/' + name), None)


def test_set_up(world):
    world.write('hub.conf', '''[plugin front]
listen=127.0.0.1:%d
[plugin web-ui]
page-directory=%s
[plugin fleet]
poll-interval=10s
down-after=2s
[plugin exec-sink good]
command=%s
categories=state;test
[plugin exec-sink failing]
command=%s
categories=state;test
[plugin exec-sink hanging]
command=%s
timeout=2s
categories=state;test
[plugin exec-sink missing]
command=/no/such/program;--loud
categories=state;test
''' % (world.port, page(), world.script('good', 'cat >>%s/good\n' % world.told),
       world.script('failing', 'if test -e %s/mended; then cat >>%s/failing; else echo "no route" >&2; exit 9; fi\n'
                    % (world.told, world.told)),
       world.script('hanging', 'echo $$ >%s/hanging.pid; exec sleep 10000\n' % world.told)))
    world.start_hub()
    added = world.json('systems', 'add', 'web1')
    config = world.write('agent.conf', '''[plugin reporter]
url=ws://127.0.0.1:%d
hub-key=%s
token-file=%s
''' % (world.port, added['key'], world.write('token', added['token'] + '\n')))
    world.agent = (config, os.path.join(world.base, 'agent'))
    world.start('agent', *world.agent)
    wait_for('web1 is up', lambda: any('is up' in e['text'] for e in world.state_events('good')))


def test_down_and_up(world):
    """kill -9 of the agent: down, and up again, in this order, as JSON."""
    before = len(world.state_events('good'))
    world.kill('agent')
    wait_for('web1 is down', lambda: any('is down' in e['text'] for e in world.state_events('good')[before:]))
    world.start('agent', *world.agent)
    wait_for('web1 is up again', lambda: 'is up' in world.state_events('good')[-1]['text'])
    told = world.state_events('good')[before:]
    texts = [e['text'] for e in told]
    assert 'web1' in texts[0] and 'is down' in texts[0], texts
    numbers = [e['number'] for e in world.events('good')]
    assert numbers == sorted(set(numbers)), numbers
    assert told[-1]['severity'] == 'notice' and told[0]['severity'] == 'warning' and told[0]['source'] == 'fleet', told[0]
    assert told[0]['fields'] == {'name': 'web1', 'state': 'down'}, told[0]
    assert told[-1]['fields'] == {'name': 'web1', 'state': 'up'}, told[-1]
    ids = [s['id'] for s in world.json('systems', 'list')]
    assert told[0]['subject'] in ids, (told[0], ids)


def test_others_do_not_wait(world):
    """A hanging, a failing and a missing command are said, and are nobody else's trouble."""
    wait_for('failing', lambda: sink(world, 'failing')['state'] == 'failing')
    wait_for('hanging', lambda: 'was killed' in sink(world, 'hanging')['error'])
    assert sink(world, 'failing')['error'] == 'exec-sink/failing: the command ended with 9: no route'
    missing = sink(world, 'missing')
    assert 'key command of exec-sink/missing names what cannot be run: cannot run /no/such/program: ' \
           'No such file or directory' in missing['error'], missing
    assert sink(world, 'good')['state'] in ('idle', 'delivering'), sink(world, 'good')
    assert sink(world, 'good')['queued'] == 0
    log = world.lines('hub')
    assert 'exec-sink/missing' in log and '/no/such/program' in log, log
    with open(os.path.join(world.told, 'hanging.pid'), encoding='utf-8') as f:
        pid = int(f.read())
    wait_for('the hanging one is gone', lambda: not os.path.exists('/proc/%d' % pid))


def test_events(world):
    """The list, its filters, and what --watch adds as it happens."""
    everything = world.json('events', '--limit=1000')
    numbers = [e['number'] for e in everything]
    assert numbers == sorted(set(numbers)) and numbers, numbers
    state = world.json('events', '--category=state', '--system=web1', '--severity=warning')
    assert state and all(e['category'] == 'state' and e['severity'] == 'warning' for e in state), state
    assert [e['number'] for e in world.json('events', '--limit=2')] == numbers[-2:] or \
        len(world.json('events', '--limit=2')) == 2
    assert world.json('events', '--since=2020-01-01', '--until=2020-01-02T00:00') == []
    assert len(world.json('events', '--since=1h', '--limit=1000')) >= len(numbers)
    table = world.ctl('events', '--category=state')[1].splitlines()
    assert table[0].split() == ['TIME', 'SEVERITY', 'CATEGORY', 'WHAT'], table
    assert any('web1' in line and 'is down' in line for line in table), table
    for wrong in ('--severity=loud', '--since=yesterday', '--limit=0', '--nonsense', 'web1'):
        assert world.ctl('events', wrong, fail=True)[0] != 0, wrong
    assert world.ctl('events', '--system=nobody', fail=True)[0] == 1
    watch = subprocess.Popen([REEVECTL, '--state-dir', world.state, 'events', '--watch', '--category=test'],
                             stdout=subprocess.PIPE, text=True)
    try:
        world.ctl('events', 'test', 'notice')
        first = watch.stdout.readline()
        world.ctl('events', 'test', 'error')
        second = watch.stdout.readline()
        assert 'notice' in first and 'a test' in first, first
        assert 'error' in second and 'a test' in second, second
    finally:
        watch.kill()
        watch.wait()


def test_what_is_said(world):
    """Links, settings that were read or refused, sign-ins and sign-outs are events too."""
    def texts(category, severity):
        return [e['text'] for e in world.json('events', '--category=' + category, '--severity=' + severity,
                                              '--limit=1000')]

    assert any("'web1' was linked for the first time" in t for t in texts('link', 'notice')), texts('link', 'debug')
    assert any("'web1' lost its link" in t for t in texts('link', 'info')), texts('link', 'debug')
    assert any("'web1' is linked again" in t for t in texts('link', 'info')), texts('link', 'debug')
    assert any("'web1' was added" in t for t in texts('setting', 'notice'))
    world.ctl('reload')
    assert any('settings are read again' in t for t in texts('setting', 'info'))
    with open(os.path.join(world.base, 'hub.conf'), encoding='utf-8') as f:
        good = f.read()
    world.write('hub.conf', good + '[plugin events]\ngive-up=soon\n')
    assert world.ctl('reload', fail=True)[0] == 1
    refused = texts('setting', 'warning')
    assert any('settings are not taken' in t and 'give-up' in t for t in refused), refused
    world.write('hub.conf', good)
    secret = world.ctl('open')[1].strip().split('#open=')[1]

    def session(verb, body=None, headers=()):
        connection = http.client.HTTPConnection('127.0.0.1', world.port, timeout=20)
        connection.request(verb, '/api/v1/session', body=body, headers=dict(headers, **{
            'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-origin',
            'Origin': 'http://127.0.0.1:%d' % world.port}))
        answer = connection.getresponse().read()
        connection.close()
        return answer

    session('POST', json.dumps({'secret': 'wrong'}))
    bearer = {'Authorization': 'Bearer ' + json.loads(session('POST', json.dumps({'secret': secret})))['token']}
    assert not any('signed out' in t for t in texts('sign-in', 'info')), texts('sign-in', 'debug')
    for _ in range(2):
        session('DELETE', headers=bearer)
    assert len([t for t in texts('sign-in', 'info') if 'owner signed out' in t]) == 1, texts('sign-in', 'debug')
    assert any('signed in' in t for t in texts('sign-in', 'notice')), texts('sign-in', 'debug')
    assert any('sign-in failed' in t for t in texts('sign-in', 'warning')), texts('sign-in', 'debug')
    assert secret not in json.dumps(world.json('events', '--limit=1000'))


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_history(world):
    """The same values as CSV and as JSON, in one piece and in parts."""
    wait_for('a sample', lambda: len(rows(world.ctl('history', 'web1', 'memory')[1])) > 0)
    now = int(time.time())
    span = ('--from=%d' % (now - 3600), '--to=%d' % (now + 60))
    whole = rows(world.ctl('history', 'web1', 'memory', 'filesystem', '--points=4000', *span)[1])
    kinds = {(r['kind'], r['metric']) for r in whole}
    assert ('memory', 'total') in kinds and ('filesystem', 'used') in kinds, kinds
    assert not any(r['kind'] == 'cpu' for r in whole)
    data = world.json('history', 'web1', 'memory', '--points=4000', *span)
    series = next(s for s in data['series'] if s['metric'] == 'total')
    in_json = [v for v in series['values'] if v is not None]
    in_csv = [float(r['value']) for r in whole if r['kind'] == 'memory' and r['metric'] == 'total']
    assert in_json == in_csv and in_csv[0] > 2 ** 20, (in_json, in_csv)
    parts = rows(world.ctl('history', 'web1', 'memory', '--points=all', *span)[1])
    assert [r for r in parts if r['metric'] == 'total'] and parts[0]['time'].endswith('Z'), parts[:2]
    for wrong in ((), ('web1', '--points=0'), ('web1', '--from=x'), ('web1', 'a,b')):
        assert world.ctl('history', *wrong, fail=True)[0] == 2, wrong
    assert world.ctl('history', 'nobody', fail=True)[0] == 1
    assert world.ctl('history', 'web1', 'no-such-kind', fail=True)[0] in (0, 1)


def test_hub_is_killed(world):
    """What was not delivered when the hub was killed is delivered after its restart, each once more."""
    tests = len([e for e in world.events('good') if e['category'] == 'test'])
    world.ctl('events', 'test', 'warning')
    wait_for('queued', lambda: len([e for e in world.events('good') if e['category'] == 'test']) > tests)
    queued = sink(world, 'failing')['queued']
    assert queued >= 2, queued
    world.kill('hub')
    with open(os.path.join(world.told, 'mended'), 'w', encoding='utf-8'):
        pass
    world.start_hub()
    wait_for('delivered', lambda: any('a test' in e['text'] for e in world.events('failing'))
             and any('is down' in e['text'] for e in world.events('failing')))
    wait_for('nothing waits', lambda: sink(world, 'failing')['queued'] == 0)
    texts = [e['text'] for e in world.state_events('failing')]
    assert any('is down' in t for t in texts), texts
    first = [e['number'] for e in world.state_events('good')]
    late = [e['number'] for e in world.state_events('failing')]
    assert late[:len(first)] == first, (late, first)


def test_stops(world):
    """A stop does not wait for the hanging one."""
    world.ctl('events', 'test', 'warning')
    world.processes['hub'].send_signal(signal.SIGTERM)
    assert world.processes.pop('hub').wait(DEADLINE) == 0, world.lines('hub')
    pid = int(open(os.path.join(world.told, 'hanging.pid'), encoding='utf-8').read())
    wait_for('nothing is left', lambda: not os.path.exists('/proc/%d' % pid))


def test_starts_and_stops(world):
    """Of the hub itself: each start, and each stop that was asked for. A kill says nothing."""
    world.start_hub()
    events = world.json('events', '--category=host')
    assert [e['text'].split(':')[0] for e in events] == ['the hub started', 'the hub started', 'the hub stops',
                                                         'the hub started'], events
    assert all(e['subject'] == 'hub' for e in events), events
    world.kill('hub', signal.SIGTERM)


def main():
    tests = [value for name, value in list(globals().items()) if name.startswith('test_')]
    world = World()
    failed = False
    print('1..%d' % len(tests))
    try:
        for number, test in enumerate(tests, 1):
            try:
                if not failed:
                    test(world)
                print('%s %d - %s%s' % ('not ok' if failed else 'ok', number, test.__name__,
                                        ' # an earlier one failed' if failed else ''))
            except Exception:  # pylint: disable=broad-except
                failed = True
                print('not ok %d - %s' % (number, test.__name__))
                for line in traceback.format_exc().splitlines():
                    print('# ' + line)
                for role in world.logs:
                    for line in world.lines(role).splitlines()[-30:]:
                        print('# %s: %s' % (role, line))
            sys.stdout.flush()
    finally:
        world.close()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
