#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The hub's private keys are in the keeper's memory and not in that of the process which serves.
Prints TAP."""

import base64
import importlib.util
import os
import re
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, 'lib'))
import hostlib  # pylint: disable=wrong-import-position

spec = importlib.util.spec_from_file_location('tls', os.path.join(HERE, 'test-tls.py'))
tls = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tls)


def memory(pid):
    """All that a process has mapped and that can be read."""
    parts = []
    with open('/proc/%d/maps' % pid, encoding='utf-8', errors='replace') as maps, \
            open('/proc/%d/mem' % pid, 'rb', 0) as mem:
        for line in maps:
            m = re.match(r'([0-9a-f]+)-([0-9a-f]+) (r\S+) \S+ \S+ \S+ *(.*)', line)
            # what is in a file of the system is no secret; pages of the kernel's own cannot be read
            if m is None or m.group(4).startswith('[v'):
                continue
            start, end = int(m.group(1), 16), int(m.group(2), 16)
            try:
                mem.seek(start)
                parts.append(mem.read(end - start))
            except OSError:
                continue
    return b'\0'.join(parts)


def body(path):
    with open(path, encoding='ascii') as f:
        return ''.join(line.strip() for line in f if not line.startswith('-----'))


def identity_secrets(path):
    """The seed of an OpenSSH key, and its file's text."""
    raw = base64.b64decode(body(path))
    public = raw[raw.index(b'ssh-ed25519') + 15:][:32]
    at = raw.rindex(public)
    return {'the identity, its seed': raw[at - 32:at], 'the identity, text': body(path)[200:240].encode()}


def tls_secrets(path):
    """The number of an EC key in both orders, and its file's text."""
    der = subprocess.run(['openssl', 'ec', '-in', path, '-outform', 'der'], capture_output=True, check=True).stdout
    number = der[der.index(b'\x02\x01\x01\x04\x20') + 5:][:32]
    text = body(path)
    at = text.index(next(text[i:i + 32] for i in range(44, 60, 4)))
    return {'TLS, the number': number, 'TLS, the number in limbs': number[::-1], 'TLS, text': text[at:at + 40].encode()}


def find(secrets, pid):
    bytes_ = memory(pid)
    return sorted(name for name, secret in secrets.items() if secret in bytes_)


def children(pid):
    with open('/proc/%d/task/%d/children' % (pid, pid), encoding='ascii') as f:
        return [int(child) for child in f.read().split()]


def look(host, certificate_key, used=True):
    """Where the secrets are: after both keys were used, or before much was written over what is left of them."""
    port = int(re.search(r'listening on 0\.0\.0\.0:(\d+) with TLS', host.text()).group(1))
    for _ in range(3 if used else 0):
        assert tls.Client('127.0.0.1', port).ask('GET', '/')[0] == 200
    secrets = dict(identity_secrets(os.path.join(host.state, 'id_ed25519')), **tls_secrets(certificate_key))
    keepers = [pid for pid in children(host.process.pid)
               if open('/proc/%d/comm' % pid, encoding='ascii').read() == 'reeve-keeper\n']
    assert len(keepers) == 1, children(host.process.pid)
    # the control first: who looks in this way finds them
    held = find(secrets, keepers[0])
    assert 'the identity, its seed' in held, held
    assert 'TLS, the number' in held or 'TLS, the number in limbs' in held, held
    found = find(secrets, host.process.pid)
    assert found == [], found
    return keepers[0]


def may_look():
    return None if os.geteuid() == 0 else 'only root may look into the memory of a daemon'


def test_first_start(make):
    """The start that makes both keys, and an agent's link, which the identity signs for."""
    if may_look():
        return may_look()
    port = tls.free_port()
    host = tls.hub(make, 'listen=127.0.0.1:%d;0.0.0.0:%d\n' % (tls.free_port(), port)).start()
    host.ready()
    look(host, os.path.join(host.state, 'tls.key'), used=False)
    _, agent = tls.join(make, host, 'web1', url='wss://127.0.0.1:%d' % port)
    agent.start()
    tls.wait_state(host, 'web1', 'up')
    keeper = look(host, os.path.join(host.state, 'tls.key'))
    agent.stops()
    host.stops()
    assert not os.path.exists('/proc/%d' % keeper), 'the keeper outlives its hub'
    # and both from their files
    host.lines.clear()
    host.start().ready()
    look(host, os.path.join(host.state, 'tls.key'), used=False)
    host.stops()
    return None


def test_next_start(make):
    """Keys from files, and another one at a reload."""
    if may_look():
        return may_look()
    authority = tls.Authority(make.base)
    authority.sign('a', 'a.example')
    authority.sign('b', 'b.example')
    port = tls.free_port()
    files = 'certificate=%s\nkey=%s\n'
    host = tls.hub(make, 'listen=0.0.0.0:%d\n' % port
                   + files % (authority.path('a.pem'), authority.path('a.key'))).start()
    host.ready()
    look(host, authority.path('a.key'), used=False)
    look(host, authority.path('a.key'))
    with open(host.config, encoding='utf-8') as f:
        text = f.read()
    host.write(text.replace(authority.path('a.'), authority.path('b.')))
    assert any('settings are read again' in line for line in host.hup())
    look(host, authority.path('b.key'))
    host.stops()
    return None


def with_page(make):
    """A hub that listens on loopback without TLS, and everywhere with it; the two ports."""
    loop, port = tls.free_port(), tls.free_port()
    host = tls.hub(make, 'listen=127.0.0.1:%d;0.0.0.0:%d\n' % (loop, port)).start()
    host.ready()
    return host, loop, port


def assert_served(loop):
    """What needs no key goes on."""
    assert b' 200 ' in tls.plain(loop, b'GET / HTTP/1.0\r\nHost: 127.0.0.1:%d\r\n\r\n' % loop)


def test_death(make):
    """A keeper that is killed: handshakes fail, one line says why, and the rest goes on."""
    host, loop, port = with_page(make)
    for pid in children(host.process.pid):
        os.kill(pid, 9)
    try:
        tls.Client('127.0.0.1', port).ask('GET', '/')
        raise AssertionError('signed without a keeper')
    except OSError:
        pass
    host.wait('the keeper of keys does not answer')
    assert_served(loop)
    host.stops()


def test_stopped(make):
    """A keeper that is stopped: handshakes fail, an event says so, the rest is served, and all is well when it goes on."""
    host, loop, port = with_page(make)
    keeper, = children(host.process.pid)
    os.kill(keeper, signal.SIGSTOP)
    for _ in range(20):
        try:
            tls.Client('127.0.0.1', port).ask('GET', '/')
            raise AssertionError('signed by a keeper that is stopped')
        except OSError:
            pass
    host.wait('the keeper of keys does not answer: ')
    assert_served(loop)
    said = hostlib.wait_for('the event', lambda: [e for e in tls.ctl(host, 'events') if e['text'].startswith(
        'the keeper of keys does not answer: ')])
    assert len(said) == 1 and said[0]['severity'] == 'critical', said
    os.kill(keeper, signal.SIGCONT)

    def served():
        try:
            return tls.Client('127.0.0.1', port).ask('GET', '/')[0] == 200
        except OSError:
            return False

    hostlib.wait_for('a handshake', served)
    host.wait('the keeper of keys answers again')
    assert len(re.findall('the keeper of keys does not answer', host.text())) == 1, host.text()
    host.stops()


if __name__ == '__main__':
    sys.exit(hostlib.main([test_first_start, test_next_start, test_death, test_stopped]))
