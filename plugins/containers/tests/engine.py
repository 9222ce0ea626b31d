#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A container engine for tests: engine.py SOCKET DIRECTORY.

Speaks as much of Docker's and Podman's HTTP interface as the probe asks for. What it does is
said, anew for each request, by the words in DIRECTORY/mode; each request's head is appended to
DIRECTORY/requests as it came. Words:

    docker, podman           the dialect
    hang=PATH                requests whose path has PATH in it get no answer
    huge, endless, garbage   the body of a list: 100 MB, chunks without end, no HTTP
    types, markup, backwards values of wrong types, ids and names with markup, counters that shrink
    deep, empty, dead        JSON of 5000 levels, no containers, close without a word
    read=TIME, used=NS       the moment and the processor time in statistics
    half                     two processors of four
    many                     100 containers
    chatty                   logs of 200 lines of 16 KB
    crowd                    600 newer ones that have ended, before the usual three
"""

import json
import os
import socket
import sys
import threading
import urllib.parse

WEB = 'aa' * 32
DB = 'bb' * 32
OLD = 'cc' * 32
SECRET = 'hunter2-xyzzy'


def containers(words):
    podman = 'podman' in words
    status = 'Up 3 hours' if podman else 'Up About an hour (healthy)'
    web = {'Id': WEB, 'Names': ['web' if podman else '/web'], 'Image': 'nginx:1.27',
           'State': 'running', 'Status': status, 'Labels': {'a': 'b'},
           'Ports': [{'IP': '0.0.0.0', 'PrivatePort': 80, 'PublicPort': 8080, 'Type': 'tcp'},
                     {'IP': '::', 'PrivatePort': 80, 'PublicPort': 8080, 'Type': 'tcp'},
                     {'IP': '127.0.0.1', 'PrivatePort': 5432, 'PublicPort': 5432, 'Type': 'tcp'},
                     {'PrivatePort': 9000, 'Type': 'tcp'}]}
    db = {'Id': DB, 'Names': ['/db'], 'Image': 'postgres', 'State': 'running',
          'Status': 'Up 2 minutes (health: starting)', 'Ports': []}
    old = {'Id': OLD, 'Names': ['/old'], 'Image': 'busybox', 'State': 'exited',
           'Status': 'Exited (1) 2 days ago', 'Ports': None}
    if 'types' in words:
        return [{'Id': 7}, 'text', None, [], {'Id': WEB, 'Names': 'web', 'Image': 3, 'State': [],
                                              'Status': {}, 'Ports': {'a': 1}}]
    if 'markup' in words:
        return [{'Id': '<script>alert(1)</script>', 'Names': ['/x']},
                {'Id': '../../../etc/passwd', 'Names': ['/y']},
                dict(web, Names=['/<b>\u202e\n\x1b[31mweb'], Status='Up\x00 1')]
    if 'many' in words:
        return [dict(web, Id='aa%010x%052d' % (i, 0), Names=['/web-%d' % i]) for i in range(100)]
    crowd = [dict(old, Id='dd%010x%052d' % (i, 0), Names=['/run-%d' % i]) for i in range(600)]
    return [] if 'empty' in words else (crowd if 'crowd' in words else []) + [web, db, old]


def choose(found, path):
    """As both engines do: newest first; with a limit or a state asked for also what has ended."""
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)
    limit = int(query.get('limit', ['0'])[0])
    states = json.loads(query.get('filters', ['{}'])[0]).get('status')
    if states is None and not limit and 'all' not in query:
        states = ['running', 'paused']
    found = [c for c in found if states is None or c['State'] in states]
    return found[:limit] if limit else found


def stats(words, ident, count):
    used = 4000000000 + 1000000000 * (-count if 'backwards' in words else count)
    if ident.startswith('bb'):
        used = 9000000000
    value = {
        'cpu_stats': {'cpu_usage': {'total_usage': used}, 'system_cpu_usage': used * 9,
                      'online_cpus': 2 if 'half' in words else 4},
        'memory_stats': {'usage': 300 << 20, 'limit': 2 ** 64 - 1,
                         'stats': {'inactive_file': 100 << 20, 'cache': 1}},
        'networks': {'eth0': {'rx_bytes': 1000, 'tx_bytes': 2000},
                     'eth1': {'rx_bytes': 1, 'tx_bytes': 2}},
        'blkio_stats': {'io_service_bytes_recursive': [
            {'major': 8, 'minor': 0, 'op': 'read', 'value': 4096},
            {'major': 8, 'minor': 16, 'op': 'Read', 'value': 1},
            {'major': 8, 'minor': 0, 'op': 'write', 'value': 512},
            {'major': 8, 'minor': 0, 'op': 'total', 'value': 9}]},
    }
    for word in words:
        if word.startswith('read='):
            value['read'] = word[5:]
        elif word.startswith('used='):
            value['cpu_stats']['cpu_usage']['total_usage'] = int(word[5:])
    if 'podman' in words:
        value['memory_stats'] = {'usage': 5 << 20, 'stats': {'cache': 1 << 20}}
    if 'types' in words:
        value = {'cpu_stats': {'cpu_usage': {'total_usage': -5}, 'online_cpus': 'many'},
                 'memory_stats': [], 'networks': {'eth0': 3},
                 'blkio_stats': {'io_service_bytes_recursive': [1, {'op': 4, 'value': 'x'}]}}
    return value


# how a secret comes in a command, and what may be told of that
COMMAND = [
    ('redis-server', None),
    ('--requirepass', None), (SECRET, '(hidden)'),
    ('--pass', None), ('-' + SECRET, '(hidden)'),
    ('--password', None), ('--token', None), (SECRET, '(hidden)'),
    ('mysql --host db --password %s app' % SECRET, 'mysql --host db --password (hidden)'),
    ('echo "requirepass %s" >redis.conf' % SECRET, 'echo "requirepass (hidden)'),
    ('--ConnectionStrings:Default=Server=db;Password=' + SECRET,
     '--ConnectionStrings:Default=Server=db;Password=(hidden)'),
    ('Server=db;Pwd = %s;Port=1' % SECRET, 'Server=db;Pwd =(hidden)'),
    ('{"db":{"port":1,"password": "%s"}}' % SECRET, '{"db":{"port":1,"password":(hidden)'),
    ('{\\"apiKey\\":\\"%s\\"}' % SECRET, '{\\"apiKey\\":(hidden)'),
    ('<password>%s</password>' % SECRET, '<password>(hidden)'),
    ('-H', None), ('Authorization: Bearer ' + SECRET, 'Authorization:(hidden)'),
    ('-H', None), ('Authorization:', None), (SECRET, '(hidden)'),
    ('https://example.com/?a=1&access_token=' + SECRET,
     'https://example.com/?a=1&access_token=(hidden)'),
    ('put', None), ('db/password', None), (SECRET, '(hidden)'),
    # and what has none
    ('oauth2-proxy --upstream=http://app:80/', None), ('the tokenizer of authors', None),
    ('/etc/passwd', None), ('--port', None), ('80', None), ('https://auth.example/', None),
]


def inspect(words, ident):
    health = 'unhealthy' if 'podman' in words else 'healthy'
    return {'Id': ident, 'RestartCount': 3, 'Path': 'run',
            'Args': ['--password', SECRET, '--api-token=' + SECRET, 'postgres://u:%s@db/x' % SECRET,
                     '--verbose'],
            'State': {'Status': 'running', 'Health': {'Status': health, 'Log': []}},
            'HostConfig': {'Memory': 512 << 20, 'Binds': ['/srv/auth:/users:ro'],
                           'Mounts': [{'VolumeOptions': {'DriverConfig': {'Options': {
                               'o': 'addr=10.0.0.1,username=u,password=' + SECRET}}}}],
                           'LogConfig': {'Type': 'splunk', 'Config': {'splunk-url': SECRET}}},
            'Config': {'Env': ['PATH=/bin', 'DB_PASSWORD=' + SECRET, 'EMPTY='],
                       'Cmd': ['serve', '--secret', SECRET],
                       'Entrypoint': [word for word, _ in COMMAND],
                       'CreateCommand': ['podman', 'run', '-e', 'A=' + SECRET],
                       'Labels': {'proxy.auth': SECRET, 'com.example.tier': 'front'},
                       'Image': 'example/auth:1.27'}}


def frame(kind, text):
    return bytes([kind, 0, 0, 0]) + len(text).to_bytes(4, 'big') + text


LINES = (b'2026-01-01T00:00:00Z \x1b[32mready\x1b[0m\r\n', b'2026-01-01T00:00:01Z tab\there\n')


def lines(words):
    if 'chatty' not in words:
        return LINES
    return [b'2026-01-01T00:%02d:%02dZ %03d %s\n' % (i // 60, i % 60, i, b'x' * 16384)
            for i in range(200)]


def answer(words, path, count):
    """Status, content type, body."""
    parts = path.split('?')[0].strip('/').split('/')
    if path == '/version':
        name = 'Podman Engine' if 'podman' in words else 'Engine'
        return 200, 'application/json', json.dumps({'Components': [{'Name': name}]})
    if 'deep' in words:
        return 200, 'application/json', '[' * 5000 + ']' * 5000
    if path.startswith('/containers/json'):
        found = containers(words)
        return 200, 'application/json', json.dumps(found if 'types' in words or 'markup' in words
                                                   else choose(found, path))
    if len(parts) < 3 or not parts[1].startswith(('aa', 'bb', 'cc')):
        return 404, 'application/json', '{"message":"No such container: %s"}' % SECRET
    if parts[2] == 'stats':
        return 200, 'application/json', json.dumps(stats(words, parts[1], count))
    if parts[2] == 'json':
        return 200, 'application/json', json.dumps(inspect(words, parts[1]))
    if 'tty' in words:
        return 200, 'application/vnd.docker.raw-stream', b''.join(lines(words))
    return (200, 'application/octet-stream' if 'podman' in words
            else 'application/vnd.docker.multiplexed-stream',
            b''.join(frame(1 + i % 2, line) for i, line in enumerate(lines(words))))


def respond(connection, words, path, count):
    if 'dead' in words:
        return
    if 'garbage' in words:
        connection.sendall(b'SSH-2.0-engine\r\n' * 100)
        return
    if path.startswith('/containers/json') and ('huge' in words or 'endless' in words):
        length = 'Content-Length: 100000000' if 'huge' in words else 'Transfer-Encoding: chunked'
        connection.sendall(('HTTP/1.1 200 OK\r\n%s\r\n\r\n' % length).encode())
        piece = b' ' * 65536 if 'huge' in words else b'1\r\n \r\n' * 8192
        for _ in range(100000000 // 65536):
            connection.sendall(piece)
        return
    status, kind, body = answer(words, path, count)
    body = body if isinstance(body, bytes) else body.encode()
    head = 'HTTP/1.1 %d Some Words\r\nApi-Version: 1.47\r\nContent-Type: %s\r\n' % (status, kind)
    if 'podman' in words or 'logs' in path:
        connection.sendall((head + 'Transfer-Encoding: chunked\r\n\r\n').encode())
        size = 5000 if len(body) > 100000 else 100
        for at in range(0, len(body), size):
            piece = body[at:at + size]
            connection.sendall(b'%x\r\n%s\r\n' % (len(piece), piece))
        connection.sendall(b'0\r\n\r\n')
    else:
        connection.sendall((head + 'Content-Length: %d\r\n\r\n' % len(body)).encode() + body)


class Engine:
    def __init__(self, path, folder):
        self.folder = folder
        self.lock = threading.Lock()
        self.counts = {}
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(64)

    def serve(self):
        while True:
            connection = self.listener.accept()[0]
            threading.Thread(target=self.handle, args=(connection,), daemon=True).start()

    def handle(self, connection):
        with connection:
            try:
                head = b''
                while b'\r\n\r\n' not in head:
                    piece = connection.recv(4096)
                    if not piece:
                        break
                    head += piece
                if not head:
                    return
                with self.lock:
                    with open(os.path.join(self.folder, 'requests'), 'ab') as f:
                        f.write(head)
                    with open(os.path.join(self.folder, 'mode'), encoding='utf-8') as f:
                        words = f.read().split()
                    path = head.split(b' ')[1].decode('latin-1')
                    self.counts[path] = self.counts.get(path, 0) + 1
                    count = self.counts[path]
                if any(w.startswith('hang=') and w[5:] in path for w in words):
                    connection.recv(1)
                    return
                respond(connection, words, path, count)
            except OSError:
                pass


if __name__ == '__main__':
    # ends with whoever started it: its standard input is a pipe from there
    threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
    ENGINE = Engine(sys.argv[1], sys.argv[2])
    print('ready', flush=True)
    ENGINE.serve()
