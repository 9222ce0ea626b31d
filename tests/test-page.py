#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The page in a real browser, on a hub with two systems that have a past, one that is a crowd, and one that
never came. Prints the TAP of plugins/web-ui/tests/browser/run-past.mjs."""

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys

SPEC = importlib.util.spec_from_file_location(
    'test_system', os.path.join(os.path.dirname(os.path.abspath(__file__)), 'test-system.py'))
test_system = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(test_system)

UI = os.path.join(test_system.SRCDIR, 'plugins', 'web-ui')
FILL = os.path.join(test_system.BUILDDIR, 'plugins', 'sqlite-store', 'tests', 'fill-store')
CROWD = os.path.join(test_system.BUILDDIR, 'tests', 'plugins', 'crowd', '.libs')
GREETER = os.path.join(test_system.BUILDDIR, 'tests', 'plugins', 'greeter', '.libs')
DAYS = 40
NAMES = ('past', 'twin', 'crowd', 'idle')
# The crowd is all that its agent tells of.
ALONE = ''.join('[plugin %s]\nenabled=no\n' % name for name in ('host-metrics', 'services', 'containers'))


# What this script runs; others run other flows on the same kind of hub, so that each ends in time.
FLOWS = 'window,compare,crowd'


def why_not():
    if not os.path.isdir(os.path.join(UI, 'node_modules')) or not shutil.which('node'):
        return 'the page needs node and "npm ci --ignore-scripts"'
    if not os.path.exists(os.environ.get('REEVE_CHROMIUM', '/usr/bin/chromium')):
        return 'there is no chromium'
    return None


# Modules of the page that are of no use.
BROKEN = {
    'throws': '/* reeve-ui 1 */ export function register(reeve) {'
              " reeve.addPanel({ id: 'one', title: 'One', render: () => null }); throw new Error('not today'); }",
    'crashes': '/* reeve-ui 1 */ export function register(reeve) {'
               " reeve.addPanel({ id: 'one', title: 'One', render() { throw new Error('no panel'); } }); }",
    'old': '/* reeve-ui 99 */ export function register() {}',
    'syntax': '/* reeve-ui 1 */ export function register( {',
    'empty': None,
}


def make_modules(world):
    """Those of the tree, that of the plugin out of it, and broken ones."""
    folder = os.path.join(world.base, 'modules')
    shutil.copytree(os.path.join(test_system.BUILDDIR, 'plugins', 'web-ui', 'modules'), folder)
    os.mkdir(os.path.join(folder, 'greeter'))
    shutil.copy(os.path.join(test_system.SRCDIR, 'tests', 'out-of-tree', 'ui.js'), os.path.join(folder, 'greeter'))
    for name, text in BROKEN.items():
        os.mkdir(os.path.join(folder, name))
        if text is not None:
            with open(os.path.join(folder, name, 'ui.js'), 'w', encoding='utf-8') as file:
                file.write(text)
    with open(world.hub.config, encoding='utf-8') as file:
        world.hub.configure(file.read().replace('[plugin web-ui]\n',
                                                '[plugin web-ui]\nmodule-directory=%s\n' % folder))


def build_world(world):
    """A hub that knows these systems, two of them for weeks."""
    make_modules(world)
    world.hub.start()
    world.wait_hub()
    added = {name: world.json('systems', 'add', name) for name in NAMES}
    ids = {row['name']: row['id'] for row in world.json('systems', 'list')}
    world.hub.stop()
    for name in ('past', 'twin'):
        subprocess.run([FILL, os.path.join(world.hub.state, 'reeve.db'), ids[name], str(DAYS)],
                       check=True, timeout=120, stdout=subprocess.DEVNULL)
    world.hub.start()
    world.wait_hub(2)
    past = world.agent('past', added['past']['token'], added['past']['key'])
    past.folders = [test_system.MODULES, GREETER]
    with open(past.config, encoding='utf-8') as file:
        past.configure(file.read() + '[plugin greeter]\ninterval=1s\n')
    past.start()
    crowd = world.agent('crowd', added['crowd']['token'], added['crowd']['key'])
    with open(crowd.config, encoding='utf-8') as file:
        crowd.configure(file.read() + 'unlock=*\n' + ALONE)
    crowd.folders = [test_system.MODULES, CROWD]
    crowd.start()
    for name in ('past', 'crowd'):
        world.wait_state(name, 'up')
    return ids


def run_browser(world, ids, flows):
    env = dict(os.environ, REEVE_URL=world.ctl('open').strip(), REEVE_IDS=json.dumps(ids),
               REEVE_FLOWS=os.environ.get('REEVE_FLOWS', flows),
               REEVE_HUB_PID=str(world.hub.process.pid))
    with subprocess.Popen(['node', 'tests/browser/run-past.mjs'], cwd=UI, env=env) as browser:
        try:
            return browser.wait()
        finally:
            if browser.poll() is None:
                browser.kill()


def main(flows=FLOWS):
    reason = why_not()
    if reason is None:
        try:
            world = test_system.World()
        except AssertionError as error:
            reason = str(error)
    if reason is not None:
        print('1..0 # SKIP %s' % reason)
        return 0
    # the deadline of a test comes as SIGTERM
    for number in signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, lambda *_: sys.exit(1))
    try:
        ids = build_world(world)
        sys.stdout.flush()
        return run_browser(world, ids, flows)
    finally:
        world.close()


if __name__ == '__main__':
    sys.exit(main())
