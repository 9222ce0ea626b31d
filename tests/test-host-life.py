#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The host's life with real processes: what it refuses, how it starts, reloads and stops."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get('REEVE_TEST_SRCDIR', '.'), 'tests', 'lib'))
import hostlib  # noqa: E402

UNSAFE = 'the build tree lies where others can write'


def count(host, text):
    return sum(text in line for line in host.lines)


# ---- the command line, roles, the state directory ----

def test_command_line(make):
    host = make()
    host.command = [hostlib.REEVED]
    assert host.run('--version')[:2] == (0, 'reeved 0.1.0\n'), host.run('--version')
    for options, text in (((), 'which role'), (('a', 'b'), 'one role'), (('--x', 'a'), '--x'),
                          (('a', '--check-config', '--list-plugins'), 'do not go together'),
                          (('a', '--log-level=loud'), "no log level 'loud'")):
        code, _, err = host.run(*options)
        assert code == 2 and text in err, (code, err)
    for role in ('nosuch', '../x', 'Upper'):
        code, _, err = host.run(role)
        assert code == 3 and role in err or 'role' in err, (code, err)


def test_state_directory(make):
    first = make().start()
    first.ready()
    code, _, err = make(name='b', state=first.state).run()
    assert code == 4 and 'process %d uses it already' % first.process.pid in err, err
    first.stops()
    assert stat.S_IMODE(os.stat(first.state).st_mode) == 0o700
    os.chmod(first.state, 0o755)
    code, _, err = make(name='b', state=first.state).run()
    assert code == 4 and 'chmod 700' in err and first.state in err, err
    code, _, err = make(name='b', state='/proc/no-such').run()
    assert code == 4 and 'state directory /proc/no-such: ' in err, err


def test_unwritable_state_directory(make):
    state = os.path.join(make.base, 'locked')
    os.mkdir(state, 0o500)
    host = make(state=state)
    who = {}
    if os.geteuid() == 0:  # who may write everywhere
        for path in (state, host.config):
            os.chown(path, 65534, 65534)
        who = {'user': 65534, 'group': 65534, 'extra_groups': []}
    try:
        code, _, err = host.run(**who)
    except PermissionError:
        return 'nobody cannot reach the build tree'
    if code == 127 or 'rror while loading' in err:
        return 'nobody cannot reach the build tree'
    assert code == 4 and 'cannot be written' in err and '--state-dir' in err, (code, err)
    return None


def test_killed_and_again(make):
    host = make().start()
    host.ready()
    host.process.kill()
    host.end()
    again = make(state=host.state).start()
    again.ready()
    again.stops()


def test_hardening(make):
    host = make().start()
    host.ready()
    with open('/proc/%d/limits' % host.process.pid, encoding='utf-8') as f:
        core = [line.split() for line in f if line.startswith('Max core file size')]
    assert core[0][4:6] == ['0', '0'], core
    with open('/proc/%d/status' % host.process.pid, encoding='utf-8') as f:
        assert 'Umask:\t0077\n' in f.read()
    host.has('sandbox: no rules of our own yet')
    host.has('one thread;')
    host.stops()


def test_ignored_children(make):
    """Who starts us may ignore how its children end; we do not, programs that we run are waited for."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        host = make().start()
    finally:
        signal.signal(signal.SIGCHLD, before)
    host.ready()
    with open('/proc/%d/status' % host.process.pid, encoding='ascii') as f:
        ignored = next(int(line.split()[1], 16) for line in f if line.startswith('SigIgn:'))
    assert ignored & 1 << signal.SIGCHLD - 1 == 0, hex(ignored)
    assert ignored & 1 << signal.SIGPIPE - 1 != 0, hex(ignored)
    host.stops()


# ---- which files become plugins ----

def test_refused_files(make):
    host = make(plugins=('good', 'abi', 'small', 'no-type', 'foreign', 'no-symbol', 'elsewhere'))
    hostlib.install('spare', host.folder, 'misnamed')
    writable = hostlib.install('base', host.folder)
    os.chmod(writable, 0o777)
    linked = os.path.join(host.folder, 'reeve-user.so')
    os.symlink(hostlib.module('user'), linked)
    with open(os.path.join(host.folder, 'reeve-junk.so'), 'w', encoding='utf-8') as f:
        f.write('no ELF')
    with open(os.path.join(host.folder, 'reeve-host.so'), 'w', encoding='utf-8') as f:
        f.write('a name of our own')
    os.chmod(os.path.join(host.folder, 'reeve-junk.so'), 0o755)
    other = os.path.join(host.base, 'other')
    os.mkdir(other)
    hostlib.install('good', other)
    host.command += ['--plugin-dir', other]
    host.start().ready()
    for text in ('reeve-abi.so is refused: it was built for plugin ABI 0.',
                 'reeve-small.so is refused: its descriptor has 16 bytes',
                 'reeve-no-type.so is refused: its type getter answers nothing',
                 'reeve-foreign.so is refused: its type GObject is not derived',
                 'reeve-no-symbol.so is refused: it has no symbol',
                 "reeve-misnamed.so is refused: its descriptor says id 'spare': call the file "
                 'reeve-spare.so',
                 'reeve-base.so and so change what runs here: chmod go-w it',
                 'reeve-user.so is a symbolic link',
                 'reeve-junk.so is refused: it cannot be loaded',
                 "'host' is no id that a plugin may have",
                 "there is a plugin 'good' already"):
        host.has(text)
        assert count(host, text) == 1, text
    host.has('reeve-elsewhere.so: not for this role')
    host.has('ready: 1 plugin runs, 11 failed')
    host.stops()


def test_writable_directory(make):
    host = make()
    os.chmod(host.folder, 0o1777)
    host.start()
    host.wait('others can write ' + host.folder)
    host.wait('ready: 0 plugins run, 1 failed')
    host.stops()


def mapped(host, plugin):
    with open('/proc/%d/maps' % host.process.pid, encoding='utf-8') as f:
        return 'reeve-%s.so' % plugin in f.read()


def test_disabled_is_not_opened(make):
    host = make(plugins=('good', 'spare', 'base'), config='[plugin base]\nenabled=no\n').start()
    host.ready()
    assert mapped(host, 'good')
    assert not mapped(host, 'spare'), 'off in the role'
    assert not mapped(host, 'base'), 'off in the configuration'
    host.has('ready: 1 plugin runs, 2 disabled')
    host.stops()
    on = make(plugins=('spare',), config='[plugin spare]\nenabled=yes\n', name='b').start()
    on.wait('spare: starts')
    on.stops()


def test_no_directory(make):
    host = make()
    host.command += ['--plugin-dir', '/no/such']
    code, _, err = host.run()
    assert code == 3 and 'plugin directory /no/such: ' in err, err


# ---- settings ----

def test_instances(make):
    host = make(config='[plugin good one]\ninterval=5s\n[plugin good two]\nenabled=no\n'
                '[plugin good]\nenabled=yes\n[plugin base x]\nlabel=a\n', plugins=('good', 'base'))
    host.start()
    host.wait('good/one: starts with interval 5000 ms')
    host.wait('ready: 2 plugins run, 1 disabled')
    host.has('[plugin base x]: left out, base has no instances')
    host.stops()


def test_bad_setting_stops_its_plugin_only(make):
    host = make(plugins=('good', 'base', 'user', 'spare'),
                config='[plugin good]\ninterval=soon\n[plugin base]\nbehaviour good\n'
                '[plugin nosuch]\na=b\n[whatever]\n').start()
    host.wait('ready: 0 plugins run, 3 failed')
    host.has('a.conf:2: [plugin good] interval: must be a duration')
    host.has('a.conf:4: malformed line: ')
    host.has('plugin user failed: it requires ReeveTestBase of base, which is failed')
    host.has('[plugin nosuch]: left out, the plugin directories hold no reeve-nosuch.so')
    host.has('a.conf:7: [whatever]: unknown group')
    host.stops()


def test_bad_file_stops_the_start(make):
    host = make(config='interval=5s\n')
    code, _, err = host.run()
    assert code == 3 and 'a.conf:1: malformed line' in err, err
    host.write('[host]\nstop-timeout=never\n')
    code, _, err = host.run()
    assert code == 3 and 'a.conf:2: [host] stop-timeout: must be a duration' in err, err
    os.unlink(host.config)
    code, _, err = host.run()
    assert code == 3 and 'a.conf: cannot be read' in err, err


def test_secret_is_never_printed(make):
    host = make(plugins=('good', 'base'), level='debug', options=(),
                config='[plugin good]\ntokn=hunter2\ntoken=hunter2\npeer=http://a:hunter2@b\n'
                '[plugin base]\nhunter2\n[plugn x]\ntoken=hunter2\n').start()
    host.ready()
    host.wait('[plugin good] tokn: unknown key')
    assert '[plugin good] tokn: unknown key' in host.run('--check-config')[2]
    for text in host.run('--check-config')[1:] + host.run('--list-plugins')[1:]:
        assert 'hunter2' not in text, text
    host.hup()
    host.stops()
    host.lacks('hunter2')


def test_check_config(make):
    host = make(config='[plugin good]\ninterval=7s\n', level=None)
    code, out, err = host.run('--check-config')
    assert (code, err) == (0, '') and 'nothing to complain' in out, (code, out, err)
    assert not os.path.exists(host.state), 'a check makes no directory'
    host.write('[plugin good]\nintervall=7s\nbehaviour=refuse\n')
    code, out, err = host.run('--check-config')
    assert code == 3 and 'intervall: unknown key' in err and 'refuse is refused' in err, err


def test_overlay(make):
    host = make(config='[plugin good]\nlabel=file\n[plugin base]\ninterval=3s\ntoken=hunter2\n',
                plugins=('good', 'base'),
                overlay='[plugin good]\ninterval=9s\nlabel=x\nbehaviour=hang-start\nenabled=no\n'
                '[plugin base]\ninterval=9s\npeer=other.example:80\n').start()
    host.wait('good: starts with interval 9000 ms')
    host.wait('base: starts with interval 3000 ms, no token')
    host.ready()
    host.has('overlay.conf:4: [plugin good] behaviour: only files may set this')
    host.has('[plugin base] token: unset, because the address')
    host.stops()
    host.lacks('hunter2')


# ---- start ----

def test_needs(make):
    host = make(plugins=('user', 'base', 'lonely', 'circle-a', 'circle-b', 'needy', 'good'),
                config='').start()
    host.wait('ready: 3 plugins run, 3 failed, 1 unconfigured')
    assert host.wait('base: starts') < host.wait('user: starts')
    host.has('plugin lonely failed: it requires ReeveTestNowhere, which no plugin here provides')
    host.has('plugin circle-a failed: circular requirement: circle-a needs ReeveTestB of circle-b, '
             'which needs ReeveTestA of circle-a')
    host.has('plugin circle-b failed: circular requirement')
    host.lacks('needy: starts')
    at = len(host.lines)
    host.stops()
    assert host.wait('user: stops', at) < host.wait('base: stops', at), 'reverse order'


def test_nothing_to_do(make):
    def maps(host):
        with open('/proc/%d/maps' % host.process.pid, encoding='utf-8') as f:
            return f.read()

    host = make(plugins=('good', 'idle'), config='').start()
    host.wait('ready: 1 plugin runs, 1 unconfigured')
    assert 'reeve-good.so' in maps(host) and 'reeve-idle.so' not in maps(host), maps(host)
    host.stops()
    code, out, _ = host.run('--list-plugins')
    assert code == 0 and 'there is no /proc/self/no-such-thing here' in out, out

    host = make(plugins=('good', 'idle'), config='[plugin idle]\nlabel=x\n').start()
    host.wait('idle: starts')
    host.wait('ready: 2 plugins run')
    host.stops()


def test_fails_to_start(make):
    host = make(plugins=('good', 'base', 'user'),
                config='[plugin base]\nbehaviour=fail-start\n').start()
    host.wait('plugin base failed: it was told to fail')
    host.wait('plugin user failed: it requires ReeveTestBase of base, which is failed')
    host.wait('ready: 1 plugin runs, 2 failed')
    host.stops()


def test_hangs_in_start(make):
    host = make(plugins=('good', 'base'), config='[host]\nstart-timeout=100ms\n[plugin base]\n'
                'behaviour=hang-start\n').start()
    host.wait('plugin base failed: it did not start within 100 ms')
    host.wait('ready: 1 plugin runs, 1 failed')
    host.stops()


def test_terminated_during_start(make):
    host = make(config='[host]\nstop-timeout=100ms\n[plugin good]\nbehaviour=hang-start\n').start()
    host.wait('good: starts')
    host.stops()
    host.lacks('ready')


def test_required(make):
    role = os.path.join(make.base, 'strict.role')
    with open(role, 'w', encoding='utf-8') as f:
        f.write('[Role]\nName=test\nBusName=org.reeve.Test\nConfig=x.conf\nRequired=base\n')
    host = make(plugins=('good', 'base'), config='[plugin base]\nbehaviour=fail-start\n',
                role=role).start()
    assert host.end() == 1
    host.has('required plugin base failed, the start ends: it was told to fail')
    assert count(host, ' warning ') == 1, host.text()
    host.lacks('ready')
    missing = make(name='b', role=role).start()
    assert missing.end() == 1
    missing.has('required plugin base failed, the start ends: it is not installed')
    assert count(missing, ' warning ') == 1, missing.text()
    off = make(name='c', plugins=('base',), role=role, config='[plugin base]\nenabled=no\n').start()
    off.ready()
    off.stops()


def test_thread_before_sandbox(make):
    host = make(plugins=('good', 'base'), config='[plugin base]\nbehaviour=thread\n')
    code, _, err = host.run()
    assert code == 1 and 'plugin base made a thread before its start' in err, (code, err)


# ---- stop ----

def test_hangs_in_stop(make):
    host = make(plugins=('good', 'base', 'user'), config='[host]\nstop-timeout=100ms\n'
                '[plugin user]\nbehaviour=hang-stop\n').start()
    host.ready()
    host.stops()
    host.has('plugin user is quarantined: it did not stop within 100 ms')
    host.has('base: stops')
    host.has('good: stops')


def test_leaves_things(make):
    host = make(plugins=('good', 'base'), config='[plugin base]\nbehaviour=leave\n[plugin good]\n'
                'behaviour=fail-stop\n').start()
    host.ready()
    host.process.send_signal(signal.SIGINT)
    assert host.end() == 0
    host.has("base: left behind and removed: timer 'forgotten'")
    host.has('plugin good did not stop cleanly: it was told not to')


# ---- reload ----

def test_reload(make):
    host = make(plugins=('good', 'base', 'needy'), config='[plugin good]\ninterval=5s\n').start()
    host.ready()
    host.write('[plugin good]\ninterval=6s\nlabel=new\n[plugin base]\nenabled=no\n'
               '[plugin good two]\ninterval=7s\n[plugin needy]\npeer=a:1\n')
    lines = '\n'.join(host.hup())
    assert 'good: reloads with interval 6000 ms, label unset' in lines, lines
    assert 'base: reloads' not in lines, lines
    assert 'changed: good; waits for a restart: ' in lines, lines
    for text in ('good: label', 'base: enabled', 'good/two: new', 'needy: peer'):
        assert text in lines, (text, lines)
    host.lacks('stops')
    lines = '\n'.join(host.hup())
    assert 'changed: none' in lines and 'good: label' in lines, lines
    assert 'reloads' not in lines, lines
    host.stops()


def test_reload_refused(make):
    host = make(plugins=('good', 'base'), config='[plugin good]\ninterval=5s\n').start()
    host.ready()
    for bad, text in (('[plugin base]\ninterval=soon\n', '[plugin base] interval: must be'),
                      ('[plugin base]\ninterval=13s\n', 'plugin base refuses: interval: 13 s'),
                      ('[plugin base\n', 'malformed line'),
                      ('[host]\nlog-level=loud\n', '[host] log-level: must be')):
        host.write('[plugin good]\ninterval=6s\n' + bad)
        lines = '\n'.join(host.hup())
        assert text in lines and 'nothing has changed' in lines, lines
        assert 'reloads' not in lines, lines
    host.write('[plugin good]\ninterval=6s\n')
    assert 'changed: good' in '\n'.join(host.hup())
    host.stops()


def test_reload_log_level(make):
    host = make(level=None, config='[host]\nlog-level=warning\n').start()
    # nothing is said, so ask until the signal is not too early any more
    host.write('[host]\nlog-level=info\n')
    end = time.monotonic() + hostlib.DEADLINE
    while 'settings are read again' not in host.text() and time.monotonic() < end:
        if os.path.exists(os.path.join(host.state, 'lock')):
            host.process.send_signal(signal.SIGHUP)
        host.pump(0.2)
    host.has('settings are read again')
    host.stops()
    host.has('good: stops')


def call(host, method, *args):
    """An operation of the host on its control socket: (worked, answer)."""
    done = subprocess.run([os.path.join(hostlib.BUILDDIR, 'tests', 'lib', 'host-call'),
                           os.path.join(host.state, 'control'), method] + list(args),
                          capture_output=True, text=True, timeout=hostlib.DEADLINE, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def test_set_at_run_time(make):
    host = make(plugins=('good', 'base'), config='[plugin base]\ninterval=5s\n[plugin good]\n'
                'token=hunter2\n').start()
    host.ready()
    overlay = os.path.join(host.state, 'overlay.conf')
    worked, answer = call(host, 'SetSetting', 'good', 'interval', '9s')
    assert worked, answer
    host.wait('good: reloads with interval 9000 ms')
    with open(overlay, encoding='utf-8') as f:
        assert '[plugin good]\ninterval=9s\n' in f.read()
    assert stat.S_IMODE(os.stat(overlay).st_mode) == 0o600
    for arguments, text in ((('base', 'interval', '9s'), 'set by ' + host.config),
                            (('good', 'label', 'x'), 'only configuration files'),
                            (('good', 'interval', 'soon'), 'must be a duration'),
                            (('good', 'interval', '13s'), 'brings bad luck'),
                            (('nobody', 'interval', '9s'), "no plugin 'nobody'"),
                            (('good', 'colour', '9s'), 'no setting')):
        worked, answer = call(host, 'SetSetting', *arguments)
        assert not worked and text in answer, answer
    with open(overlay, encoding='utf-8') as f:
        assert 'interval=9s\n' in f.read(), 'what the reload refused is taken back'
    worked, answer = call(host, 'SetSetting', 'host', 'log-level', 'debug')
    assert worked, answer
    worked, answer = call(host, 'ListSettings', 'good')
    assert worked and 'overlay' in answer and 'hunter2' not in answer, answer
    host.stops()
    again = make(name='b', plugins=('good',), state=host.state).start()
    again.wait('good: starts with interval 9000 ms')
    again.stops()


# ---- the service manager ----

def test_notify(make):
    manager = hostlib.Manager(make.base)
    host = make(env={'NOTIFY_SOCKET': manager.path, 'WATCHDOG_USEC': '100000'}).start()
    message = manager.read('READY=1')
    assert 'STATUS=1 plugin runs' in message, message
    for _ in range(3):
        manager.read('WATCHDOG=1')
    before = time.monotonic_ns() // 1000
    host.process.send_signal(signal.SIGHUP)
    message = manager.read('RELOADING=1')
    stamp = int(message.split('MONOTONIC_USEC=')[1])
    assert before <= stamp <= time.monotonic_ns() // 1000, message
    manager.read('READY=1')
    host.process.send_signal(signal.SIGTERM)
    manager.read('STOPPING=1')
    assert host.end() == 0
    manager.close()


def test_watchdog_of_another(make):
    manager = hostlib.Manager(make.base)
    host = make(env={'NOTIFY_SOCKET': manager.path, 'WATCHDOG_USEC': '100000',
                     'WATCHDOG_PID': '1'}).start()
    manager.read('READY=1')
    manager.socket.settimeout(0.5)
    try:
        message = manager.socket.recv(100)
        raise AssertionError(message)
    except socket.timeout:
        pass
    host.stops()
    manager.close()


def test_passed_socket(make):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(('127.0.0.1', 0))
    listener.listen(5)
    host = make(config='[plugin good]\nbehaviour=listen\n', pass_fd=listener.fileno(),
                env={'LISTEN_FDS': '1', 'LISTEN_FDNAMES': 'door'}).start()
    host.ready()
    with socket.create_connection(listener.getsockname(), hostlib.DEADLINE) as stream:
        host.wait('good: accepted a stream')
        stream.settimeout(hostlib.DEADLINE)
        assert stream.recv(10) == b''
    listener.close()
    host.stops()


# ---- the roles of the tree ----

def test_real_roles(make):
    host = make()
    for role in ('hub', 'agent'):
        if not os.path.exists(os.path.join(hostlib.BUILDDIR, 'data', 'roles', role + '.role')):
            return 'the roles are not in the build tree'
        host.command = [hostlib.REEVED, role, '--config', host.config, '--state-dir', host.state]
        code, out, err = host.run('--list-plugins')
        assert code == 0 and 'critical' not in err, err
        code, out, err = host.run('--check-config')
        assert code in (0, 3) and 'critical' not in err, err
    assert not os.path.exists(host.state)
    return None


def tests():
    found = [(f.__code__.co_firstlineno, f) for name, f in globals().items()
             if name.startswith('test_')]
    return [f for _, f in sorted(found, key=lambda item: item[0])]


def main():
    if not os.path.exists(hostlib.module('good')):
        print('1..0 # SKIP the test plugins are not built')
        return 0
    folder = os.path.dirname(hostlib.BUILDDIR)
    while folder != '/':
        if stat.S_IMODE(os.stat(folder).st_mode) & 0o022:
            print('1..0 # SKIP ' + UNSAFE)
            return 0
        folder = os.path.dirname(folder)
    return hostlib.main(tests())


if __name__ == '__main__':
    sys.exit(main())
