#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The hub's own TLS with real processes: certificates, reloads, the page's cookie, agents that
join by a pin, and what plain connections beyond loopback get. Prints TAP."""

import http.client
import json
import os
import random
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import hostlib  # pylint: disable=wrong-import-position

REEVECTL = os.path.join(hostlib.BUILDDIR, 'reevectl')
MODULES = os.path.join(hostlib.BUILDDIR, 'plugins', '.libs')
NAME = socket.gethostname().lower()


def free_port():
    """On every address, and below those that the kernel gives to whoever connects."""
    while True:
        port = random.randrange(10240, 32000)
        with socket.socket() as s:
            try:
                s.bind(('0.0.0.0', port))
                return port
            except OSError:
                continue


def page():
    for top in (hostlib.BUILDDIR, hostlib.SRCDIR):
        built = os.path.join(top, 'plugins', 'web-ui', 'dist')
        if os.path.exists(os.path.join(built, 'manifest.json')):
            return built
    raise AssertionError('the page is not built')


def real(make, role, name, config, **more):
    """A host with the real plugins instead of the tests' own."""
    host = make(plugins=(), role=role, name=name, config=config, **more)
    host.command[host.command.index('--plugin-dir') + 1] = MODULES
    return host


def hub(make, front, name='hub', **more):
    return real(make, 'hub', name, '[plugin front]\n%s[plugin web-ui]\npage-directory=%s\n'
                '[plugin fleet]\npoll-interval=10s\n' % (front, page()), **more)


def ctl(host, *args):
    done = subprocess.run([REEVECTL, '--json', '--state-dir', host.state] + list(args),
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, (args, done.stderr)
    return json.loads(done.stdout)


def run(*command):
    subprocess.run(command, check=True, capture_output=True, timeout=60)


class Authority:
    """A CA of the test's, and certificates that it signs."""

    def __init__(self, base):
        self.base = base
        run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
            '-keyout', self.path('ca.key'), '-out', self.path('ca.pem'), '-subj', '/CN=Test authority', '-days', '9')

    def path(self, name):
        return os.path.join(self.base, name)

    def sign(self, name, host, days=9):
        run('openssl', 'req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout',
            self.path(name + '.key'), '-out', self.path(name + '.csr'), '-subj', '/CN=' + host)
        with open(self.path(name + '.ext'), 'w', encoding='ascii') as f:
            f.write('subjectAltName=DNS:%s\n' % host)
    
        # of no days: over when it is made
        run('openssl', 'x509', '-req', '-in', self.path(name + '.csr'), '-CA', self.path('ca.pem'), '-CAkey',
            self.path('ca.key'), '-CAcreateserial', '-out', self.path(name + '.pem'), '-extfile',
            self.path(name + '.ext'), '-days', str(days))


def context(ca=None):
    made = ssl.create_default_context(cafile=ca)
    if ca is None:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


class Client(http.client.HTTPSConnection):
    """Dials 127.0.0.1 whatever the name."""

    def __init__(self, name, port, ca=None):
        super().__init__(name, port, timeout=30, context=context(ca))

    def connect(self):
        plain = socket.create_connection(('127.0.0.1', self.port), 30)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)

    def ask(self, method, path, body=None, headers=None):
        fields = {'Sec-Fetch-Site': 'same-origin', 'Origin': 'https://%s:%d' % (self.host, self.port)}
        fields.update(headers or {})
        self.request(method, path, body=json.dumps(body) if body is not None else None,
                     headers=dict(fields, **({'Content-Type': 'application/json'} if body is not None else {})))
        answer = self.getresponse()
        return answer.status, answer, answer.read()

    def shown(self):
        return ssl.DER_cert_to_PEM_cert(self.sock.getpeercert(True))


def plain(port, request):
    with socket.create_connection(('127.0.0.1', port), 30) as s:
        s.sendall(request)
        got = b''
        try:
            while True:
                more = s.recv(65536)
                if not more:
                    return got
                got += more
        except ConnectionResetError:
            return got


def test_own_certificate(make):
    """Made at the first start, kept over the next; the page over TLS only, beyond loopback."""
    port, loop = free_port(), free_port()
    front = 'listen=127.0.0.1:%d;0.0.0.0:%d\n' % (loop, port)
    host = hub(make, front).start()
    host.ready()
    host.has('listening on 0.0.0.0:%d with TLS' % port)
    key = os.path.join(host.state, 'tls.key')
    assert os.stat(key).st_mode & 0o777 == 0o600
    text = subprocess.run(['openssl', 'x509', '-in', os.path.join(host.state, 'tls.pem'), '-noout', '-text'],
                          capture_output=True, text=True, check=True).stdout
    assert 'DNS:' + NAME in text and 'prime256v1' in text and 'CA:FALSE' in text, text
    client = Client(NAME, port)
    status, answer, body = client.ask('GET', '/')
    assert status == 200 and b'<html' in body.lower(), (status, body)
    assert answer.getheader('Strict-Transport-Security') is None
    first = client.shown()
    # HTTP without TLS gets no page and no redirect; a foreign name gets nothing either
    assert b'HTTP/1.1' not in plain(port, b'GET / HTTP/1.1\r\nHost: %s:%d\r\n\r\n' % (NAME.encode(), port))
    assert client.ask('GET', '/', headers={'Host': 'evil.example:%d' % port})[0] == 421
    assert b' 200 ' in plain(loop, b'GET / HTTP/1.0\r\nHost: 127.0.0.1:%d\r\n\r\n' % loop)
    host.stops()
    host.start()
    at = host.wait('host: ready: ', host.lines.index(host.lines[-1]))
    assert at
    client = Client(NAME, port)
    client.ask('GET', '/')
    assert client.shown() == first
    host.stops()
    os.unlink(key)
    host.lines.clear()
    host.start()
    assert host.end() != 0
    host.has('the key %s is gone' % key)


def test_ipv6(make):
    """The same on every IPv6 address; an IPv4 client of that socket is known by its address."""
    if not socket.has_ipv6 or not os.path.exists('/proc/net/if_inet6'):
        return 'no IPv6'
    port = free_port()
    host = hub(make, 'listen=[::]:%d\n' % port).start()
    host.ready()
    host.has('listening on [::]:%d with TLS' % port)
    assert Client('127.0.0.1', port).ask('GET', '/')[0] == 200
    sock = context().wrap_socket(socket.create_connection(('::1', port), 30), server_hostname='::1')
    sock.sendall(b'GET / HTTP/1.0\r\nHost: [::1]:%d\r\n\r\n' % port)
    assert b' 200 ' in sock.recv(200)
    sock.close()
    host.stops()
    return None


def test_session_cookie(make):
    """Over TLS the session is a cookie that no script sees; over plain loopback it opens nothing."""
    port, loop = free_port(), free_port()
    host = hub(make, 'listen=127.0.0.1:%d;0.0.0.0:%d\npublic-url=https://%s:%d\n' % (loop, port, NAME, port)).start()
    host.ready()
    url = ctl(host, 'open')['url']
    assert url.startswith('https://%s:%d/#open=' % (NAME, port)), url
    client = Client(NAME, port)
    assert client.ask('GET', '/api/v1/systems')[0] == 401
    # another origin may not sign anybody in
    secret = {'secret': url.split('#open=')[1]}
    assert client.ask('POST', '/api/v1/session', secret, {'Origin': 'http://%s:%d' % (NAME, port)})[0] == 403
    client = Client(NAME, port)
    status, answer, body = client.ask('POST', '/api/v1/session', secret)
    assert status == 200 and json.loads(body)['token'] == '', body
    assert answer.getheader('Strict-Transport-Security') == 'max-age=63072000'
    cookie = answer.getheader('Set-Cookie')
    assert re.fullmatch(r'__Host-reeve=[A-Za-z0-9_-]{43}; Path=/; Secure; HttpOnly; SameSite=Strict', cookie), cookie
    mine = {'Cookie': 'other=1; ' + cookie.split(';')[0]}
    assert client.ask('GET', '/api/v1/systems', headers=mine)[0] == 200
    assert client.ask('GET', '/api/v1/systems', headers={'Cookie': cookie.split(';')[0] + 'x'})[0] == 401
    got = plain(loop, b'GET /api/v1/systems HTTP/1.0\r\nHost: 127.0.0.1:%d\r\nCookie: %s\r\n\r\n'
                % (loop, cookie.split(';')[0].encode()))
    assert b' 401 ' in got, got
    client = Client(NAME, port)
    status, answer, body = client.ask('DELETE', '/api/v1/session', headers=mine)
    assert status == 200 and 'Max-Age=0' in answer.getheader('Set-Cookie'), body
    assert client.ask('GET', '/api/v1/systems', headers=mine)[0] == 401
    host.stops()


def test_page(make):
    """A browser signs in over TLS, stays signed in over a reload, and signs out."""
    modules = os.path.join(hostlib.SRCDIR, 'plugins', 'web-ui', 'node_modules', 'playwright-core')
    if not os.path.isdir(modules) or shutil.which('node') is None:
        return 'the page needs node and npm ci --ignore-scripts'
    port = free_port()
    host = hub(make, 'listen=127.0.0.1:%d;0.0.0.0:%d\npublic-url=https://hub.example:%d\n'
               % (free_port(), port, port)).start()
    host.ready()
    done = subprocess.run(['node', os.path.join(hostlib.SRCDIR, 'plugins', 'web-ui', 'tests', 'tls.mjs')],
                          env=dict(os.environ, REEVE_URL=ctl(host, 'open')['url']), capture_output=True, text=True,
                          timeout=120, check=False)
    host.stops()
    assert done.returncode in (0, 77), done.stdout + done.stderr
    return 'no browser' if done.returncode == 77 else None


def join(make, host, name, pin=None, url=None):
    """An agent set up by the command that systems add prints."""
    added = ctl(host, 'systems', 'add', name)
    conf = os.path.join(make.base, name)
    token = os.path.join(make.base, name + '.token')
    with open(os.open(token, os.O_WRONLY | os.O_CREAT, 0o600), 'w', encoding='ascii') as f:
        f.write(added['token'] + '\n')
    pin = added['pin'] if pin is None else pin
    run(REEVECTL, 'join', '--url', url or added['url'], '--key', added['key'], *(['--pin', pin] if pin else []),
        '--token-file', token, '--config-dir', conf)
    with open(os.path.join(conf, 'agent.conf.d', 'hub.conf'), encoding='utf-8') as f:
        text = f.read()
    return added, real(make, 'agent', name, text)


def wait_state(host, name, state):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        row = next(s for s in ctl(host, 'systems', 'list') if s['name'] == name)
        if row['state'] == state:
            return row
        time.sleep(0.2)
    raise AssertionError('%s is not %s:\n%s' % (name, state, host.text()))


def test_join_by_pin(make):
    """The printed command is all that an agent needs; another key is refused."""
    port = free_port()
    host = hub(make, 'listen=127.0.0.1:%d;0.0.0.0:%d\n' % (free_port(), port)).start()
    host.ready()
    added, agent = join(make, host, 'web1')
    assert added['url'] == 'https://%s:%d' % (socket.gethostname(), port), added
    assert added['pin'].startswith('sha256//') and not added['local_only'], added
    der = subprocess.run("openssl x509 -in %s -noout -pubkey | openssl pkey -pubin -outform der"
                         " | openssl dgst -sha256 -binary | openssl base64" % os.path.join(host.state, 'tls.pem'),
                         shell=True, capture_output=True, text=True, check=True).stdout.strip()
    assert added['pin'] == 'sha256//' + der, (added, der)
    # the machine's name may lead anywhere in a test's network: 127.0.0.1 is the same hub
    local = 'wss://127.0.0.1:%d' % port
    agent.write(agent_text(agent).replace(added['url'], local))
    agent.start()
    wait_state(host, 'web1', 'up')
    agent.stops()
    wrong, other = join(make, host, 'web2', pin='sha256//' + 'A' * 43 + '=', url=local)
    other.start()
    other.wait('its key is none of those that are pinned')
    other.stops()
    text = subprocess.run([REEVECTL, '--state-dir', host.state, 'systems', 'add', 'web3'], capture_output=True,
                          text=True, check=True).stdout
    assert '--pin ' + wrong['pin'] in text, text
    host.stops()


def agent_text(agent):
    with open(agent.config, encoding='utf-8') as f:
        return f.read()


def test_reload(make):
    """A new certificate for new connections; those that are there go on; bad files change nothing."""
    authority = Authority(make.base)
    authority.sign('a', 'a.example')
    authority.sign('b', 'b.example')
    authority.sign('old', 'a.example', 0)
    port = free_port()
    certificate, key = authority.path('hub.pem'), authority.path('hub.key')

    def put(pem, secret):
        shutil.copyfile(authority.path(pem + '.pem'), certificate)
        shutil.copyfile(authority.path(secret + '.key'), key)
        os.chmod(key, 0o600)

    put('a', 'a')
    host = hub(make, 'listen=127.0.0.1:%d;tls:127.0.0.2:%d;0.0.0.0:%d\ncertificate=%s\nkey=%s\n'
               % (free_port(), free_port(), port, certificate, key)).start()
    host.ready()
    assert not os.path.exists(os.path.join(host.state, 'tls.key'))
    assert ctl(host, 'systems', 'add', 'w')['pin'] == ''
    kept = Client('a.example', port, authority.path('ca.pem'))
    assert kept.ask('GET', '/')[0] == 200
    put('b', 'b')
    assert any('settings are read again' in line for line in host.hup())
    assert Client('b.example', port, authority.path('ca.pem')).ask('GET', '/')[0] == 200
    assert kept.ask('GET', '/', headers={'Host': '127.0.0.1:%d' % port})[0] == 200

    def refused(says, file):
        lines = host.hup()
        named = [line for line in lines if says in line]
        assert len(named) == 1 and file in named[0] and 'not taken' in lines[-1], lines
        assert Client('b.example', port, authority.path('ca.pem')).ask('GET', '/')[0] == 200

    put('a', 'b')
    refused('is not that of the certificate', certificate)
    put('b', 'b')
    os.chmod(key, 0o644)
    refused('every user of this machine may read', key)
    os.unlink(key)
    refused('put it there, or set another path', key)
    os.mkdir(key)
    refused('set the path of a PEM file', key)
    os.rmdir(key)
    put('old', 'old')
    refused('has expired on', certificate)
    with open(certificate, 'w', encoding='ascii') as f:
        f.write('nonsense\n')
    refused('no chain of certificates', certificate)
    assert kept.ask('GET', '/', headers={'Host': '127.0.0.1:%d' % port})[0] == 200
    host.stops()


def test_start(make):
    """At the start: what is wrong is one line and the end; only an expired certificate is served."""
    authority = Authority(make.base)
    authority.sign('a', 'a.example')
    authority.sign('old', 'a.example', 0)
    port = free_port()
    listen = 'listen=0.0.0.0:%d\n' % port
    for front, says in (('certificate=%s\n' % authority.path('a.pem'), 'each certificate needs its own key'),
                        ('certificate=a.pem\nkey=/a.key\n', 'write the whole path'),
                        ('certificate=%s\nkey=%s\n' % (authority.path('a.pem'), authority.path('old.key')),
                         'is not that of the certificate')):
        host = hub(make, listen + front, name='bad').start()
        assert host.end() != 0
        host.has(says)
        shutil.rmtree(host.state, ignore_errors=True)
    host = hub(make, listen + 'certificate=%s\nkey=%s\n' % (authority.path('old.pem'), authority.path('old.key')))
    host.start()
    host.ready()
    host.has('the certificate %s has expired on' % authority.path('old.pem'))
    assert Client('a.example', port).ask('GET', '/')[0] == 200
    # what is served already stands in no other setting's way
    assert any('settings are read again' in line for line in host.hup())
    assert Client('a.example', port).ask('GET', '/')[0] == 200
    host.stops()


def test_unreadable(make):
    """A key that the hub's user may not read: at a reload one line, and all goes on as before; at the start the end."""
    authority = Authority(make.base)
    authority.sign('a', 'a.example')
    port = free_port()
    key = authority.path('a.key')
    host = hub(make, 'listen=127.0.0.1:%d;0.0.0.0:%d\ncertificate=%s\nkey=%s\n'
               % (free_port(), port, authority.path('a.pem'), key))
    if os.geteuid() == 0:
        # as the service's user: not one that may read everything
        host.command = ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--'] + host.command
    says = 'cannot read the key %s: Permission denied; let this user read it' % key
    host.start()
    host.ready()
    os.chmod(key, 0)
    lines = host.hup()
    assert len([line for line in lines if says in line]) == 1 and 'not taken' in lines[-1], lines
    assert Client('a.example', port, authority.path('ca.pem')).ask('GET', '/')[0] == 200
    os.chmod(key, 0o600)
    assert any('settings are read again' in line for line in host.hup())
    host.stops()
    os.chmod(key, 0)
    at = len(host.lines)
    assert host.start().end() != 0
    assert len([line for line in host.lines[at:] if says in line]) == 1, host.text()
    return None


def test_stalls(make):
    """Clients that stop in the middle of the handshake, or go on a byte at a time, are ended in time; others are served."""
    port = free_port()
    host = hub(make, 'listen=127.0.0.1:%d;0.0.0.0:%d\n' % (free_port(), port)).start()
    host.ready()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    hello = context().wrap_bio(incoming, outgoing, server_hostname=NAME)
    try:
        hello.do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello = outgoing.read()
    start = time.monotonic()
    stalled = []
    # nothing at all; half of the first message; all of it, and then silence where the next is due; bytes one by one
    for first in [b'', hello[:50], hello, hello[:1]] * 20:
        s = socket.create_connection(('127.0.0.1', port), 30)
        s.sendall(first)
        stalled.append(s)
    slow, sent = stalled[3::4], 1
    for s in stalled:
        s.settimeout(0.01)
    ended = {}
    while len(ended) < len(stalled):
        assert time.monotonic() - start < 90, (len(ended), host.text())
        assert Client(NAME, port).ask('GET', '/')[0] == 200
        sent += 1
        for s in stalled:
            if s in ended:
                continue
            try:
                if s in slow and sent < len(hello):
                    s.sendall(hello[sent - 1:sent])
                while s.recv(65536):
                    pass
                ended[s] = time.monotonic() - start
            except socket.timeout:
                pass
            except OSError:
                ended[s] = time.monotonic() - start
    # by the deadline of ten seconds, and by nothing before it
    assert min(ended.values()) > 8, sorted(ended.values())
    for s in stalled:
        s.close()
    assert Client(NAME, port).ask('GET', '/')[0] == 200
    host.stops()


def test_names(make):
    """Each client gets the certificate for the name that it asks for."""
    authority = Authority(make.base)
    authority.sign('a', 'a.example')
    authority.sign('b', 'b.example')
    port = free_port()
    certificates = ';'.join(authority.path(name + '.pem') for name in 'ab')
    keys = ';'.join(authority.path(name + '.key') for name in 'ab')
    host = hub(make, 'listen=tls:127.0.0.1:%d\ncertificate=%s\nkey=%s\n'
               % (port, certificates, keys)).start()
    host.ready()
    for name in ('a.example', 'b.example'):
        assert Client(name, port, authority.path('ca.pem')).ask('GET', '/')[0] == 200
    host.stops()


def test_plain_agents(make):
    """Without TLS beyond loopback agents come when the settings say so, and the page never does."""
    port, secure = free_port(), free_port()
    host = hub(make, 'listen=0.0.0.0:%d;tls:0.0.0.0:%d\nplain=agents\n' % (port, secure)).start()
    host.ready()
    host.has('listening on 0.0.0.0:%d without TLS, for agents only' % port)
    host.has('listening on 0.0.0.0:%d with TLS' % secure)
    for path in (b'/', b'/api/v1/systems', b'/api/v1/session'):
        got = plain(port, b'GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n' % (path, port))
        assert got.startswith(b'HTTP/1.1 403 ') and b'only agents are served here' in got, got
    assert Client('127.0.0.1', secure).ask('GET', '/')[0] == 200
    _, agent = join(make, host, 'web1', pin='', url='ws://127.0.0.1:%d' % port)
    agent.start()
    wait_state(host, 'web1', 'up')
    agent.stops()
    host.stops()


if __name__ == '__main__':
    sys.exit(hostlib.main([test_own_certificate, test_ipv6, test_session_cookie, test_page, test_join_by_pin, test_reload,
                           test_start, test_unreadable, test_stalls, test_names, test_plain_agents]))
