#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Samples that wait while the hub is away, with real processes that are killed. Prints TAP."""

import hashlib
import importlib.util
import json
import os
import re
import signal
import sqlite3
import struct
import sys
import time
import zlib

SPEC = importlib.util.spec_from_file_location(
    'test_system', os.path.join(os.path.dirname(os.path.abspath(__file__)), 'test-system.py'))
test_system = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(test_system)
wait_for = test_system.wait_for

HEAD = 8 + 8 + 32  # magic, series, whom they are for
MINUTES = 50


class World(test_system.World):
    """A hub without a page."""

    def make_page(self):
        os.mkdir(self.page)
        with open(os.path.join(self.page, 'index.html'), 'wb'):
            pass
        entry = {'path': '/index.html', 'type': 'text/html', 'sha256': hashlib.sha256(b'').hexdigest()}
        with open(os.path.join(self.page, 'manifest.json'), 'w', encoding='ascii') as f:
            json.dump({'version': 1, 'index': '/index.html', 'files': [entry]}, f)


def items(path):
    """The bodies of the whole items of a kept file."""
    try:
        with open(path, 'rb') as f:
            data = f.read()
    except FileNotFoundError:
        return []
    found, at = [], HEAD
    while at + 8 <= len(data):
        length, crc = struct.unpack_from('<II', data, at)
        body = data[at + 8:at + 8 + length]
        if len(body) < length or zlib.crc32(body) != crc:
            break
        found.append(body)
        at += 8 + length
    return found


def samples(path):
    """Those that wait: number, time, record."""
    waiting = []
    for body in items(path):
        sequence = struct.unpack_from('<Q', body, 1)[0]
        if body[0] == 0:
            waiting = [s for s in waiting if s[0] > sequence]
        else:
            waiting.append((sequence, struct.unpack_from('<Q', body, 9)[0], body[17:]))
    return waiting


def minutes(world):
    with sqlite3.connect('file:%s?mode=ro' % os.path.join(world.hub.state, 'reeve.db'), uri=True) as db:
        return [row[0] for row in db.execute('SELECT minute FROM sample ORDER BY minute')]


def test_away(world):
    """While the hub is away, the agent keeps on its disk; a hub that comes back gets it."""
    world.hub.start()
    world.wait_hub()
    added = world.json('systems', 'add', 'web1')
    world.web1 = world.agent('web1', added['token'], added['key'])
    with open(world.web1.config, 'a', encoding='utf-8') as f:
        f.write('keep=disk\n')
    world.web1.start()
    world.wait_state('web1', 'up')
    world.kept = os.path.join(world.web1.state, 'kept')
    wait_for('an answer in the store', lambda: minutes(world))
    world.hub.stop(signal.SIGKILL)
    world.web1.wait_line(r'a sample is kept for the hub every 10 s')
    wait_for('a kept sample', lambda: samples(world.kept))
    assert os.stat(world.kept).st_mode & 0o7777 == 0o600
    world.web1.stop(signal.SIGKILL)


def test_once(world):
    """What was kept before the agent was killed, too, is in the history once, and then forgotten."""
    waiting = samples(world.kept)
    with open(world.kept, 'rb') as f:
        head = f.read(HEAD)
    now = time.time_ns() // 1000
    sequence, body = waiting[-1][0], b''
    # as if the hub had been away for an hour: the minutes before what there is
    for i in range(MINUTES):
        sequence += 1
        entry = struct.pack('<BQQ', 1, sequence, now - (MINUTES + 5 - i) * 60 * 1000000) + waiting[0][2]
        body += struct.pack('<II', len(entry), zlib.crc32(entry)) + entry
    with open(world.kept, 'wb') as f:
        f.write(head + body + b'\x99\0\0\0torn')
    before = set(minutes(world))
    world.web1.start()
    world.web1.wait_line(r'%d samples wait for the hub since an earlier start' % MINUTES)
    world.web1.wait_line(r'8 bytes at the end of .* were cut')
    world.hub.start()
    world.wait_hub(2)
    world.hub.wait_line(r"'web1': %d samples that were kept while there was no link are stored" % MINUTES)
    first = (now // 1000000 - (MINUTES + 5) * 60) // 60
    old = [m for m in minutes(world) if m not in before and m < first + MINUTES + 2]
    assert len(old) == MINUTES, (len(old), old, before)
    wait_for('an acknowledgement', lambda: not samples(world.kept))


def test_twice(world):
    """Both are killed and start again: nothing comes a second time."""
    before = minutes(world)
    world.hub.stop(signal.SIGKILL)
    world.web1.stop(signal.SIGKILL)
    world.hub.start()
    world.wait_hub(3)
    world.web1.start()
    world.wait_state('web1', 'up')
    assert len(re.findall(r'samples that were kept', world.hub.lines())) == 1
    after = [m for m in minutes(world) if m <= before[-1]]
    assert after == before, (before, after)
    world.web1.stop()
    world.hub.stop()


test_system.World = World
test_system.TESTS = [test_away, test_once, test_twice]

if __name__ == '__main__':
    sys.exit(test_system.main())
