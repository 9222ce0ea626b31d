#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A running hub whose disk lets it down: the kernel makes the file system read-only, another process holds the
database. Each is said once, changes are refused, everything else goes on. Prints TAP."""

import importlib.util
import os
import re
import shutil
import sqlite3
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, 'lib'))
import hostlib  # pylint: disable=wrong-import-position

spec = importlib.util.spec_from_file_location('tls', os.path.join(HERE, 'test-tls.py'))
tls = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tls)


def start(make, **more):
    """A hub with an agent that is up, and the hub's port."""
    port = tls.free_port()
    host = tls.hub(make, 'listen=127.0.0.1:%d\n' % port, **more).start()
    host.ready()
    _, agent = tls.join(make, host, 'web1', pin='', url='ws://127.0.0.1:%d' % port)
    agent.start()
    tls.wait_state(host, 'web1', 'up')
    return host, agent, port


def refused(host, *words):
    """What a command says that must fail, which is one line."""
    done = subprocess.run([tls.REEVECTL, '--state-dir', host.state] + list(words), capture_output=True, text=True,
                          timeout=hostlib.PATIENCE, check=False)
    assert done.returncode != 0 and len(done.stderr.splitlines()) == 1, (done.stdout, done.stderr)
    return done.stderr


def last(host):
    return tls.ctl(host, 'systems', 'list')[0]['last']


def serves(host, port):
    """The page, and newer values of an agent that is up."""
    before = last(host)
    hostlib.wait_for('a newer sample', lambda: last(host) > before)
    assert tls.ctl(host, 'systems', 'list')[0]['state'] == 'up'
    assert b' 200 ' in tls.plain(port, b'GET / HTTP/1.0\r\nHost: 127.0.0.1:%d\r\n\r\n' % port)


def failures(port, token):
    """Commits that failed."""
    answer = tls.plain(port, b'GET /metrics HTTP/1.0\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n\r\n'
                       % (port, token.encode()))
    return int(re.search(rb'^reeve_hub_commits_failed_total (\d+)$', answer, re.M).group(1))


def said(host, text, times=1):
    lines = [line for line in host.lines if text in line]
    assert len(lines) == times, (text, lines, host.text())
    return lines


def test_locked(make):
    """Somebody else's transaction on the database: what comes meanwhile waits, and none of it is lost."""
    host, agent, port = start(make)
    database, = [name for name in os.listdir(host.state) if name.endswith('.db')]
    lock = sqlite3.connect(os.path.join(host.state, database), isolation_level=None)
    lock.execute('BEGIN IMMEDIATE')
    host.wait('samples wait to be kept: ')
    assert 'is locked by another process' in refused(host, 'systems', 'add', 'web2')
    serves(host, port)
    lock.execute('ROLLBACK')
    lock.close()
    host.wait('samples are kept again; of those in between 0 are lost')
    tls.ctl(host, 'systems', 'add', 'web2')
    said(host, 'samples wait to be kept: ')
    said(host, 'history waits, changes are refused until then')
    host.lacks('samples are lost')
    agent.stops()
    host.stops()


def test_read_only(make):
    """What a kernel does that finds an error on a disk: every write fails from then on."""
    state = os.path.join(make.base, 'state')
    image = os.path.join(make.base, 'image')
    os.mkdir(state, 0o700)
    with open(image, 'wb') as f:
        f.truncate(32 << 20)
    if os.geteuid() != 0 or shutil.which('mkfs.ext4', path=os.environ['PATH'] + ':/usr/sbin:/sbin') is None:
        return 'only root may mount, with mkfs.ext4'
    subprocess.run(['mkfs.ext4', '-q', '-F', image], check=True, capture_output=True,
                   env=dict(os.environ, PATH=os.environ['PATH'] + ':/usr/sbin:/sbin'))
    if subprocess.run(['mount', '-o', 'loop,errors=remount-ro', image, state], check=False,
                      capture_output=True).returncode != 0:
        return 'no loop device can be mounted here'
    try:
        os.chmod(state, 0o700)
        fail(make, state)
    finally:
        subprocess.run(['umount', '-l', state], check=True)
    return None


def fail(make, state):
    host, agent, port = start(make, state=state)
    token = tls.ctl(host, 'metrics-token')['token']
    subprocess.run(['mount', '-o', 'remount,abort', state], check=True)
    host.wait('samples wait to be kept: ')
    assert 'check its disk' in refused(host, 'systems', 'add', 'web2')
    serves(host, port)
    before = failures(port, token)
    hostlib.wait_for('two more tries', lambda: failures(port, token) >= before + 2)
    said(host, 'history waits, changes are refused until then')
    said(host, 'samples wait to be kept: ')
    agent.stops()
    host.stop()
    host.has('samples could not be written before the end')
    # and a start there says why it cannot be
    at = len(host.lines)
    assert host.start().end() != 0
    lines = host.lines[at:]
    assert any('Read-only file system' in line for line in lines), lines


if __name__ == '__main__':
    if os.geteuid() == 0 and 'REEVE_TEST_INSIDE' not in os.environ:
        # mounts that end with this
        os.environ['REEVE_TEST_INSIDE'] = '1'
        os.execvp('unshare', ['unshare', '-m', '--', sys.executable, os.path.abspath(__file__)])
    sys.exit(hostlib.main([test_locked, test_read_only]))
