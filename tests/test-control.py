#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The control socket of a real reeved: who gets in, what reevectl says, settings and reload."""

import fcntl
import json
import os
import re
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.join(os.environ.get('REEVE_TEST_SRCDIR', '.'), 'tests', 'lib'))
import hostlib  # noqa: E402

REEVECTL = os.path.join(hostlib.BUILDDIR, 'reevectl')
CALL = os.path.join(hostlib.BUILDDIR, 'tests', 'lib', 'host-call')
NOBODY = 65534
NOT_ROOT = 'only root can be somebody else'

# Plays a local user: connects and says the lines of argv, one answer for each.
SASL = r'''
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
s.connect(sys.argv[1])
s.sendall(b'\0')
for line in sys.argv[2:]:
    s.sendall(line.encode() + b'\r\n')
    answer = b''
    while not answer.endswith(b'\r\n'):
        byte = s.recv(1)
        if not byte:
            answer += b'END'
            break
        answer += byte
    print(answer.decode().strip(), flush=True)
'''

# Plays a hub that is none: what did the client say before it hung up?
FAKE = r'''
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
s.listen(1)
print('ready', flush=True)
c = s.accept()[0]
c.settimeout(20)
print('got %r' % c.recv(100), flush=True)
'''


def as_nobody(command):
    return ['setpriv', '--reuid=%d' % NOBODY, '--regid=%d' % NOBODY, '--clear-groups'] + command


def run(command, **kwargs):
    done = subprocess.run(command, capture_output=True, text=True, timeout=hostlib.DEADLINE,
                          stdin=subprocess.DEVNULL, check=False, **kwargs)
    return done.returncode, done.stdout, done.stderr


def ctl(state, *arguments):
    """reevectl's (code, standard output, standard error)."""
    return run([REEVECTL, '--state-dir', state] + list(arguments))


def call(host, method, *arguments):
    """Any D-Bus program is as good as reevectl."""
    code, out, err = run([CALL, os.path.join(host.state, 'control'), method] + list(arguments))
    return (0, out, err) if code == 0 else (code, '', out + err)


def started(make, **kwargs):
    host = make(**kwargs).start()
    host.ready()
    return host


def open_way(host):
    """The way to the state directory is open to others; the directory itself is not."""
    os.chmod(os.path.dirname(host.state), 0o755)


def setting(host, key):
    code, out, err = call(host, 'ListSettings', 'good')
    assert code == 0, err
    row = re.search(r"\{[^{}]*'key': <'%s'>[^{}]*\}" % key, out)
    assert row, out
    return tuple(re.search("'%s': <'([^']*)'>" % name, row.group(0)).group(1)
                 for name in ('value', 'origin'))


# ---- reading ----

def test_status(make):
    host = started(make)
    code, out, err = ctl(host.state, 'status')
    assert (code, err) == (0, ''), err
    lines = out.splitlines()
    assert lines[0] == 'role       test', out
    assert lines[1] == 'version    0.1.0', out
    assert lines[2] == 'state      1 plugin runs', out
    assert lines[3] == 'state dir  ' + host.state, out
    assert re.fullmatch(r'started    \d+ s ago|started    now', lines[4]), out
    assert len(lines) == 5, out
    for arguments in (('--json', 'status'), ('status', '--json')):
        code, out, err = ctl(host.state, *arguments)
        status = json.loads(out)
        started_at = status.pop('started')
        assert started_at > 1e9, started_at
        assert status == {'role': 'test', 'version': '0.1.0', 'state': '1 plugin runs',
                          'state_dir': host.state, 'ready': True,
                          'pid': host.process.pid}, status
    host.stops()


def test_plugins(make):
    host = started(make, plugins=('good', 'base'), config='[plugin base]\nbehaviour=fail-start\n')
    code, out, err = ctl(host.state, 'plugins')
    assert (code, err) == (0, ''), err
    lines = out.splitlines()
    assert lines[0].split() == ['PLUGIN', 'STATE', 'VERSION', 'WHAT', 'IT', 'DOES'], out
    assert re.fullmatch(r'base +failed +1\.0 +.*it was told to fail.*', lines[1]), out
    assert re.fullmatch(r'good +running +1\.0 +a plugin of the tests', lines[2]), out
    assert len(lines) == 3, out
    code, out, err = ctl(host.state, 'plugins', '--json')
    plugins = {plugin['name']: plugin for plugin in json.loads(out)}
    good = plugins['good']
    assert sorted(good) == ['calls', 'error', 'name', 'path', 'required', 'state', 'summary',
                            'time', 'version', 'waiting'], good
    assert good['state'] == 'running' and good['error'] == '' and good['waiting'] == [], good
    assert good['path'] == os.path.join(host.folder, 'reeve-good.so'), good
    assert 'told to fail' in plugins['base']['error'], plugins
    host.stops()


def test_usage(make):
    host = make()
    for arguments, text in (((), 'Commands:'), (('nonsense',), "no command 'nonsense'"),
                            (('status', 'x'), 'usage: reevectl status'),
                            (('plugins', 'x'), 'usage: reevectl plugins'),
                            (('systems',), "no command 'systems'"),
                            (('systems', 'add'), 'usage: reevectl systems add NAME'),
                            (('--role', 'x', 'status'), '--role is hub or agent'),
                            (('--wrong',), '--wrong')):
        code, out, err = ctl(host.state, *arguments)
        assert code == 2 and out == '' and text in err, (arguments, code, out, err)
    code, out, _ = ctl(host.state, '--help')
    assert code == 0 and 'systems reset SYSTEM' in out, out
    assert ctl(host.state, '--version')[:2] == (0, 'reevectl 0.1.0\n')
    code, out, err = ctl(host.state, 'status')
    assert (code, out) == (1, '') and 'no hub answers at ' + host.state in err, err
    assert '--state-dir' in err and len(err.splitlines()) == 1, err
    code, out, err = ctl(host.state, '--role', 'agent', 'status')
    assert code == 1 and 'no agent answers' in err, err


# ---- who gets in ----

def test_socket_mode(make):
    host = started(make)
    path = os.path.join(host.state, 'control')
    info = os.lstat(path)
    assert stat.S_ISSOCK(info.st_mode) and stat.S_IMODE(info.st_mode) & 0o077 == 0, oct(
        info.st_mode)
    assert stat.S_IMODE(os.stat(host.state).st_mode) == 0o700
    host.stops()
    assert not os.path.exists(path)


def test_other_user(make):
    if os.geteuid() != 0:
        return NOT_ROOT
    host = started(make)
    open_way(host)
    tool = os.path.join(os.path.dirname(host.state), 'reevectl')
    shutil.copy(REEVECTL, tool)
    os.chmod(tool, 0o755)
    # the directory is closed
    code, out, err = run(as_nobody([tool, '--state-dir', host.state, 'status']))
    assert (code, out) == (1, '') and 'only root and the hub\'s own user' in err, err
    # somebody opened another way to the very socket
    public = os.path.join(os.path.dirname(host.state), 'public')
    os.mkdir(public, 0o755)
    link = os.path.join(public, 'control')
    os.link(os.path.join(host.state, 'control'), link)
    code, out, err = run(as_nobody([tool, '--state-dir', public, 'status']))
    assert (code, out) == (1, ''), out
    # … and to write to it
    os.chmod(link, 0o777)
    code, out, err = run(as_nobody([tool, '--state-dir', public, 'status']))
    assert (code, out) == (1, '') and err.startswith('reevectl: '), (out, err)
    for claimed in (0, NOBODY):
        code, out, err = run(as_nobody([sys.executable, '-c', SASL, link,
                                        'AUTH EXTERNAL ' + str(claimed).encode().hex()]))
        assert code == 0 and out in ('REJECTED EXTERNAL\n', 'END\n'), (claimed, out, err)
    code, out, err = run(as_nobody([sys.executable, '-c', SASL, link, 'AUTH EXTERNAL', 'DATA']))
    assert 'OK' not in out, out
    # those who may still can
    assert ctl(host.state, 'status')[0] == 0
    assert ctl(public, 'status')[0] == 0
    host.stops()
    return None


def sasl(host, *lines):
    code, out, err = run([sys.executable, '-c', SASL, os.path.join(host.state, 'control')]
                         + list(lines))
    assert code == 0, err
    return out.splitlines()


def test_mechanisms(make):
    host = started(make)
    own = str(os.geteuid()).encode().hex()
    assert sasl(host, 'AUTH') == ['REJECTED EXTERNAL']
    for line in ('AUTH ANONYMOUS', 'AUTH ANONYMOUS 6162', 'AUTH DBUS_COOKIE_SHA1 ' + own,
                 'AUTH DBUS_COOKIE_SHA1 ' + b'root'.hex(), 'AUTH KERBEROS_V4',
                 'AUTH EXTERNAL ' + str(NOBODY).encode().hex(),
                 'AUTH EXTERNAL ' + str(os.geteuid() + 1).encode().hex(),
                 'AUTH EXTERNAL zz', 'AUTH EXTERNAL ' + b'root'.hex()):
        answers = sasl(host, line)
        assert len(answers) == 1 and answers[0] in ('REJECTED EXTERNAL', 'END'), (line, answers)
    # a refusal does not spoil the next try, and one's own uid is good
    answers = sasl(host, 'AUTH ANONYMOUS', 'AUTH EXTERNAL ' + own)
    assert answers[0].startswith('REJECTED') and answers[1].startswith('OK '), answers
    # words without a proof
    for line in ('BEGIN', 'GET / HTTP/1.1', 'x' * 5000):
        answers = sasl(host, line)
        assert not any(answer.startswith('OK') for answer in answers), (line, answers)
    assert ctl(host.state, 'status')[0] == 0
    host.stops()


def test_many_connections(make):
    host = started(make)
    path = os.path.join(host.state, 'control')
    idle = []
    for _ in range(40):  # none of them says a word
        one = socket.socket(socket.AF_UNIX)
        one.connect(path)
        idle.append(one)
    assert ctl(host.state, 'status')[0] == 0
    for one in idle:
        one.close()
    assert ctl(host.state, 'status')[0] == 0
    host.stops()


def test_full_queue(make):
    """A daemon that is too busy to take connections is waited for."""
    host = started(make)
    path = os.path.join(host.state, 'control')
    waiting = []
    host.process.send_signal(signal.SIGSTOP)
    try:
        for _ in range(5000):
            one = socket.socket(socket.AF_UNIX)
            one.setblocking(False)
            waiting.append(one)
            try:
                one.connect(path)
            except BlockingIOError:
                break
        assert len(waiting) < 5000, len(waiting)
        asking = subprocess.Popen([REEVECTL, '--state-dir', host.state, 'status'], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            asking.wait(1)
        except subprocess.TimeoutExpired:
            pass
        assert asking.poll() is None, asking.communicate()
    finally:
        host.process.send_signal(signal.SIGCONT)
        for one in waiting:
            one.close()
    out = asking.communicate(timeout=hostlib.DEADLINE)[0]
    assert asking.returncode == 0, out
    host.stops()


def field(code, kind, text):
    """One field of a D-Bus header, padded for the next."""
    text = text.encode()
    packed = struct.pack('<BBBBI', code, 1, ord(kind), 0, len(text)) + text + b'\0'
    return packed + b'\0' * (-len(packed) % 8)


def message(serial, member):
    """A call without arguments, as bytes."""
    fields = field(1, 'o', '/org/reeve') + field(2, 's', 'org.reeve.Host1') + field(3, 's', member)
    fields = fields.rstrip(b'\0') + b'\0'
    head = struct.pack('<BBBBIII', ord('l'), 1, 0, 1, 0, serial, len(fields)) + fields
    return head + b'\0' * (-len(head) % 8)


def waiting(client):
    """Bytes that were sent to it and that it has not read."""
    return struct.unpack('i', fcntl.ioctl(client, termios.FIONREAD, bytes(4)))[0]


def test_client_that_does_not_read(make):
    """Whoever asks for much and takes nothing of it does not hold up the end."""
    host = started(make)
    clients = []
    for _ in range(2):
        client = socket.socket(socket.AF_UNIX)
        clients.append(client)
        client.settimeout(hostlib.DEADLINE)
        client.connect(os.path.join(host.state, 'control'))
        client.sendall(b'\0AUTH EXTERNAL ' + str(os.geteuid()).encode().hex().encode() + b'\r\n')
        assert client.recv(1000).startswith(b'OK '), 'not let in'
        client.sendall(b'BEGIN\r\n' + b''.join(message(i, 'ListPlugins') for i in range(1, 3000)))
    # the answers are more than the kernel holds: they come until no more goes in
    before, now = None, [0]
    while before != now or min(now) < 50000:
        before = now
        time.sleep(0.5)
        now = [waiting(client) for client in clients]
    assert max(now) < 2999 * 300, now
    assert ctl(host.state, 'status')[0] == 0
    host.stops()
    for client in clients:
        client.close()


def test_foreign_server(make):
    """reevectl says nothing to a stranger."""
    if os.geteuid() != 0:
        return NOT_ROOT
    host = make()
    os.chmod(os.path.dirname(host.state), 0o755)
    public = os.path.join(os.path.dirname(host.state), 'public')
    os.mkdir(public)
    os.chmod(public, 0o777)
    fake = subprocess.Popen(as_nobody([sys.executable, '-c', FAKE,
                                       os.path.join(public, 'control')]),
                            stdout=subprocess.PIPE, text=True)
    try:
        assert fake.stdout.readline() == 'ready\n'
        code, out, err = ctl(public, 'systems', 'add', 'web1')
        assert (code, out) == (1, ''), (code, out)
        assert 'served by the user %d' % NOBODY in err and 'sudo' not in err, err
        assert len(err.splitlines()) == 1, err
        assert fake.stdout.readline() == "got b''\n"
    finally:
        fake.kill()
        fake.wait()
        fake.stdout.close()
    return None


# ---- the path ----

def test_long_path(make):
    base = os.path.dirname(make().state)
    longest = os.path.join(base, 'x' * (107 - len('/control') - len(base) - 1))
    host = started(make, name='b', state=longest)
    assert ctl(longest, 'status')[0] == 0
    host.stops()
    code, _, err = make(name='c', state=longest + 'y').run()
    told = [line for line in err.splitlines() if '108 bytes' in line]
    assert code == 4 and len(told) == 1, (code, err)
    assert 'over the limit of 107' in told[0] and 'choose a shorter state directory' in told[0], err
    code, out, err = ctl(longest + 'y', 'status')
    assert (code, out) == (1, '') and len(err.splitlines()) == 1, err
    assert '108 bytes, over the limit of 107' in err and 'shorter state directory' in err, err


def test_stale_socket(make):
    host = started(make)
    path = os.path.join(host.state, 'control')
    host.process.kill()
    host.end()
    assert stat.S_ISSOCK(os.lstat(path).st_mode)
    code, _, err = ctl(host.state, 'status')
    assert code == 1 and 'no hub answers' in err, err
    again = started(make, state=host.state)
    assert ctl(host.state, 'status')[0] == 0
    # a second one neither starts nor takes the socket away
    code, _, err = make(name='b', state=host.state).run()
    assert code == 4 and 'process %d uses it already' % again.process.pid in err, err
    assert ctl(host.state, 'status')[0] == 0
    again.stops()
    # what is no socket of ours, but in its place
    os.symlink('/etc/passwd', path)
    third = started(make, state=host.state)
    assert stat.S_ISSOCK(os.lstat(path).st_mode)
    assert ctl(host.state, 'status')[0] == 0
    third.stops()
    os.mkdir(path)
    code, _, err = make(name='c', state=host.state).run()
    assert code == 4 and 'cannot remove the old ' + path in err, err


# ---- changing ----

def test_reload(make):
    host = started(make, config='[plugin good]\ninterval=20s\n')
    host.write('[plugin good]\ninterval=40s\nlabel=new\n')
    code, out, err = ctl(host.state, 'reload')
    assert (code, err) == (0, ''), err
    assert out == 'waits for a restart: good: label\n', out
    host.wait('reloads with interval 40000 ms, label unset')
    assert setting(host, 'interval') == ('40s', 'file')
    for text, where in (('interval=50s\nbehaviour=mad\n', ':3: [plugin good] behaviour'),
                        ('interval=13s\n', '13 s brings bad luck'),
                        ('interval=9999d\n', ':2: [plugin good] interval')):
        host.write('[plugin good]\n' + text)
        code, out, err = ctl(host.state, 'reload')
        assert (code, out) == (1, '') and where in err, (text, code, out, err)
        assert setting(host, 'interval') == ('40s', 'file'), text
    # nothing but a secret under a wrong name: told, and its value is not
    host.write('[plugin good]\ninterval=41s\ntokne=hunter2\n')
    code, out, err = ctl(host.state, 'reload')
    assert code == 0 and 'hunter2' not in out + err, (out, err)
    host.wait('tokne')
    host.lacks('hunter2')
    host.stops()


def test_set_setting(make):
    host = started(make)
    assert setting(host, 'interval') == ('30s', 'default')
    code, out, err = call(host, 'SetSetting', 'good', 'interval', '45s')
    assert (code, out) == (0, '()\n'), err
    host.wait('reloads with interval 45000 ms')
    assert setting(host, 'interval') == ('45s', 'overlay')
    for plugin, key, value, name, text in (
            ('good', 'nonsense', 'hunter2', 'NotFound', 'no setting has this name'),
            ('nobody', 'interval', '1s', 'NotFound', "no plugin 'nobody'"),
            ('good', 'behaviour', 'leave', 'Denied', 'only configuration files may set this'),
            ('good', 'label', 'x', 'Denied', 'only configuration files may set this'),
            ('good', 'enabled', 'no', 'NotFound', 'no setting'),
            ('good', 'interval', 'soon', 'Invalid', 'interval: '),
            ('good', 'interval', '1ms', 'Invalid', 'interval: '),
            ('good', 'interval', '13s', 'Invalid', 'bad luck'),
            ('good', 'interval', '5s\n[plugin x]\na=b', 'Invalid', 'one line')):
        code, out, err = call(host, 'SetSetting', plugin, key, value)
        assert code != 0 and 'org.reeve.Error.%s:' % name in err and text in err, (key, out, err)
        assert 'hunter2' not in err, err
        assert setting(host, 'interval') == ('45s', 'overlay'), key
    # it outlives the process, and an empty one takes it out again
    host.stops()
    again = started(make, state=host.state)
    assert setting(again, 'interval') == ('45s', 'overlay')
    assert call(again, 'SetSetting', 'good', 'interval', '')[0] == 0
    assert setting(again, 'interval') == ('30s', 'default')
    again.stops()


def test_set_below_the_files(make):
    host = started(make, config='[plugin good]\ninterval=20s\n')
    code, _, err = call(host, 'SetSetting', 'good', 'interval', '45s')
    assert code != 0 and 'org.reeve.Error.Denied' in err, err
    assert 'set by ' + host.config + ':2, which cannot be changed from here' in err, err
    assert setting(host, 'interval') == ('20s', 'file')
    host.stops()


def test_secret(make):
    host = started(make)
    assert call(host, 'SetSetting', 'good', 'token', 'hunter2')[0] == 0
    plugins = json.loads(ctl(host.state, '--json', 'plugins')[1])
    assert plugins[0]['waiting'] == ['token'], plugins
    host.stops()
    again = started(make, state=host.state)
    again.has('a token')
    assert setting(again, 'token') == ('***', 'overlay')
    for method, *arguments in (('GetStatus',), ('ListPlugins',), ('ListDeclarations', 'good'),
                               ('ListSettings', 'good')):
        code, out, err = call(again, method, *arguments)
        assert code == 0 and 'hunter2' not in out, (method, out, err)
    overlay = os.path.join(again.state, 'overlay.conf')
    assert stat.S_IMODE(os.stat(overlay).st_mode) == 0o600
    again.stops()
    host.lacks('hunter2')
    again.lacks('hunter2')


if __name__ == '__main__':
    sys.exit(hostlib.main([value for name, value in list(globals().items())
                           if name.startswith('test_')]))
