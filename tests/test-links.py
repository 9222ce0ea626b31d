#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An agent's links over TLS and proxies, with real servers in a network of the test's own. TAP."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.join(os.environ.get('REEVE_TEST_SRCDIR', '.'), 'tests', 'lib'))
from hostlib import run, wait_for  # noqa: E402

SRCDIR = os.path.abspath(os.environ.get('REEVE_TEST_SRCDIR', '.'))
BUILDDIR = os.path.abspath(os.environ.get('REEVE_TEST_BUILDDIR', '.'))
REEVED = os.path.join(BUILDDIR, 'reeved')
REEVECTL = os.path.join(BUILDDIR, 'reevectl')
MODULES = os.path.join(BUILDDIR, 'plugins', '.libs')
DEADLINE = 40
HOST = '192.0.2.1'  # no loopback address, though on the loopback interface
NEEDED = ('nginx', 'openssl', 'tinyproxy', 'microsocks', 'ip', 'unshare')
GOOD, EXPIRED, OTHER, OLD, CLEAR = 8443, 8444, 8445, 8446, 8447
HUB, HTTP_PROXY, SOCKS = 8090, 8888, 1080

NGINX = '''
user root; daemon off; worker_processes 1; pid %(base)s/nginx.pid; error_log %(base)s/nginx.log;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path %(base)s/t1; proxy_temp_path %(base)s/t2; fastcgi_temp_path %(base)s/t3;
  uwsgi_temp_path %(base)s/t4; scgi_temp_path %(base)s/t5;
  server { listen 8447; }
  %(servers)s
}
'''
SERVER = '''
  server {
    listen %(port)d ssl; ssl_certificate %(base)s/%(name)s.pem; ssl_certificate_key %(base)s/%(name)s.key;
    ssl_protocols %(protocols)s; ssl_ciphers %(ciphers)s;
    location / {
      proxy_pass http://127.0.0.1:%(hub)d; proxy_http_version 1.1; proxy_read_timeout 1h;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";
      proxy_set_header Host $host;
    }
  }
'''


class Daemon:
    def __init__(self, world, role, name, config, env=None):
        self.world, self.role, self.name = world, role, name
        self.state = os.path.join(world.base, name)
        self.log = os.path.join(world.base, name + '.log')
        self.config = os.path.join(world.base, name + '.conf')
        self.env, self.process = env or {}, None
        os.mkdir(self.state, 0o700)
        self.write(config)

    def write(self, text):
        with open(os.open(self.config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w',
                  encoding='utf-8') as f:
            f.write(text)

    def start(self):
        env = {k: v for k, v in os.environ.items() if k != 'G_DEBUG' and not k.lower().endswith('_proxy')}
        env.update(self.env)
        with open(self.log, 'w', encoding='utf-8') as log:
            self.process = subprocess.Popen(
                [REEVED, self.role, '--config', self.config, '--state-dir', self.state,
                 '--plugin-dir', MODULES, '--log-level', 'info'],
                stderr=log, stdout=log, stdin=subprocess.DEVNULL, env=env)
        return self

    def text(self):
        with open(self.log, encoding='utf-8', errors='replace') as f:
            return f.read()

    def wait(self, pattern):
        try:
            return wait_for(pattern, lambda: re.search(pattern, self.text()))
        except AssertionError:
            raise AssertionError('no %r in:\n%s' % (pattern, self.text())) from None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(DEADLINE)
        assert code == 0, self.text()


class World:
    def __init__(self):
        self.base = tempfile.mkdtemp(prefix='reeve-links-')
        self.processes, self.daemons = [], []

    def start(self):
        run('ip', 'link', 'set', 'lo', 'up')
        run('ip', 'address', 'add', HOST + '/32', 'dev', 'lo')
        self.make_certificates()
        self.pin = run('sh', '-c', 'openssl x509 -in %s/good.pem -noout -pubkey | openssl pkey -pubin -outform der'
                       ' | openssl dgst -sha256 -binary | openssl base64' % self.base).strip()
        # the page is another test's
        with open(os.path.join(SRCDIR, 'data', 'roles', 'hub.role'), encoding='utf-8') as f:
            role = f.read().replace(';web-ui', '')
        with open(self.path('hub.role'), 'w', encoding='utf-8') as f:
            f.write(role.replace('OffByDefault=', 'OffByDefault=web-ui'))
        self.hub = Daemon(self, self.path('hub.role'), 'hub', '[plugin front]\nlisten=127.0.0.1:%d\nhost-names=%s\n' % (HUB, HOST)).start()
        self.daemons.append(self.hub)
        self.start_servers()
        self.hub.wait('host: ready')

    def path(self, name):
        return os.path.join(self.base, name)

    def make_certificates(self):
        day = ['-days', '10']
        for ca in ('ca', 'stranger'):
            run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                '-keyout', self.path(ca + '.key'), '-out', self.path(ca + '.pem'), '-subj', '/CN=Test ' + ca, *day)
        for name, san, days in (('good', 'IP:%s,IP:127.0.0.1,DNS:hub.test' % HOST, '10'),
                                ('expired', 'IP:%s' % HOST, '-1'), ('other', 'DNS:other.test', '10')):
            run('openssl', 'req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout',
                self.path(name + '.key'), '-out', self.path(name + '.csr'), '-subj', '/CN=' + name)
            with open(self.path(name + '.ext'), 'w', encoding='utf-8') as f:
                f.write('subjectAltName=%s\nextendedKeyUsage=serverAuth\n' % san)
            run('openssl', 'x509', '-req', '-in', self.path(name + '.csr'), '-CA', self.path('ca.pem'), '-CAkey',
                self.path('ca.key'), '-CAcreateserial', '-days', days, '-extfile', self.path(name + '.ext'),
                '-out', self.path(name + '.pem'))

    def start_servers(self):
        servers = ''.join(SERVER % {'port': p, 'name': n, 'base': self.base, 'hub': HUB, 'protocols': v, 'ciphers': c}
                          for p, n, v, c in ((GOOD, 'good', 'TLSv1.2 TLSv1.3', 'HIGH'),
                                             (EXPIRED, 'expired', 'TLSv1.2', 'HIGH'),
                                             (OTHER, 'other', 'TLSv1.3', 'HIGH'),
                                             (OLD, 'good', 'TLSv1.2', 'ECDHE-ECDSA-AES128-SHA')))
        with open(self.path('nginx.conf'), 'w', encoding='utf-8') as f:
            f.write(NGINX % {'base': self.base, 'servers': servers})
        with open(self.path('tinyproxy.conf'), 'w', encoding='utf-8') as f:
            f.write('Port %d\nListen 127.0.0.1\nTimeout 600\nAllow 127.0.0.1\nBasicAuth someone secret\n'
                    'LogFile "%s"\nLogLevel Connect\n' % (HTTP_PROXY, self.path('tinyproxy.log')))
        for command in (['nginx', '-c', self.path('nginx.conf'), '-e', self.path('nginx.log')],
                        ['tinyproxy', '-d', '-c', self.path('tinyproxy.conf')],
                        ['microsocks', '-i', '127.0.0.1', '-p', str(SOCKS), '-u', 'someone', '-P', 'secret']):
            self.processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                                   stderr=open(self.path(command[0] + '.err'), 'wb')))
        for port in (GOOD, HTTP_PROXY, SOCKS):
            wait_for('port %d' % port, lambda p=port: socket.socket().connect_ex(('127.0.0.1', p)) == 0)

    def add(self, name):
        text = run(REEVECTL, '--state-dir', self.hub.state, '--json', 'systems', 'add', name)
        token, key = (re.search(r'"%s"\s*:\s*"([^"]+)"' % k, text).group(1) for k in ('token', 'key'))
        with open(os.open(self.path(name + '.token'), os.O_WRONLY | os.O_CREAT, 0o600), 'w', encoding='utf-8') as f:
            f.write(token + '\n')
        return key.replace('\\/', '/')

    def reporter(self, name, url, instance=''):
        return '[plugin reporter%s]\nurl=%s\ntoken-file=%s\nhub-key=%s\n' % (
            instance and ' ' + instance, url, self.path(name + '.token'), self.add(name))

    def agent(self, name, url, settings, env=None):
        agent = Daemon(self, 'agent', name, self.reporter(name, url) + '[plugin ws-transport]\n' + settings, env)
        self.daemons.append(agent)
        return agent.start()

    def refused(self, name, port, settings, *patterns, env=None):
        agent = self.agent(name, 'wss://%s:%d' % (HOST, port), settings, env)
        for pattern in patterns:
            agent.wait(pattern)
        assert 'linked to' not in agent.text(), agent.text()
        agent.stop()

    def linked(self, name, settings, env=None):
        agent = self.agent(name, 'https://%s:%d' % (HOST, GOOD), settings, env)
        agent.wait(r"linked to .*, level 1")
        return agent

    def close(self):
        for process in [d.process for d in self.daemons] + self.processes:
            if process is not None and process.poll() is None:
                process.terminate()
                process.wait()
        shutil.rmtree(self.base, ignore_errors=True)


def test_verified(world):
    """By an authority of one's own: linked, and from then on nothing less is taken."""
    ca = 'ca-file=%s\n' % world.path('ca.pem')
    agent = world.linked('verified', ca)
    assert 'WARN' not in agent.text().upper(), agent.text()
    agent.stop()
    with open(agent.config, encoding='utf-8') as f:
        agent.write(f.read().replace('https://%s:%d' % (HOST, GOOD), 'http://127.0.0.1:%d' % HUB))
    agent.start().wait(r"has proven a better link before \(its transport's security\)")
    assert 'linked to' not in agent.text()
    agent.stop()


def test_pin(world):
    """The key alone decides; another one is named, so that it can be pinned."""
    world.linked('pinned', 'pin=sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=;sha256//%s\n' % world.pin).stop()
    world.refused('mispinned', GOOD, 'pin=%s\n' % ('0' * 64), 'its key is none of those that are pinned, but '
                  'sha256//' + re.escape(world.pin))
    world.refused('both', GOOD, 'pin=%s\nca-file=%s\n' % (world.pin, world.path('stranger.pem')), 'unknown issuer')


def test_refusals(world):
    """Each with a line of its own."""
    ca = 'ca-file=%s\n' % world.path('ca.pem')
    world.refused('expired', EXPIRED, ca, r'its certificate expired at \d{4}-')
    world.refused('other', OTHER, ca, r"its certificate is for other\.test, not for '192\.0\.2\.1'")
    world.refused('unknown', GOOD, '', r"unknown issuer, 'CN=Test ca'.*sha256//" + re.escape(world.pin))
    world.refused('cbc', OLD, ca, r"it refused TLS with the alert 'Handshake failed'")
    world.refused('not-tls', CLEAR, ca, 'it does not speak TLS on this port')
    world.refused('no-file', GOOD, 'ca-file=/nowhere/ca.pem\n', 'the file of authorities /nowhere/ca.pem: No such file')


def test_unverified(world):
    """Only by its own setting, and said each time."""
    agent = world.linked('unverified', 'verify=no\n')
    agent.wait('without a look at its certificate')
    agent.stop()


def test_http_proxy(world):
    """CONNECT, with a password from the URL or by the environment."""
    ca = 'ca-file=%s\n' % world.path('ca.pem')
    proxy = 'http://someone:%%s@127.0.0.1:%d' % HTTP_PROXY
    agent = world.linked('http-proxy', ca + 'proxy=%s\n' % proxy % 'secret')
    assert ':secret' not in agent.text()
    agent.stop()
    world.linked('environment', ca, env={'HTTPS_PROXY': proxy % 'secret'}).stop()
    with open(world.path('tinyproxy.log'), encoding='utf-8') as f:
        assert len(re.findall(r'CONNECT 192\.0\.2\.1:%d' % GOOD, f.read())) == 2
    world.refused('no-password', GOOD, ca + 'proxy=%s\n' % proxy % 'wrong',
                  r'through the proxy 127\.0\.0\.1:%d: .*\(status 40[17]\)' % HTTP_PROXY)
    world.linked('exempt', ca, env={'https_proxy': proxy % 'wrong', 'no_proxy': 'x.test,192.0.2.0/24'}).stop()


def test_socks_proxy(world):
    """SOCKS 5 with a password."""
    ca = 'ca-file=%s\n' % world.path('ca.pem')
    world.linked('socks', ca + 'proxy=socks5h://someone:secret@127.0.0.1:%d\n' % SOCKS).stop()
    world.refused('socks-no', GOOD, ca + 'proxy=socks5://127.0.0.1:%d\n' % SOCKS, 'wants a user name and a password')


def test_three_hubs(world):
    """One agent, three hubs: over TLS, plain on this machine, and one that is not there."""
    config = '[plugin ws-transport]\nca-file=%s\n' % world.path('ca.pem')
    config += world.reporter('three-a', 'wss://%s:%d' % (HOST, GOOD), 'tls')
    config += world.reporter('three-b', 'ws://127.0.0.1:%d' % HUB, 'plain')
    config += world.reporter('three-c', 'wss://%s:1' % HOST, 'away')
    agent = Daemon(world, 'agent', 'three', config)
    world.daemons.append(agent)
    agent.start()
    agent.wait(r"hub 'reporter/tls': linked to ")
    agent.wait(r"hub 'reporter/plain': linked to ")
    agent.wait(r"hub 'reporter/away'.*next attempt in")
    assert len(re.findall(': linked to [0-9]', agent.text())) == 2, agent.text()
    agent.stop()


def test_network_change(world):
    """A new address ends the wait; a link whose own address goes is given up and built anew."""
    ca = 'ca-file=%s\nproxy=none\n' % world.path('ca.pem')
    agent = world.agent('moving', 'wss://198.51.100.1:%d' % GOOD, ca + 'pin=%s\n' % world.pin)
    agent.wait(r'next attempt in')
    run('ip', 'address', 'add', '198.51.100.7/32', 'dev', 'lo')
    agent.wait('the network has changed: tried at once')
    agent.stop()
    agent = world.linked('losing', 'pin=%s\n' % world.pin)
    local = '192.0.2.1'
    run('ip', 'address', 'del', local + '/32', 'dev', 'lo')
    agent.wait('its local address has gone')
    run('ip', 'address', 'add', local + '/32', 'dev', 'lo')
    wait_for('the second link', lambda: len(re.findall(r"': linked to ", agent.text())) == 2)
    agent.stop()


def test_cut_off(world):
    """An end without TLS's own is said to be one; the link comes back."""
    agent = world.linked('cut-off', 'pin=%s\n' % world.pin)
    with open('/proc/%d/task/%d/children' % (world.processes[0].pid, world.processes[0].pid), encoding='utf-8') as f:
        workers = f.read().split()
    for worker in workers:
        os.kill(int(worker), signal.SIGKILL)
    # with something on its way to who was killed, the kernel says it in its own words
    agent.wait("cut off, without TLS's own end|Connection reset by peer")
    wait_for('the second link', lambda: len(re.findall(r"': linked to ", agent.text())) == 2)
    agent.stop()


def main():
    missing = [n for n in NEEDED if shutil.which(n, path=os.environ['PATH'] + ':/usr/sbin:/sbin') is None]
    if missing or subprocess.run(['unshare', '-rnm', 'true'], check=False, stderr=subprocess.DEVNULL).returncode != 0:
        print('1..0 # SKIP not here: ' + (', '.join(missing) or 'namespaces'))
        return 0
    if 'REEVE_TEST_INSIDE' not in os.environ:
        os.environ['REEVE_TEST_INSIDE'] = '1'
        os.environ['PATH'] += ':/usr/sbin:/sbin'
        os.execvp('unshare', ['unshare', '-rnm', '--', sys.executable, os.path.abspath(__file__)])
    tests = [(name, f) for name, f in globals().items() if name.startswith('test_')]
    print('1..%d' % len(tests), flush=True)
    failed = 0
    world = World()
    try:
        world.start()
        for i, (name, f) in enumerate(tests):
            try:
                f(world)
                print('ok %d - %s' % (i + 1, name), flush=True)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(re.sub('^', '# ', traceback.format_exc(), flags=re.M))
                print('not ok %d - %s' % (i + 1, name), flush=True)
    finally:
        world.close()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
