#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Universal tokens at a real hub, and many agents that come back to it at once after a restart, through
one proxy and from one address behind it, while wrong tokens come from there. The agents are this test's
and speak as stock ones do. TAP.

REEVE_TEST_AGENTS says how many agents (800): ten thousand need as many descriptors on both ends
and some minutes of a small machine. More than a thousand at one moment are more than the hub looks at
at once; who is not served comes again. The limits alone are tried with ten thousand in test-hub-limits.
"""

import asyncio
import json
import multiprocessing
import os
import random
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import typing

SRCDIR = os.path.abspath(os.environ.get('REEVE_TEST_SRCDIR', '.'))
BUILDDIR = os.path.abspath(os.environ.get('REEVE_TEST_BUILDDIR', '.'))
AGENTS = int(os.environ.get('REEVE_TEST_AGENTS', '800'))
ENTERING = 200      # agents that make themselves systems at a time
ASKING = 400        # connections at a time whose request is on its way: a proxy has it when it connects
FLOOD = 1000        # wrong tokens a second
SOURCE = '198.51.100.7'     # what the proxy says
DEADLINE = 100 + AGENTS // 20
LOGGED = 40 + DEADLINE // 2  # failures of one source that may be logged in all that time
NEEDED = 2 * AGENTS + 500

# an agent whose every value is zero: a base-protocol sample without its envelope
ZERO = bytes.fromhex(
    'a300a900fb000000000000000002fb000000000000000003fb000000000000000004fb000000000000000005fb00'
    '0000000000000009fb00000000000000000afb00000000000000000bfb0000000000000000181c83fb00000000000000'
    '00fb0000000000000000fb000000000000000001a8050006fb000000000000000007fb000000000000000008fb000000'
    '000000000009fb00000000000000000a66302e31382e381200'
    '1383fb0000000000000000fb0000000000000000fb000000000000000002f6')


class Door(typing.NamedTuple):
    port: int       # of the hub
    path: str = ''  # its socket for a proxy, if by that


def head(token, door):
    source = 'X-Forwarded-For: %s\r\n' % SOURCE if door.path else ''
    return ('GET /api/beszel/agent-connect HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: Upgrade\r\n'
            'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n%s'
            'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Beszel: 0.18.8\r\nX-Token: %s\r\n\r\n'
            % (door.port, source, token)).encode()


async def connect(door):
    if not door.path:
        return await asyncio.open_connection('127.0.0.1', door.port)
    while True:
        try:
            return await asyncio.open_unix_connection(door.path)
        except BlockingIOError:
            await asyncio.sleep(0.01)   # the hub's line is full for a moment


def frame(opcode, payload):
    """With a mask of zeros, which is one."""
    length = len(payload)
    assert length < 65536
    size = bytes([0x80 | length]) if length < 126 else b'\xfe' + length.to_bytes(2, 'big')
    return bytes([0x80 | opcode]) + size + bytes(4) + payload


class Agent:
    again = {}      # what those got who had to come again, and how often
    asking = asyncio.Semaphore(ASKING)

    def __init__(self, number, token):
        self.fingerprint = '%048x' % (number + 1)
        self.name = 'host-%d' % number
        self.token = token
        self.status, self.samples, self.writer, self.task = 0, 0, None, None

    async def enter(self, door, gate, final=(101, 401)):
        """Linked once the hub asks for a sample. Goes on answering. Comes again but for the final answers."""
        async with gate:
            linked, wait = asyncio.Event(), 1
            while not linked.is_set():
                got = await self.knock(door, linked)
                if linked.is_set() or got in final:
                    return
                Agent.again[got] = Agent.again.get(got, 0) + 1
                await asyncio.sleep(random.uniform(wait / 2, wait))
                wait = min(2 * wait, 30)

    async def knock(self, door, linked):
        """What the hub answered, None for nothing; after an upgrade once it is linked or refused."""
        try:
            async with Agent.asking:
                reader, self.writer = await connect(door)
                self.writer.write(head(self.token, door))
                await self.writer.drain()
            answer = await reader.readuntil(b'\r\n\r\n')
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        self.status = int(answer.split()[1])
        if self.status != 101:
            self.writer.close()
            return self.status
        self.task = task = asyncio.create_task(self.talk(reader, linked))
        done = asyncio.create_task(linked.wait())
        await asyncio.wait((task, done), return_when=asyncio.FIRST_COMPLETED)
        done.cancel()
        return self.status

    async def talk(self, reader, linked):
        try:
            while True:
                opcode, length = await reader.readexactly(2)
                if length == 126:
                    length = int.from_bytes(await reader.readexactly(2), 'big')
                payload = await reader.readexactly(length)
                if opcode == 0x89:
                    self.writer.write(frame(10, payload))
                elif opcode == 0x82:
                    self.answer(payload, linked)
                else:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass

    def answer(self, request, linked):
        number = request[request.rindex(b'\x02') + 1:]
        if request[:3] == b'\xa3\x00\x01':
            finger, name = self.fingerprint.encode(), self.name.encode()
            self.writer.write(frame(2, b'\xa2\x00\x01\x02\xa2\x00\x78\x30' + finger + b'\x01' +
                                    bytes([0x60 | len(name)]) + name))
            return
        self.samples += 1
        self.writer.write(frame(2, b'\xa2\x00' + number + b'\x01' + ZERO))
        linked.set()


def flood(door, stop, queue):
    """Wrong tokens from the same address behind the proxy until it is told to stop; says how many and what they got."""
    counts, number = {}, 0
    start = time.monotonic()
    while not stop.is_set() and time.monotonic() - start < DEADLINE:
        ahead = number / FLOOD - (time.monotonic() - start)
        if ahead > 0:
            time.sleep(ahead)
        number += 1
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.settimeout(10)
                s.connect(door.path)
                s.sendall(head('%048x' % number, door))
                status = s.recv(64).split(b' ')[1].decode()
        except (OSError, IndexError):
            status = 'none'
        counts[status] = counts.get(status, 0) + 1
    queue.put(counts)


class Hub:
    def __init__(self):
        self.base = tempfile.mkdtemp(prefix='reeve-return-', dir=BUILDDIR)
        self.state = tempfile.mkdtemp(prefix='reeve-')
        os.chmod(self.base, 0o755)
        with open(os.path.join(SRCDIR, 'data', 'roles', 'hub.role'), encoding='utf-8') as f:
            role = f.read().replace(';web-ui', '')  # the page is another test's
        self.role = os.path.join(self.base, 'hub.role')
        with open(self.role, 'w', encoding='utf-8') as f:
            f.write(role.replace('OffByDefault=', 'OffByDefault=web-ui'))
        self.proxy = os.path.join(self.state, 'proxy')
        self.config = os.path.join(self.base, 'hub.conf')
        with open(os.open(self.config, os.O_WRONLY | os.O_CREAT, 0o600), 'w', encoding='utf-8') as f:
            f.write('[plugin front]\nlisten=127.0.0.1:0\nproxy-socket=%s\n' % self.proxy)
        self.process, self.runs, self.port = None, 0, 0

    def log(self):
        with open(os.path.join(self.base, 'log-%d' % self.runs), encoding='utf-8', errors='replace') as f:
            return f.read()

    def start(self):
        self.runs += 1
        with open(os.path.join(self.base, 'log-%d' % self.runs), 'w', encoding='utf-8') as log:
            self.process = subprocess.Popen(
                [os.path.join(BUILDDIR, 'reeved'), self.role, '--config', self.config, '--state-dir',
                 self.state, '--plugin-dir', os.path.join(BUILDDIR, 'plugins', '.libs'),
                 '--log-level', 'message'], stderr=log, stdout=log, stdin=subprocess.DEVNULL,
                env={k: v for k, v in os.environ.items() if k != 'G_DEBUG'})
        end = time.monotonic() + DEADLINE
        while 'host: ready' not in self.log():
            assert self.process.poll() is None and time.monotonic() < end, self.log()
            time.sleep(0.05)
        self.port = int(re.search(r'127\.0\.0\.1:(\d+)', self.log()).group(1))

    def say(self, *words):
        done = subprocess.run([os.path.join(BUILDDIR, 'reevectl'), '--state-dir', self.state,
                               '--role', 'hub', *words], capture_output=True, text=True, check=False,
                              timeout=DEADLINE)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ctl(self, *words):
        return json.loads(self.say('--json', *words))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(DEADLINE)
        self.process = None
        assert code == 0, self.log()[-3000:]

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.base, ignore_errors=True)
        shutil.rmtree(self.state, ignore_errors=True)


async def come(agents, door, entering):
    gate = asyncio.Semaphore(entering)
    await asyncio.wait_for(asyncio.gather(*(agent.enter(door, gate, (401,)) for agent in agents)), DEADLINE)


def ids_of(hub):
    return {row['id']: row['name'] for row in hub.ctl('systems', 'list')}


async def first_contact(hub, agents):
    await come(agents, Door(hub.port), ENTERING)
    assert [(a.name, a.status) for a in agents if a.status != 101] == []
    # there is a sample of each
    assert all(a.samples > 0 for a in agents), [a.name for a in agents if a.samples == 0][:9]


async def come_back(hub, agents, seen):
    queue, stop, door = multiprocessing.Queue(), multiprocessing.Event(), Door(hub.port, hub.proxy)
    for agent in agents:
        agent.status, agent.samples = 0, 0
    attacker = multiprocessing.Process(target=flood, args=(door, stop, queue))
    attacker.start()
    try:
        await asyncio.sleep(1)      # its measure is used up long since
        start = time.monotonic()
        Agent.again.clear()
        await come(agents, door, len(agents))
        took = time.monotonic() - start
        stop.set()
        counts = await asyncio.get_running_loop().run_in_executor(None, queue.get)
    finally:
        stop.set()
        attacker.join(DEADLINE)
    print('# %d agents were back after %.1f s, beside %s wrong tokens; these came again: %s'
          % (len(agents), took, counts, Agent.again))
    # one address, and yet nobody is told that it has enough
    assert len(agents) > 1000 or 429 not in Agent.again, Agent.again
    missing = [(a.name, a.status) for a in agents if a.status != 101]
    assert not missing, (len(missing), missing[:9])
    assert all(a.samples > 0 for a in agents), [a.name for a in agents if a.samples == 0][:9]
    # each wrong one was refused, nearly all without a word, and there were many
    assert set(counts) <= {'401', '429'}, counts
    assert counts.get('429', 0) > 100, counts
    assert counts.get('401', 0) <= LOGGED, counts
    log = hub.log()
    assert log.count('refused with 401') <= LOGGED, log[:3000]
    assert 'agents from %s fail again and again' % SOURCE in log, log[:3000]
    assert ids_of(hub) == seen


async def confirm(hub):
    """A permanent token asks for a confirmation, and is in no argument that is printed."""
    text = hub.say('tokens', 'add', '--permanent', '--uses=1', 'rack 4')
    token = re.search(r'^    ([0-9a-f]{48})$', text, re.M).group(1)
    for line in text.splitlines():
        assert token not in line or line.strip() in (token, 'TOKEN=' + token), line
    assert '--token-file -' in text
    row, = hub.ctl('tokens', 'list')
    assert row['label'] == 'rack 4' and row['confirm'] and row['limit'] == 1 and 'expires' not in row, row
    assert 'never' in hub.say('tokens', 'list')
    agent = Agent(0, token)
    agent.name = 'waits'
    coming = asyncio.create_task(agent.enter(Door(hub.port), asyncio.Semaphore(1)))
    end = time.monotonic() + DEADLINE
    while [r['state'] for r in hub.ctl('systems', 'list')] != ['unconfirmed']:
        assert time.monotonic() < end and not coming.done(), hub.log()
        await asyncio.sleep(0.1)
    await asyncio.sleep(2)      # long enough to be asked
    assert agent.samples == 0
    hub.say('systems', 'confirm', 'waits')
    await asyncio.wait_for(coming, DEADLINE)
    assert agent.samples > 0
    row, = hub.ctl('tokens', 'list')
    assert row['uses'] == 1 and row['state'] == 'used up', row
    late = Agent(1, token)
    await late.enter(Door(hub.port), asyncio.Semaphore(1))
    assert late.status == 101 and late.samples == 0     # refused after its fingerprint
    hub.say('systems', 'remove', 'waits')
    await asyncio.wait_for(agent.task, DEADLINE)        # its link ends with it
    hub.say('tokens', 'remove', row['id'])
    assert hub.ctl('tokens', 'list') == [] and hub.ctl('systems', 'list') == []


async def both(hub):
    hub.start()
    await confirm(hub)
    print('ok 1 - a system waits for its confirmation')
    token = hub.ctl('tokens', 'add', '--permanent', '--no-confirm', 'all of them')['token']
    agents = [Agent(i, token) for i in range(AGENTS)]
    agents += [Agent(AGENTS + i, hub.ctl('systems', 'add', 'own-%d' % i)['token']) for i in range(5)]
    await first_contact(hub, agents)
    seen = ids_of(hub)
    assert len(seen) == len(agents) == len(set(seen.values())), len(seen)
    print('ok 2 - %d agents make themselves systems with one token' % AGENTS)
    await asyncio.get_running_loop().run_in_executor(None, hub.stop)
    hub.start()
    await come_back(hub, agents, seen)
    print('ok 3 - %d agents come back at once through one proxy, beside wrong tokens' % len(agents))
    for agent in agents:
        agent.writer.close()
    hub.stop()


def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < NEEDED // 2:
        print('1..0 # SKIP %d open files are not enough' % hard)
        return 0
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print('1..3')
    hub = Hub()
    try:
        asyncio.run(both(hub))
        return 0
    except Exception:  # pylint: disable=broad-except
        print('not ok - agents come back')
        for line in (traceback.format_exc() + hub.log()[-2000:]).splitlines():
            print('# ' + line[:300])
        return 1
    finally:
        hub.close()


if __name__ == '__main__':
    sys.exit(main())
