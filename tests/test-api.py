#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The HTTP interface of a real hub against the OpenAPI document that it serves: every operation's answers, good and bad,
the live stream's events, and that nothing is told without a session. Prints TAP.

REEVE_TEST_WRITE=1 writes docs/openapi.json anew instead of comparing it."""

import concurrent.futures
import gzip
import http.client
import importlib.util
import json
import os
import re
import socket
import sqlite3
import sys
import time

try:
    import jsonschema
except ImportError:
    print('1..0 # SKIP python3-jsonschema is missing')
    sys.exit(0)

SPEC = importlib.util.spec_from_file_location(
    'test_system', os.path.join(os.path.dirname(os.path.abspath(__file__)), 'test-system.py'))
test_system = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(test_system)
wait_for = test_system.wait_for

COMMITTED = os.path.join(test_system.SRCDIR, 'docs', 'openapi.json')
NOBODY = '0123456789abcdef'
VERBS = ('get', 'put', 'post', 'patch', 'delete')
PROBLEM = 'application/problem+json'
CROWD = os.path.join(test_system.BUILDDIR, 'tests', 'plugins', 'crowd', '.libs')
# The crowd is all that its agent tells of.
ALONE = ''.join('[plugin %s]\nenabled=no\n' % name for name in ('host-metrics', 'services', 'containers'))


class Api:
    """The document, and answers held against it."""

    def __init__(self, document):
        self.document = document
        self.operations = {}
        for path, item in document['paths'].items():
            for verb, operation in item.items():
                assert verb in VERBS, verb
                name = operation['operationId']
                assert name not in self.operations, name
                self.operations[name] = (verb.upper(), path, operation)
        self.good = set()       # operations whose 200 was seen
        self.bad = set()        # operations of which a problem was seen

    def resolve(self, value):
        while '$ref' in value:
            target = self.document
            for part in value['$ref'][2:].split('/'):
                target = target[part]
            value = target
        return value

    def check(self, schema, value):
        # its references begin at the document
        jsonschema.Draft202012Validator({**schema, 'components': self.document['components']}).validate(value)

    def responses(self, name):
        return self.operations[name][2]['responses']

    def judge(self, name, answer):
        """An answer to an operation: its status, type and body are as described."""
        responses = self.responses(name)
        status = str(answer.status)
        described = responses.get(status) or responses.get(status[0] + 'XX')
        assert described is not None, (name, status, answer.data)
        content = self.resolve(described).get('content')
        if content is None:
            assert answer.data == b'', (name, answer.data)
            return
        kind = answer.headers['Content-Type'].split(';')[0]
        assert kind in content, (name, kind)
        value = json.loads(answer.data)
        self.check(content[kind]['schema'], value)
        if status == '200':
            self.good.add(name)
        else:
            assert value['status'] == answer.status, value
            self.bad.add(name)


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.data = response.status, response.headers, response.read()

    def json(self):
        return json.loads(self.data)


def ask(world, verb, path, body=None, token=None, headers=None, raw=None):
    connection = http.client.HTTPConnection('127.0.0.1', world.port, timeout=60)
    fields = {'Sec-Fetch-Site': 'same-origin', 'Origin': 'http://127.0.0.1:%d' % world.port}
    if token:
        fields['Authorization'] = 'Bearer ' + token
    if body is not None or raw is not None:
        fields['Content-Type'] = 'application/json'
    fields.update(headers or {})
    connection.request(verb, path, body=raw if raw is not None else json.dumps(body) if body is not None else None,
                       headers={k: v for k, v in fields.items() if v is not None})
    try:
        return Answer(connection.getresponse())
    finally:
        connection.close()


def call(world, name, variables=None, query='', body=None, status=200, **more):
    """Asks for an operation by its name and judges the answer."""
    verb, path, _ = world.api.operations[name]
    for key, value in (variables or {}).items():
        path = path.replace('{%s}' % key, value)
    answer = ask(world, verb, path + query, body, more.pop('token', world.token), **more)
    assert answer.status == status, (name, status, answer.status, answer.data)
    world.api.judge(name, answer)
    return answer.json() if answer.data else None


class Stream:
    """A live stream, event by event."""

    def __init__(self, world, last=None):
        self.api = world.api
        self.connection = http.client.HTTPConnection('127.0.0.1', world.port, timeout=60)
        fields = {'Sec-Fetch-Site': 'same-origin', 'Authorization': 'Bearer ' + world.token}
        if last is not None:
            fields['Last-Event-ID'] = last
        self.connection.request('GET', '/api/v1/live', headers=fields)
        self.response = self.connection.getresponse()
        assert self.response.status == 200, self.response.status
        assert self.response.headers['Content-Type'].split(';')[0] in \
            world.api.responses('OpenLive')['200']['content']
        world.api.good.add('OpenLive')
        self.id = None

    def next(self):
        fields = {}
        while True:
            line = self.response.readline().decode().rstrip('\n')
            if line == '' and 'event' in fields:
                break
            key, _, value = line.partition(': ')
            fields[key] = value
        self.id = fields['id']
        data = json.loads(fields['data'])
        schema = 'Live' + fields['event'].capitalize()
        self.api.check({'$ref': '#/components/schemas/' + schema}, data)
        return fields['event'], data

    def until(self, event):
        end = time.monotonic() + test_system.DEADLINE
        while time.monotonic() < end:
            name, data = self.next()
            if name == event:
                return data
        raise AssertionError('there was no event ' + event)

    def close(self):
        self.response.close()
        self.connection.close()


def test_set_up(world):
    """A hub with all its plugins and an agent are up, and the hub describes itself."""
    world.hub.start()
    world.wait_hub()
    added = world.json('systems', 'add', 'web1')
    world.web1 = world.agent('web1', added['token'], added['key']).start()
    world.id = world.wait_state('web1', 'up')['id']
    world.token = world.sign_in()
    answer = ask(world, 'GET', '/api/v1/openapi.json', token=world.token)
    assert answer.status == 200, answer.data
    world.api = Api(answer.json())
    world.api.judge('GetOpenapi', answer)


def test_document(world):
    """The document is sound: it and its schemas are of the standard, its references lead somewhere."""
    document = world.api.document
    assert re.match(r'3\.1\.\d+$', document['openapi']), document['openapi']
    assert document['info']['title'] and document['info']['version']
    for schema in document['components']['schemas'].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for reference in re.findall(r'"\$ref": "([^"]*)"', json.dumps(document)):
        world.api.resolve({'$ref': reference})
    for name, (verb, path, operation) in world.api.operations.items():
        variables = set(re.findall(r'{(\w+)}', path))
        described = {p['name'] for p in operation.get('parameters', []) if p['in'] == 'path'}
        assert variables == described, name
        assert '200' in operation['responses'] and '4XX' in operation['responses'], name
        for parameter in operation.get('parameters', []):
            jsonschema.Draft202012Validator.check_schema(parameter['schema'])
        assert ('requestBody' in operation) == (verb in ('POST', 'PUT', 'PATCH')), name


def test_committed(world):
    """docs/openapi.json is what a hub with all plugins serves (REEVE_TEST_WRITE=1 writes it)."""
    text = json.dumps(world.api.document, indent=1, ensure_ascii=False) + '\n'
    if os.environ.get('REEVE_TEST_WRITE'):
        with open(COMMITTED, 'w', encoding='utf-8') as f:
            f.write(text)
    with open(COMMITTED, encoding='utf-8') as f:
        committed = f.read()
    ours, theirs = text.split('\n'), committed.split('\n')
    different = [(a, b) for a, b in zip(ours, theirs) if a != b][:3]
    assert ours == theirs, ('run with REEVE_TEST_WRITE=1', different, len(ours), len(theirs))


def test_without_session(world):
    """Nobody is told anything: each operation is refused without a session, and with one that is not there."""
    public = [name for name, (_, _, operation) in world.api.operations.items() if operation.get('security') == []]
    assert public == ['SignIn'], public
    for name, (verb, path, operation) in world.api.operations.items():
        body = {} if verb in ('POST', 'PUT', 'PATCH') else None
        if body is not None:
            # whole arguments, so that it is the missing session that is refused
            schema = operation['requestBody']['content']['application/json']['schema']
            sample = {'string': 'x', 'number': 1, 'integer': 1, 'boolean': True, 'array': [], 'object': {}}
            body = {k: sample[v['type']] for k, v in schema['properties'].items()}
        for token in None, 'x' * 43:
            if name in public:
                continue
            answer = ask(world, verb, re.sub(r'{\w+}', NOBODY, path), body, token)
            assert answer.status == 401, (name, answer.status, answer.data)
            assert answer.headers['WWW-Authenticate'] == 'Bearer', name
            assert answer.json()['type'] == 'urn:reeve:problem:sign-in', answer.data
            world.api.judge(name, answer)
    call(world, 'SignIn', body={'secret': 'x' * 43}, status=401, token=None)


def test_reads(world):
    """What is read is as described: systems, schema, history, trends, events, plugins and the rest."""
    one = {'system': world.id}
    listed = call(world, 'ListSystems', query='?sort=state,-name&filter=state:up')
    assert [s['id'] for s in listed['systems']] == [world.id] and listed['states'] == {'up': 1}, listed
    assert 'linked' in listed['systems'][0] and 'memory.usage' in listed['systems'][0]['values'], listed
    found = call(world, 'GetSystem', one)
    assert found['system']['name'] == 'web1' and found['facts']['hostname'], found
    assert len(call(world, 'GetSchema')['kinds']) > 15
    assert call(world, 'GetSystemSchema', one)['kinds']
    wait_for('history', lambda: call(world, 'GetHistory', one, '?kinds=memory&points=60&spread=true')['series'])
    query = '?systems=%s,%s&metrics=memory.usage,system.temperature&points=30' % (world.id, NOBODY)
    trends = wait_for('trends', lambda: call(world, 'GetTrends', query=query)['trends'])
    assert trends[0]['system'] == world.id and any(v is not None for v in trends[0]['values']), trends
    assert call(world, 'ListModules')['modules'] is not None
    latest = call(world, 'GetLatest', query='?kinds=filesystem,host')
    assert latest['systems'][0]['rows'], latest
    assert call(world, 'GetKey')['key'].startswith('ssh-ed25519 ')
    assert call(world, 'GetAddress')['loopback_only'] is True
    assert call(world, 'GetStatus')['status']['role'] == 'hub'
    assert {'fleet', 'front', 'web-ui'} <= {p['name'] for p in call(world, 'ListPlugins')['plugins']}
    assert call(world, 'GetSession')['identity'] == 'owner'
    call(world, 'ListSinks')
    call(world, 'ListTokens')
    call(world, 'ListJobs')


def test_changes(world):
    """What is changed answers as described, and is seen in what is read."""
    added = call(world, 'AddSystem', body={'name': 'db1'})
    one = {'system': added['system']}
    call(world, 'RenameSystem', one, body={'name': 'db2'})
    call(world, 'SetLabels', one, body={'labels': ['role=db', 'prod']})
    call(world, 'SetNote', one, body={'note': 'a \u202e note'}, status=400)
    call(world, 'SetNote', one, body={'note': 'a note'})
    call(world, 'SetPaused', one, body={'paused': True})
    found = call(world, 'GetSystem', one)
    assert found['note'] == 'a note' and found['system']['labels'] == {'prod': '', 'role': 'db'}, found
    assert found['system']['name'] == 'db2' and found['system']['state'] == 'paused', found
    assert call(world, 'RotateToken', one, body={})['token'] != added['token']
    call(world, 'ResetPeer', one)
    call(world, 'ConfirmSystem', one, body={}, status=409)
    call(world, 'Ask', one, body={'verb': 'container.logs', 'arguments': {'id': '0123456789ab'}}, status=503)
    token = call(world, 'AddToken', body={'label': 'many', 'lifetime': 60, 'uses': 2, 'confirm': 'yes'})
    listed = call(world, 'ListTokens')['tokens']
    assert [(t['id'], t['state'], t['limit']) for t in listed] == [(token['id'], 'usable', 2)], listed
    world.agent('many', token['token'], token['key']).start()
    fresh = wait_for('a machine of its own accord', lambda: call(world, 'ListSystems', query='?filter=state:unconfirmed')
                     ['systems'])
    call(world, 'ConfirmSystem', {'system': fresh[0]['id']}, body={})
    wait_for('the new one', lambda: call(world, 'GetSystem', {'system': fresh[0]['id']})['system']['state'] == 'up')
    assert world.agents[-1].stop() == 0
    call(world, 'RemoveToken', {'id': token['id']})
    call(world, 'SendTest', body={'severity': 'info'})
    wait_for('the event', lambda: [e for e in call(world, 'ListEvents')['events'] if e['category'] == 'test'])
    job = {'job': call(world, 'RemoveSystem', one)['job']}
    done = wait_for('the job', lambda: (lambda j: j if j['state'] == 'done' else None)(
        call(world, 'GetJob', job)['job']))
    assert done['object'] == one['system'] or done['title'], done
    assert call(world, 'ListJobs')['jobs'][0]['id'] == job['job']
    call(world, 'GetSystem', one, status=404)
    call(world, 'RemoveSystem', {'system': fresh[0]['id']})


def test_ask(world):
    """An agent answers what its own files unlock; what they do not is denied, with what to do about it."""
    added = call(world, 'AddSystem', body={'name': 'crowd'})
    crowd = world.agent('crowd', added['token'], added['key'])
    crowd.folders = [test_system.MODULES, CROWD]
    with open(crowd.config, encoding='utf-8') as file:
        given = file.read()
    one = {'system': added['system']}
    logs = {'verb': 'container.logs', 'arguments': {'id': '0123456789ab'}}
    crowd.configure(given + ALONE)
    crowd.start()
    world.wait_state('crowd', 'up')
    denied = call(world, 'Ask', one, body=logs, status=403)
    assert denied['type'].endswith(':denied') and 'unlock' in denied['detail'], denied
    assert crowd.stop() == 0
    crowd.configure(given + 'unlock=container.*\n' + ALONE)
    crowd.start()
    world.wait_state('crowd', 'up')
    assert ' line 0 of 0123456789ab ' in call(world, 'Ask', one, body=logs)['answer']
    call(world, 'Ask', one, body={'verb': 'disk.health', 'arguments': {}}, status=501)
    assert crowd.stop() == 0
    call(world, 'RemoveSystem', one)


def test_cancel(world):
    """A removal that has not ended is cancelled: another process's lock on the database lets none of it pass meanwhile."""
    def running():
        return [job['id'] for job in call(world, 'ListJobs')['jobs'] if job['object'] == one['system']]

    one = {'system': call(world, 'AddSystem', body={'name': 'gone'})['system']}
    lock = sqlite3.connect(os.path.join(world.hub.state, 'reeve.db'), isolation_level=None)
    lock.execute('BEGIN IMMEDIATE')
    with concurrent.futures.ThreadPoolExecutor() as pool:
        removal = pool.submit(call, world, 'RemoveSystem', one)
        job, = wait_for('the removal', running)
        call(world, 'CancelJob', {'job': job})
        lock.execute('ROLLBACK')
        lock.close()
        assert removal.result()['job'] == job
    # the little there was of its history may be gone in the one step that is made to tell the store
    wait_for('its end', lambda: call(world, 'GetJob', {'job': job})['job']['state'] in ('cancelled', 'done'))
    call(world, 'GetSystem', one, status=404)


def test_descriptors(world):
    """A connection that has ended, answered or broken off, leaves no descriptor of the hub behind."""
    def count():
        return len(os.listdir('/proc/%d/fd' % world.hub.process.pid))

    call(world, 'ListSystems')
    before = count()
    for _ in range(100):
        call(world, 'ListSystems')
        with socket.create_connection(('127.0.0.1', world.port)) as broken:
            broken.sendall(b'GET /api/v1/systems HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n\r\n'
                           % (world.port, world.token.encode()))
    wait_for('the descriptors of before', lambda: count() <= before + 5)


def test_errors(world):
    """What is wrong is refused by each operation with a problem of its kind."""
    for name, (verb, path, operation) in world.api.operations.items():
        somewhere = re.sub(r'{\w+}', NOBODY, path)
        if name not in ('OpenLive', 'GetOpenapi'):
            answer = ask(world, verb, somewhere + '?nothing=1', {} if 'requestBody' in operation else None, world.token)
            assert answer.status == 400 and answer.json()['type'].endswith(':invalid'), (name, answer.data)
            world.api.judge(name, answer)
            answer = ask(world, verb, somewhere, token=world.token, headers={'Accept': 'text/html'})
            assert answer.status == 406, (name, answer.status)
            world.api.judge(name, answer)
        answer = ask(world, 'PATCH', somewhere, {}, world.token)
        assert answer.status == 405 and answer.headers['Content-Type'] == PROBLEM, (name, answer.status, answer.data)
        world.api.check({'$ref': '#/components/schemas/Problem'}, answer.json())
        if name not in ('OpenLive', 'GetOpenapi'):
            assert verb in answer.headers['Allow'].split(', '), (name, answer.headers['Allow'])
        if 'requestBody' not in operation:
            continue
        for status, raw, headers in ((415, '{}', {'Content-Type': 'text/plain'}), (400, '[', {}),
                                     (400, '{"more":1}', {}), (413, '{"a":"%s"}' % ('a' * 70000), {})):
            answer = ask(world, verb, somewhere, token=world.token, raw=raw, headers=headers)
            assert answer.status == status, (name, status, answer.status, answer.data)
            world.api.judge(name, answer)
    for name, (verb, path, operation) in world.api.operations.items():
        if '{system}' in path or '{job}' in path:
            schema = operation.get('requestBody', {}).get('content', {}).get('application/json', {}).get('schema', {})
            sample = {'string': 'container.logs', 'boolean': True, 'array': [], 'object': {}}
            body = {k: sample[v['type']] for k, v in schema.get('properties', {}).items()}
            answer = ask(world, verb, re.sub(r'{\w+}', NOBODY, path), body if schema else None, world.token)
            assert answer.status == 404, (name, answer.status, answer.data)
            world.api.judge(name, answer)
    for path in '/api', '/api/v1', '/api/v1/nothing', '/api/v2/systems':
        answer = ask(world, 'GET', path, token=world.token)
        assert answer.status == 404 and answer.json()['type'].endswith(':not-found'), (path, answer.data)
        world.api.check({'$ref': '#/components/schemas/Problem'}, answer.json())


def test_sent_once(world):
    """What the client has is not sent again, and what it takes packed is packed."""
    for path in '/api/v1/schema', '/api/v1/plugins', '/api/v1/openapi.json':
        first = ask(world, 'GET', path, token=world.token)
        packed = ask(world, 'GET', path, token=world.token, headers={'Accept-Encoding': 'gzip'})
        assert packed.headers['Content-Encoding'] == 'gzip' and len(packed.data) * 2 < len(first.data), path
        if path != '/api/v1/plugins':   # whose times go on
            assert gzip.decompress(packed.data) == first.data, path
            tag = {'If-None-Match': first.headers['ETag'], 'Accept-Encoding': 'gzip'}
            again = ask(world, 'GET', path, token=world.token, headers=tag)
            assert again.status == 304 and again.data == b'', (path, again.status)
            assert again.headers['ETag'] == first.headers['ETag'], path
        nobody = ask(world, 'GET', path, headers={'If-None-Match': first.headers['ETag']})
        assert nobody.status == 401, (path, nobody.status)


def test_live(world):
    """The stream's events are as described; what is watched comes, and after a break what changed since."""
    stream = Stream(world)
    hello, counts = stream.until('hello'), stream.until('fleet')
    assert counts['total'] == 1 and counts['states'] == {'up': 1}, counts
    name = {'stream': hello['stream']}
    call(world, 'WatchLive', name, body={'systems': [world.id, NOBODY], 'system': world.id})
    assert stream.until('systems')['systems'][0]['id'] == world.id
    assert stream.until('removed')['id'] == NOBODY
    sample = stream.until('sample')
    assert sample['system'] == world.id and len(sample['series']) > 10, sample
    call(world, 'WatchLive', name, body={'systems': [world.id], 'system': ''})
    call(world, 'WatchLive', {'stream': 'x'}, body={'systems': [], 'system': ''}, status=404)
    other = call(world, 'AddSystem', body={'name': 'late'})['system']
    call(world, 'WatchLive', name, body={'systems': [world.id, other], 'system': ''})
    while other not in [s['id'] for s in stream.until('systems')['systems']]:
        pass
    assert stream.until('fleet')['total'] == 2
    # nothing is on its way any more once a change of the other one has come
    call(world, 'RenameSystem', {'system': other}, body={'name': 'later'})
    while 'later' not in [s['name'] for s in stream.until('systems')['systems']]:
        pass
    mark = stream.id
    stream.close()
    call(world, 'RenameSystem', {'system': other}, body={'name': 'latest'})
    again = Stream(world, mark)
    name = {'stream': again.until('hello')['stream']}
    call(world, 'WatchLive', name, body={'systems': [other], 'system': ''})
    assert [s['name'] for s in again.until('systems')['systems']] == ['latest']
    mark = again.id
    again.close()
    third = Stream(world, mark)
    name = {'stream': third.until('hello')['stream']}
    call(world, 'WatchLive', name, body={'systems': [other], 'system': ''})
    call(world, 'RemoveSystem', {'system': other})
    while True:
        event, data = third.next()
        assert event != 'systems', data     # it had not changed
        if event == 'removed':
            break
    third.close()


def test_all_were_asked(world):
    """Each operation was seen to answer well, and to refuse."""
    verb, path, _ = world.api.operations['SignOut']
    answer = ask(world, verb, path, token=world.token)
    world.api.judge('SignOut', answer)
    assert answer.headers['Clear-Site-Data'] == '"cache"' and answer.headers['Cache-Control'] == 'no-store'
    secret = world.ctl('open').strip().split('#open=')[1]
    call(world, 'SignIn', body={'secret': secret}, token=None)
    names = set(world.api.operations)
    assert names - world.api.good == set(), names - world.api.good
    assert names - world.api.bad == set(), names - world.api.bad


test_system.TESTS = (test_set_up, test_document, test_committed, test_without_session, test_reads, test_changes,
                     test_ask, test_cancel, test_descriptors, test_errors, test_sent_once, test_live, test_all_were_asked)

if __name__ == '__main__':
    sys.exit(test_system.main())
