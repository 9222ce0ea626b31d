#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The metrics of a real hub with a real agent, read as a scraper reads them. Prints TAP."""

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
import traceback

sys.path.insert(0, os.path.join(os.environ.get('REEVE_TEST_SRCDIR', '.'), 'tests', 'lib'))
from hostlib import wait_for  # noqa: E402

SRCDIR = os.path.abspath(os.environ.get('REEVE_TEST_SRCDIR', '.'))
BUILDDIR = os.path.abspath(os.environ.get('REEVE_TEST_BUILDDIR', '.'))
MODULES = os.path.join(BUILDDIR, 'plugins', '.libs')
PARSER = os.path.join(SRCDIR, 'tests', 'lib', 'parse-openmetrics.py')
DEADLINE = 60


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class World:
    def __init__(self):
        self.base = tempfile.mkdtemp(prefix='reeve-metrics-')
        self.port, self.processes = free_port(), []
        # the page is another test's
        with open(os.path.join(SRCDIR, 'data', 'roles', 'hub.role'), encoding='utf-8') as f:
            role = f.read().replace(';web-ui', '').replace('OffByDefault=', 'OffByDefault=web-ui')
        with open(self.path('hub.role'), 'w', encoding='utf-8') as f:
            f.write(role)
        self.start(self.path('hub.role'), 'hub', '[plugin front]\nlisten=127.0.0.1:%d\n' % self.port)
        wait_for('the hub', lambda: 'ready' in self.log('hub'))

    def path(self, name):
        return os.path.join(self.base, name)

    def log(self, name):
        with open(self.path(name + '.log'), encoding='utf-8', errors='replace') as f:
            return f.read()

    def start(self, role, name, config):
        os.mkdir(self.path(name), 0o700)
        with open(os.open(self.path(name + '.conf'), os.O_WRONLY | os.O_CREAT, 0o600), 'w', encoding='utf-8') as f:
            f.write(config)
        env = {k: v for k, v in os.environ.items() if k != 'G_DEBUG' and not k.lower().endswith('_proxy')}
        with open(self.path(name + '.log'), 'w', encoding='utf-8') as log:
            self.processes.append(subprocess.Popen(
                [os.path.join(BUILDDIR, 'reeved'), role, '--config', self.path(name + '.conf'), '--state-dir',
                 self.path(name), '--plugin-dir', MODULES],
                stderr=log, stdout=log, stdin=subprocess.DEVNULL, env=env))

    def ctl(self, *args):
        done = subprocess.run([os.path.join(BUILDDIR, 'reevectl'), '--state-dir', self.path('hub')] + list(args),
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, (args, done.stdout, done.stderr)
        return done.stdout

    def get(self, token=None):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=DEADLINE)
        connection.request('GET', '/metrics', headers={'Authorization': 'Bearer ' + token} if token else {})
        answer = connection.getresponse()
        text = answer.read().decode('utf-8')
        connection.close()
        return answer.status, answer.headers, text

    def close(self):
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        codes = [process.wait(DEADLINE) for process in self.processes]
        shutil.rmtree(self.base, ignore_errors=True)
        assert codes == [0] * len(codes), codes


def test_token(world):
    """Nothing without one, nothing with another, nothing once it is gone."""
    assert world.get()[0] == 404
    first = world.ctl('metrics-token').strip()
    assert re.fullmatch('[A-Za-z0-9_-]{43}', first), first
    status, headers, _ = world.get()
    assert status == 401 and headers['WWW-Authenticate'] == 'Bearer', (status, headers)
    assert world.get('x' * 43)[0] == 401
    assert world.get(first)[0] == 200
    second = json.loads(world.ctl('--json', 'metrics-token'))['token']
    assert world.get(first)[0] == 401 and world.get(second)[0] == 200
    world.ctl('metrics-token', '--remove')
    assert world.get(second)[0] == 404
    for secret in (first, second):
        assert secret not in world.log('hub')


def test_text(world):
    """Of the agent and of the hub, by somebody else's parser."""
    token = world.ctl('metrics-token').strip()
    answer = json.loads(world.ctl('--json', 'systems', 'add', 'web "1"\\'))
    with open(os.open(world.path('token'), os.O_WRONLY | os.O_CREAT, 0o600), 'w', encoding='utf-8') as f:
        f.write(answer['token'] + '\n')
    world.start('agent', 'agent', '[plugin reporter]\nurl=http://127.0.0.1:%d\ntoken-file=%s\nhub-key=%s\n'
                % (world.port, world.path('token'), answer['key']))
    text = wait_for('a sample', lambda: next((t for t in [world.get(token)[2]]
                                           if re.search('^reeve_hub_samples_total [1-9]', t, flags=re.M)), None))
    assert world.get(token)[1]['Content-Type'] == 'application/openmetrics-text; version=1.0.0; charset=utf-8'
    assert text.endswith('\n# EOF\n')
    for pattern in (r'^reeve_up\{system="web \\"1\\"\\\\",system_id="[0-9a-f]{16}"\} 1$', r'^reeve_hub_systems\{state="up"\} 1$',
                    r'^reeve_hub_plugin_seconds_total\{plugin="fleet"\} [0-9.e-]+$', r'^reeve_hub_memory_bytes [0-9]+$',
                    r'^reeve_hub_plugin_running\{plugin="front"\} 1$', r'^reeve_hub_samples_total [1-9]',
                    r'^reeve_hub_events_total [1-9]', r'^reeve_hub_commit_delay_seconds_sum [0-9]',
                    r'^reeve_hub_links\{transport="websocket"\} 1$', r'^reeve_hub_commit_seconds_bucket\{le="0.005"\} [0-9]+$',
                    r'^reeve_hub_commit_seconds_bucket\{le="\+Inf"\} [1-9]', r'^reeve_hub_commit_seconds_count [1-9]',
                    r'^reeve_hub_commit_seconds_sum [0-9.e-]+$', r'^reeve_hub_commits_failed_total 0$',
                    r'^reeve_hub_samples_waiting [0-9]+$', r'^reeve_hub_changes_waiting [0-9]+$',
                    r'^reeve_hub_descriptors [1-9]', r'^reeve_host_info\{system="web '):
        assert re.search(pattern, text, flags=re.M), (pattern, text)
    done = subprocess.run(['/usr/bin/python3', PARSER], input=text, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode == 77:
        return 'python3-prometheus-client is not installed'
    assert done.returncode == 0, done.stderr
    assert text.count('\nreeve_memory_used_bytes{') == 1 and text.count('\nreeve_host_info{') == 1, text
    return None


def main():
    tests = [test_token, test_text]
    print('1..%d' % len(tests), flush=True)
    failed = 0
    world = World()
    try:
        for i, test in enumerate(tests):
            try:
                reason = test(world)
                print('ok %d - %s%s' % (i + 1, test.__name__, ' # SKIP ' + reason if reason else ''), flush=True)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(re.sub('^', '# ', traceback.format_exc(), flags=re.M))
                print('not ok %d - %s' % (i + 1, test.__name__), flush=True)
    finally:
        world.close()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
