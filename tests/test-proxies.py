#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A hub behind nginx, HAProxy and Caddy, each configured as docs/proxies.md says. Prints TAP."""

import grp
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import stat
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
DEADLINE = 60
NAME = 'hub.example'
ADDRESS = '192.0.2.1'   # of the proxy and, since it is on the loopback interface, of agents that dial it
BROWSER = '203.0.113.9'
HUB = '192.0.2.8'       # of a hub on another machine than its proxy
SOCKET = '/run/reeve/hub.socket'
NEEDED = ('nginx', 'haproxy', 'caddy', 'openssl', 'ip', 'unshare', 'mount', 'prlimit')
LIES = {'X-Forwarded-For': '203.0.113.66, 127.0.0.1', 'Forwarded': 'for=203.0.113.66', 'X-Real-IP': '203.0.113.66',
        'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'http'}


def documented(language):
    """The blocks of docs/proxies.md in one language: the whole configuration, the one for a path, and for nginx
    the one for a hub on another machine."""
    with open(os.path.join(SRCDIR, 'docs', 'proxies.md'), encoding='utf-8') as f:
        blocks = re.findall('^```%s\n(.*?)^```' % language, f.read(), flags=re.M | re.S)
    assert len(blocks) == (3 if language == 'nginx' else 2), (language, blocks)
    return blocks


class Daemon:
    def __init__(self, base, role, name, config):
        self.role, self.process = role, None
        self.state = os.path.join(base, name)
        self.log = os.path.join(base, name + '.log')
        self.config = os.path.join(base, name + '.conf')
        os.mkdir(self.state, 0o700)
        with open(os.open(self.config, os.O_WRONLY | os.O_CREAT, 0o600), 'w', encoding='utf-8') as f:
            f.write(config)

    def start(self, limit=None):
        env = {k: v for k, v in os.environ.items() if k != 'G_DEBUG' and not k.lower().endswith('_proxy')}
        command = [REEVED, self.role, '--config', self.config, '--state-dir', self.state, '--plugin-dir', MODULES,
                   '--log-level', 'debug']
        if limit is not None:
            command = ['prlimit', '--nofile=%d' % limit, '--'] + command
        with open(self.log, 'w', encoding='utf-8') as log:
            self.process = subprocess.Popen(command, stderr=log, stdout=log, stdin=subprocess.DEVNULL, env=env)
        return self

    def text(self):
        with open(self.log, encoding='utf-8', errors='replace') as f:
            return f.read()

    def wait(self, pattern, count=1):
        try:
            return wait_for(pattern, lambda: len(re.findall(pattern, self.text())) >= count)
        except AssertionError:
            raise AssertionError('no %r in:\n%s' % (pattern, self.text())) from None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(DEADLINE) == 0, self.text()


class Proxy:
    """One of the three, with what docs/proxies.md says for it."""

    def __init__(self, world, kind, base, timeout=None, elsewhere=False):
        self.folder = tempfile.mkdtemp(dir=world.base)
        whole, below = documented(kind)[:2]
        if elsewhere:
            # all addresses are of one machine here, where the kernel would choose the hub's own
            whole = re.sub(r' *proxy_pass .*\n', 'proxy_bind %s;\n' % ADDRESS + documented(kind)[2], whole)
        text = getattr(self, kind)(whole, below if base else None, timeout)
        path = os.path.join(self.folder, 'config')
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
        command = {'nginx': ['nginx', '-c', path, '-e', os.path.join(self.folder, 'log')],
                   'haproxy': ['haproxy', '-db', '-f', path],
                   'caddy': ['caddy', 'run', '--adapter', 'caddyfile', '--config', path]}[kind]
        env = dict(os.environ, HOME=self.folder, XDG_DATA_HOME=self.folder, XDG_CONFIG_HOME=self.folder)
        with open(os.path.join(self.folder, 'out'), 'wb') as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)
        world.processes.append(self.process)
        try:
            wait_for(kind, lambda: socket.socket().connect_ex((ADDRESS, 443)) == 0)
        except AssertionError:
            with open(os.path.join(self.folder, 'out'), encoding='utf-8') as log:
                raise AssertionError(log.read()) from None

    def nginx(self, whole, below, timeout):
        """In a file of its own, the block stands in the http section of nginx.conf."""
        if below is not None:
            whole = re.sub(r'    location / \{\n.*?hub\.socket;\n', below, whole, flags=re.S)
        if timeout is not None:
            whole = whole.replace('proxy_buffering off;', 'proxy_buffering off; proxy_read_timeout %ds; '
                                  'proxy_send_timeout %ds;' % (timeout, timeout))
        temporary = ''.join('%s_temp_path %s/%s; ' % (n, self.folder, n)
                            for n in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
        return ('user root; daemon off; worker_processes 1; pid %s/pid;\nevents { worker_connections 256; }\n'
                'http { access_log off; %s\n%s}\n' % (self.folder, temporary, whole))

    def haproxy(self, whole, below, timeout):
        if below is not None:
            whole = whole.replace('    default_backend reeve\n', below)
        if timeout is not None:
            whole = re.sub(r'(timeout (?:client|server|tunnel)) 60s', r'\1 %ds' % timeout, whole)
        return whole

    def caddy(self, whole, below, timeout):
        """Its certificates come from an authority on the internet; here they are given."""
        if below is not None:
            whole = re.sub(r'    reverse_proxy.*\n', below, whole)
        if timeout is not None:
            # it is impatient with TCP alone
            whole = re.sub(r'reverse_proxy \S+', 'reverse_proxy 127.0.0.1:8090 {\n        transport http {\n'
                           '            read_timeout %ds\n            write_timeout %ds\n        }\n    }'
                           % (timeout, timeout), whole)
        whole = whole.replace('%s {\n' % NAME, '%s {\n    tls /etc/ssl/hub.example.crt /etc/ssl/hub.example.key\n' % NAME)
        return '{\n    admin off\n    auto_https disable_redirects\n    skip_install_trust\n}\n' + whole

    def end(self):
        self.process.terminate()
        self.process.wait()


class World:
    def __init__(self):
        self.base = tempfile.mkdtemp(prefix='reeve-proxies-')
        self.processes, self.daemons, self.hub = [], [], None
        run('ip', 'link', 'set', 'lo', 'up')
        for address in (ADDRESS, BROWSER, HUB):
            run('ip', 'address', 'add', address + '/32', 'dev', 'lo')
        run('mount', '-t', 'tmpfs', 'tmpfs', '/run')
        os.mkdir('/run/reeve')
        with open(self.path('hosts'), 'w', encoding='utf-8') as f:
            f.write('127.0.0.1 localhost\n%s %s\n' % (ADDRESS, NAME))
        run('mount', '--bind', self.path('hosts'), '/etc/hosts')
        os.mkdir(self.path('ssl'))
        run('mount', '--bind', self.path('ssl'), '/etc/ssl')
        run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-config',
            '/dev/null', '-keyout', self.path('ssl/hub.example.key'), '-out', self.path('ssl/hub.example.crt'), '-subj',
            '/CN=' + NAME, '-days', '5', '-addext', 'subjectAltName=DNS:' + NAME)
        with open(self.path('ssl/hub.example.pem'), 'w', encoding='utf-8') as f:
            for part in ('crt', 'key'):
                with open(self.path('ssl/hub.example.' + part), encoding='utf-8') as p:
                    f.write(p.read())

    def path(self, name):
        return os.path.join(self.base, name)

    def start_hub(self, name, settings, more='', limit=None):
        page = next((p for p in (os.path.join(d, 'plugins', 'web-ui', 'dist') for d in (BUILDDIR, SRCDIR))
                     if os.path.exists(os.path.join(p, 'manifest.json'))), None)
        assert page is not None, 'the page is not built'
        self.hub = Daemon(self.base, 'hub', name, '[plugin front]\n%s[plugin web-ui]\npage-directory=%s\n%s'
                          % (settings, page, more))
        self.daemons.append(self.hub)
        self.hub.start(limit)
        self.hub.wait('host: ready')
        return self.hub

    def start_proxied_hub(self, name, base='', more=''):
        return self.start_hub(name, 'public-url=https://%s%s\nproxy-socket=%s\nproxy-group=%s\n'
                              % (NAME, base, SOCKET, grp.getgrgid(os.getegid()).gr_name), more)

    def ctl(self, *args):
        return run(REEVECTL, '--state-dir', self.hub.state, *args)

    def start_agent(self, name, base=''):
        answer = json.loads(self.ctl('--json', 'systems', 'add', name))
        folder = 'agent-%d' % len(os.listdir(self.base))
        token = self.path(folder + '.token')
        with open(os.open(token, os.O_WRONLY | os.O_CREAT, 0o600), 'w', encoding='utf-8') as f:
            f.write(answer['token'] + '\n')
        agent = Daemon(self.base, 'agent', folder, '[plugin reporter]\nurl=https://%s%s\ntoken-file=%s\n'
                       'hub-key=%s\n[plugin ws-transport]\nca-file=/etc/ssl/hub.example.crt\n'
                       % (NAME, base, token, answer['key']))
        self.daemons.append(agent)
        return agent.start()

    def state(self, name):
        return next(s for s in json.loads(self.ctl('--json', 'systems', 'list')) if s['name'] == name)['state']

    def end(self):
        """What one test has started."""
        for process in [d.process for d in reversed(self.daemons)] + self.processes:
            if process is not None and process.poll() is None:
                process.terminate()
                process.wait()
        self.processes, self.daemons = [], []


def ask(method, path, headers=None, body=None, source=BROWSER):
    """(status, headers, body) as a browser would ask the proxy."""
    context = ssl.create_default_context(cafile='/etc/ssl/hub.example.crt')
    raw = socket.create_connection((ADDRESS, 443), timeout=DEADLINE, source_address=(source, 0))
    connection = http.client.HTTPConnection(NAME)
    connection.sock = context.wrap_socket(raw, server_hostname=NAME)
    return speak(connection, method, path, headers, body)


def speak(connection, method, path, headers, body=None):
    connection.request(method, path, body=body, headers=headers or {})
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, answer.headers, data


def speak_at(target, headers):
    """As a proxy does that makes its headers up, or as whoever else comes to a port."""
    raw = socket.socket(socket.AF_UNIX if isinstance(target, str) else socket.AF_INET)
    raw.settimeout(DEADLINE)
    raw.connect(target)
    connection = http.client.HTTPConnection(NAME)
    connection.sock = raw
    return speak(connection, 'GET', '/api/beszel/agent-connect', dict(KNOCK, **headers))[0]


# an agent whose token nobody knows: the hub says from where it came
KNOCK = {'Connection': 'Upgrade', 'Upgrade': 'websocket', 'Sec-WebSocket-Version': '13',
         'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'X-Token': 'wrong', 'X-Beszel': '0.18.4'}


def sign_in(world, base):
    """By the link that reevectl prints: a change, so it shows that Host, scheme and Origin are right."""
    link = world.ctl('open').strip()
    origin = 'https://' + NAME
    assert link.startswith(origin + base + '/#open='), link
    same = {'Origin': origin, 'Sec-Fetch-Site': 'same-origin', 'Content-Type': 'application/json'}
    body = json.dumps({'secret': link.split('#open=')[1]})
    status, headers, data = ask('POST', base + '/api/v1/session', dict(same, **LIES), body)
    assert status == 200, (status, data)
    token = json.loads(data)['token']
    if token:
        return {'Authorization': 'Bearer ' + token}
    # where the proxy is sure of TLS, whatever its client says of it, the session is a cookie
    assert headers['Set-Cookie'].startswith('__Host-reeve='), headers
    return {'Cookie': headers['Set-Cookie'].split(';')[0]}


def behind(world, kind, base):
    hub = world.start_proxied_hub(kind + base.replace('/', '-'), base)
    Proxy(world, kind, base)
    mode = os.lstat(SOCKET)
    assert stat.S_IMODE(mode.st_mode) == 0o660 and mode.st_gid == os.getegid(), mode
    # the page, and all that it names
    status, headers, page = ask('GET', base + '/', LIES)
    assert status == 200 and headers['X-Content-Type-Options'] == 'nosniff', (status, headers)
    parts = re.findall(r'(?:src|href)="(/[^"]+)"', page.decode())
    assert len(parts) >= 3 and all(p.startswith(base + '/assets/') for p in parts), page
    for part in parts:
        assert ask('GET', part)[0] == 200, part
    # what is behind a session
    assert ask('GET', base + '/api/v1/systems', LIES)[0] == 401
    session = sign_in(world, base)
    status, _, data = ask('GET', base + '/api/v1/systems', dict(LIES, **session))
    assert status == 200, (status, data)
    # an agent, over TLS; and one that lies about where it is, as its proxy would not
    world.start_agent('machine', base).wait('linked to .*, level 1')
    wait_for('the system is up', lambda: world.state('machine') == 'up')
    hub.wait('agent at %s .*linked' % ADDRESS)
    assert ask('GET', base + '/api/beszel/agent-connect', dict(LIES, **KNOCK))[0] == 401
    hub.wait('agent at %s: ' % BROWSER)
    assert '203.0.113.66' not in hub.text(), hub.text()
    assert 'WARN' not in hub.text().upper(), hub.text()
    hub.stop()
    assert not os.path.exists(SOCKET)


def test_nginx(world):
    behind(world, 'nginx', '')


def test_haproxy(world):
    behind(world, 'haproxy', '')


def test_caddy(world):
    behind(world, 'caddy', '')


def test_nginx_path(world):
    """Below a path that stays in the requests."""
    behind(world, 'nginx', '/reeve')


def test_haproxy_path(world):
    behind(world, 'haproxy', '/reeve')


def test_caddy_path(world):
    """Below a path that the proxy takes off."""
    behind(world, 'caddy', '/reeve')


def idle(world, kind):
    """Nothing but pings for several times the idle time of the proxy: the link is the same."""
    hub = world.start_proxied_hub('idle-' + kind, '', '[plugin ws-transport]\nping-interval=1s\n'
                                  '[plugin fleet]\npoll-interval=60s\n')
    Proxy(world, kind, '', 4)
    agent = world.start_agent('machine')
    agent.wait('linked to .*, level 1')
    time.sleep(14)
    assert len(re.findall("': linked to ", agent.text())) == 1, agent.text()
    assert 'next attempt' not in agent.text(), agent.text()
    hub.stop()


def test_idle_nginx(world):
    idle(world, 'nginx')


def test_idle_haproxy(world):
    idle(world, 'haproxy')


def test_idle_caddy(world):
    idle(world, 'caddy')


def cut_off(world, kind):
    """A proxy that is less patient than our pings cuts links off: they come back."""
    hub = world.start_proxied_hub('cut-off-' + kind, '', '[plugin ws-transport]\nping-interval=60s\n')
    Proxy(world, kind, '', 2)
    agent = world.start_agent('machine')
    wait_for('a second link', lambda: len(re.findall("': linked to ", agent.text())) >= 2)
    hub.stop()


def test_cut_off_nginx(world):
    cut_off(world, 'nginx')


def test_cut_off_caddy(world):
    cut_off(world, 'caddy')


def test_lies(world):
    """What counts is who says it, and then only the right end of it."""
    hub = world.start_proxied_hub('lies')
    port = ('127.0.0.1', 8090)
    believed = {'198.51.100.1': '203.0.113.66, 198.51.100.1', '198.51.100.2': 'garbage,198.51.100.2:80', '2001:db8::5': '::1, [2001:db8::5]:443',
                '198.51.100.3': '203.0.113.66,' * 800 + '198.51.100.3', '198.51.100.4': '::ffff:198.51.100.4'}
    for address, value in believed.items():
        assert speak_at(SOCKET, {'X-Forwarded-For': value}) == 401
        hub.wait('agent at %s: ' % re.escape(address))
    for n, value in enumerate(('203.0.113.66, unknown', '203.0.113.66,', '<script>', ',' * 9000, '[::1', '1.2.3', '0')):
        assert speak_at(SOCKET, {'X-Forwarded-For': value}) == 401
        hub.wait('agent at local: ', n + 1)
    assert len(re.findall('the proxy at local does not say for whom it asks', hub.text())) == 1, hub.text()
    for n, headers in enumerate((LIES, {'X-Forwarded-For': '203.0.113.66'}, {'CF-Connecting-IP': '203.0.113.66'})):
        assert speak_at(port, dict(headers, Host='127.0.0.1:8090')) == 401
        hub.wait(r'agent at 127\.0\.0\.1: ', n + 1)
    assert '203.0.113.66' not in hub.text(), hub.text()
    hub.stop()


def knock(source, headers):
    """At the hub's own port, over its own TLS."""
    context = ssl.create_default_context(cafile='/etc/ssl/reeve-hub.pem')
    raw = socket.create_connection((HUB, 8443), timeout=DEADLINE, source_address=(source, 0))
    connection = http.client.HTTPConnection(NAME)
    connection.sock = context.wrap_socket(raw, server_hostname=NAME)
    return speak(connection, 'GET', '/api/beszel/agent-connect', dict(KNOCK, **headers))[0]


def test_elsewhere(world):
    """Proxy and hub on two machines: TLS between them, and the proxy is believed by its address, nobody else is."""
    hub = world.start_hub('elsewhere', 'listen=127.0.0.1:8090;%s:8443\npublic-url=https://%s\ntrusted-proxies=%s\n'
                          % (HUB, NAME, ADDRESS))
    hub.wait(r'listening on %s:8443 with TLS' % re.escape(HUB))
    shutil.copy(os.path.join(hub.state, 'tls.pem'), '/etc/ssl/reeve-hub.pem')
    Proxy(world, 'nginx', '', elsewhere=True)
    assert ask('GET', '/', LIES)[0] == 200
    status, _, data = ask('GET', '/api/v1/systems', dict(LIES, **sign_in(world, '')))
    assert status == 200, (status, data)
    world.start_agent('machine').wait('linked to .*, level 1')
    assert ask('GET', '/api/beszel/agent-connect', dict(LIES, **KNOCK))[0] == 401
    hub.wait('agent at %s: ' % BROWSER)
    # the same words from the proxy's address and from two others
    assert knock(ADDRESS, {'X-Forwarded-For': '203.0.113.66, 198.51.100.1'}) == 401
    hub.wait(r'agent at 198\.51\.100\.1: ')
    for source, seen in ((BROWSER, 2), (HUB, 1)):
        assert knock(source, dict(LIES, **{'X-Forwarded-For': '203.0.113.66, 198.51.100.2'})) == 401
        hub.wait('agent at %s: ' % source, seen)
    assert '203.0.113.66' not in hub.text() and '198.51.100.2' not in hub.text(), hub.text()
    assert 'names loopback' not in hub.text(), hub.text()
    hub.stop()


def test_loopback_warning(world):
    """It works, and the log says why that is not the way."""
    hub = world.start_hub('loopback', 'trusted-proxies=127.0.0.0/8\n')
    hub.wait('trusted-proxies names loopback: every user and program of this machine')
    assert speak_at(('127.0.0.1', 8090), {'Host': '127.0.0.1:8090', 'X-Forwarded-For': '198.51.100.1'}) == 401
    hub.wait(r'agent at 198\.51\.100\.1: ')
    hub.stop()


def test_few_descriptors(world):
    """The hub takes no more connections than it has descriptors for, says so once, and goes on."""
    hub = world.start_hub('few', '', limit=256)
    hub.wait('there is room for 48 connections')
    taken = []
    for _ in range(150):
        taken.append(socket.create_connection(('127.0.0.1', 8090), timeout=DEADLINE))
    hub.wait('refuses 127.0.0.1: all places are taken')
    # what a hub without places needs descriptors for still works
    world.ctl('status')
    for connection in taken:
        connection.close()
    wait_for('a place', lambda: attempt_page() == 200)
    assert len(re.findall('all places are taken', hub.text())) == 1, hub.text()
    hub.stop()


def attempt_page():
    try:
        return speak(http.client.HTTPConnection('127.0.0.1', 8090, timeout=DEADLINE), 'GET', '/', None)[0]
    except (OSError, http.client.HTTPException):
        return 0


def main():
    missing = [n for n in NEEDED if shutil.which(n, path=os.environ['PATH'] + ':/usr/sbin:/sbin') is None]
    if missing or subprocess.run(['unshare', '-rnm', 'true'], check=False, stderr=subprocess.DEVNULL).returncode != 0:
        print('1..0 # SKIP not here: ' + (', '.join(missing) or 'namespaces'))
        return 0
    if 'REEVE_TEST_INSIDE' not in os.environ:
        os.environ['REEVE_TEST_INSIDE'] = '1'
        os.environ['PATH'] += ':/usr/sbin:/sbin'
        os.execvp('unshare', ['unshare', '-rnm', '--', sys.executable, os.path.abspath(__file__)] + sys.argv[1:])
    tests = [(name, f) for name, f in globals().items() if name.startswith('test_')]
    if len(sys.argv) > 1:
        tests = [t for t in tests if t[0] in sys.argv[1:]]
    print('1..%d' % len(tests), flush=True)
    failed = 0
    world = World()
    for i, (name, f) in enumerate(tests):
        try:
            f(world)
            print('ok %d - %s' % (i + 1, name), flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(re.sub('^', '# ', traceback.format_exc(), flags=re.M))
            print('not ok %d - %s' % (i + 1, name), flush=True)
        finally:
            world.end()
    shutil.rmtree(world.base, ignore_errors=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
