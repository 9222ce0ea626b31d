#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A kind that the hub has no plugin for, with real processes: arrives, is kept, queried and charted,
and survives restarts and the agent's upgrade. Prints TAP."""

import importlib.util
import json
import os
import re
import signal
import sys

SPEC = importlib.util.spec_from_file_location(
    'test_system', os.path.join(os.path.dirname(os.path.abspath(__file__)), 'test-system.py'))
test_system = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(test_system)
wait_for = test_system.wait_for

NAME = 'well.shaft'
# An upgrade's description is asked for when the last one was asked for a minute ago.
UPGRADE_DEADLINE = 120


def folder(version):
    return os.path.join(test_system.BUILDDIR, 'tests', 'plugins', version, '.libs')


def schema(world, token):
    """The kind as the page is told of it, None: not at all."""
    status, data = world.http('GET', '/api/v1/systems/%s/schema' % world.id, token=token)
    assert status == 200, (status, data)
    return next((k for k in json.loads(data)['kinds'] if k['name'] == NAME), None)


def series(world, token):
    path = '/api/v1/systems/%s/history?from=0&to=0&points=60&kinds=%s' % (world.id, NAME)
    status, data = world.http('GET', path, token=token)
    assert status == 200, (status, data)
    return {(s['instance'], s['metric']): [v for v in s['values'] if v is not None]
            for s in json.loads(data)['series']}


def test_arrives(world):
    """An agent's own kind is in the history, and is described with title and unit."""
    world.hub.start()
    world.wait_hub()
    added = world.json('systems', 'add', 'web1')
    world.web1 = world.agent('web1', added['token'], added['key'])
    world.web1.folders = [test_system.MODULES, folder('well')]
    world.web1.start()
    world.id = world.wait_state('web1', 'up')['id']
    token = world.sign_in()
    kind = wait_for('the description', lambda: schema(world, token))
    assert kind['title'] == 'Wells' and kind['instanced'] is True, kind
    assert [(m['name'], m['unit'], m['chart']) for m in kind['metrics']] == [('level', 'count', 'line')], kind
    found = wait_for('history', lambda: series(world, token))
    assert set(found) == {('north', 'level'), ('__proto__', 'level')}, found
    assert set(found['__proto__', 'level']) == {7}, found
    status, data = world.http('GET', '/api/v1/schema', token=token)
    assert status == 200 and NAME not in data.decode(), data


def test_restart(world):
    """A hub that was killed describes the kind before its agent is back, and goes on keeping it."""
    world.web1.stop()
    world.hub.stop(signal.SIGKILL)
    world.hub.start()
    world.wait_hub(2)
    token = world.sign_in()
    assert world.system('web1')['state'] != 'up'
    assert schema(world, token)['title'] == 'Wells'
    assert series(world, token)['north', 'level']
    world.web1.start()
    world.wait_state('web1', 'up')
    # it was not asked for it again
    assert len(re.findall("'web1' measures 1 kinds of its own", world.hub.lines())) == 1, world.hub.lines()


def test_upgrade(world):
    """The agent's next version has another unit and one more metric: another column from then on."""
    token = world.sign_in()
    world.web1.stop()
    world.web1.folders = [test_system.MODULES, folder('well-next')]
    world.web1.start()
    kind = wait_for('the next description',
                    lambda: (lambda k: k if len(k['metrics']) == 2 else None)(schema(world, token)), UPGRADE_DEADLINE)
    assert [(m['name'], m['unit']) for m in kind['metrics']] == [('level', 'ratio'), ('heat', 'celsius')], kind
    found = wait_for('its values', lambda: (lambda s: s if s.get(('north', 'heat')) else None)(series(world, token)))
    assert set(found['north', 'heat']) == {11.5}, found
    # 7 of something is not 700 %
    assert set(found['north', 'level']) == {0.25}, found


def test_gone(world):
    """Without the plugin the rest goes on, and what was kept can be asked for."""
    token = world.sign_in()
    world.web1.stop()
    world.web1.folders = [test_system.MODULES]
    world.web1.start()
    world.wait_state('web1', 'up')
    assert series(world, token)['north', 'heat']
    assert world.web1.stop() == 0
    assert world.hub.stop() == 0
    for daemon in (world.hub, world.web1):
        assert 'critical' not in daemon.lines() and 'left behind' not in daemon.lines(), daemon.lines()


test_system.TESTS = [test_arrives, test_restart, test_upgrade, test_gone]

if __name__ == '__main__':
    sys.exit(test_system.main())
