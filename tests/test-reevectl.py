#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""reevectl beside a real hub, and 'join': where tokens appear, and where they must not."""

import json
import os
import pwd
import re
import signal
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get('REEVE_TEST_SRCDIR', '.'), 'tests', 'lib'))
import hostlib  # noqa: E402

REEVECTL = os.path.join(hostlib.BUILDDIR, 'reevectl')
REAL = os.path.join(hostlib.BUILDDIR, 'plugins', '.libs')
ROLES = os.path.join(hostlib.SRCDIR, 'data', 'roles')
KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIuN0Q7SmMKZ9xQ0e1cN3cLnGq9b9V7mO0k2pLr5bT8a'
TOKEN = '0123456789abcdef-0123-4567'
MADE = r'\b[0-9a-f]{48}\b'  # a token of the hub
NOT_BUILT = 'the plugins of a hub are not all built'


def run(command, text=None, **kwargs):
    done = subprocess.run(command, capture_output=True, text=True, timeout=hostlib.DEADLINE,
                          input=text if text is not None else '', check=False, **kwargs)
    return done.returncode, done.stdout, done.stderr


def ctl(host, *arguments):
    return run([REEVECTL, '--state-dir', host.state] + list(arguments))


def done(host, *arguments):
    code, out, err = ctl(host, *arguments)
    assert (code, err) == (0, ''), (arguments, code, err)
    return out


def refused(host, *arguments):
    code, out, err = ctl(host, *arguments)
    assert (code, out) == (1, ''), (arguments, code, out)
    assert err.startswith('reevectl: ') and len(err.splitlines()) == 1, err
    return err


def hub(make, config=''):
    """A hub of this tree with every plugin but the page; None: not all are built."""
    needed = ('fleet', 'sqlite-store', 'accounts', 'events', 'ws-transport', 'front')
    if not all(os.path.exists(os.path.join(REAL, 'reeve-%s.so' % one)) for one in needed):
        return None
    role = os.path.join(make.base, 'hub.role')
    with open(os.path.join(ROLES, 'hub.role'), encoding='utf-8') as f:
        text = f.read().replace(';web-ui', '')
    with open(role, 'w', encoding='utf-8') as f:
        f.write(text)
    host = make(plugins=(), role=role, options=('--plugin-dir', REAL),
                config='[plugin web-ui]\nenabled=no\n[plugin front]\nlisten=127.0.0.1:0\n' + config)
    host.start().ready()
    return host


def systems(host):
    return json.loads(done(host, '--json', 'systems', 'list'))


# ---- systems ----

def check_added(out, url):
    """What 'systems add' prints; the token."""
    tokens = set(re.findall(MADE, out))
    assert len(tokens) == 1, out
    token = tokens.pop()
    holding = [line for line in out.splitlines() if token in line]
    # by itself, to be pasted, and in the lines of an environment file
    assert holding == ['    ' + token, '    TOKEN=' + token], out
    commands = [line.strip() for line in out.splitlines()
                if 'reevectl join' in line or 'quickstart agent' in line]
    assert len(commands) == 2, out
    for line in commands:
        assert '--token-file -' in line and 'TOKEN' not in line, line
        assert "--url '%s'" % url in line and "--key 'ssh-ed25519 AAAA" in line, line
        assert line.startswith(('sudo reevectl join ', './quickstart agent ')), line
    assert not re.search(r'TOKEN=.*sudo|sudo.*TOKEN=|export|curl|env ', out), out
    assert '    HUB_URL=%s\n' % url in out and '    KEY="ssh-ed25519 AAAA' in out, out
    return token


def test_systems_add(make):
    host = hub(make)
    if host is None:
        return NOT_BUILT
    out = done(host, 'systems', 'add', 'web1')
    assert out.startswith("System 'web1' was added. Its token is shown this once:\n"), out
    url = re.search(r'HUB_URL=(http://127\.0\.0\.1:\d+)\n', out)
    assert url, out
    token = check_added(out, url.group(1))
    assert 'works on this machine only: set listen or public-url in group [plugin front]' in out, out
    added = json.loads(done(host, 'systems', 'add', 'web2', '--json'))
    assert sorted(added) == ['id', 'key', 'local_only', 'name', 'pin', 'token', 'url'], added
    assert re.fullmatch(MADE, added['token']) and added['token'] != token, added
    assert added['local_only'] is True and added['name'] == 'web2', added
    # shown this once: neither any answer nor any file has it
    for arguments in (('systems', 'list'), ('--json', 'systems', 'list'), ('status',),
                      ('--json', 'plugins')):
        assert token not in done(host, *arguments), arguments
    assert 'already' in refused(host, 'systems', 'add', 'web1')
    host.stops()
    host.lacks(token)
    for name in os.listdir(host.state):
        path = os.path.join(host.state, name)
        if os.path.isfile(path):
            with open(path, 'rb') as f:
                assert token.encode() not in f.read(), name
    return None


def test_public_url(make):
    host = hub(make, 'public-url=https://hub.example\n')
    if host is None:
        return NOT_BUILT
    out = done(host, 'systems', 'add', 'web1')
    check_added(out, 'https://hub.example')
    assert 'this machine only' not in out, out
    assert json.loads(done(host, '--json', 'systems', 'add', 'web2'))['local_only'] is False
    assert ctl(host, 'open')[1].startswith('https://hub.example/#open=')
    host.stops()
    return None


def test_systems(make):
    host = hub(make)
    if host is None:
        return NOT_BUILT
    lines = done(host, 'systems', 'list').splitlines()
    assert len(lines) == 1 and lines[0].split() == ['NAME', 'STATE', 'CPU', 'MEMORY', 'DISK',
                                                    'AGENT', 'REMOTE', 'SINCE', 'LABELS', 'ID'], lines
    done(host, 'systems', 'add', 'db')
    done(host, 'systems', 'add', 'web1')
    lines = done(host, 'systems', 'list').splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [['db', 'pending'], ['web1', 'pending']]
    rows = systems(host)
    assert [row['name'] for row in rows] == ['db', 'web1'], rows
    assert done(host, 'systems', 'pause', 'db') == ''
    assert systems(host)[0]['state'] == 'paused'
    assert done(host, 'systems', 'resume', rows[0]['id']) == ''
    assert systems(host)[0]['state'] == 'pending'
    assert done(host, 'systems', 'reset', 'web1') == ''
    for verb in ('pause', 'resume', 'reset', 'remove', 'rotate', 'show'):
        assert "no system 'nobody'" in refused(host, 'systems', verb, 'nobody')
        code, out, err = ctl(host, 'systems', verb)
        assert code == 2 and out == '' and 'systems %s SYSTEM' % verb in err, err
    assert done(host, 'systems', 'remove', 'db') == ''
    assert [row['name'] for row in systems(host)] == ['web1']
    job = json.loads(done(host, '--json', 'jobs', 'list'))
    assert [(j['operation'], j['state'], j['progress']) for j in job] == [('Fleet1.RemoveSystem', 'done', 1)], job
    assert "Remove 'db' and its history" in done(host, 'jobs', 'list')
    assert 'has ended' in refused(host, 'jobs', 'cancel', job[0]['id'])
    assert 'no such job' in refused(host, 'jobs', 'cancel', '0' * 16)
    host.stops()
    return None


def test_system_texts(make):
    """Names, labels, notes, tokens; lists of them, also as CSV and again and again."""
    host = hub(make)
    if host is None:
        return NOT_BUILT
    first = json.loads(done(host, '--json', 'systems', 'add', 'db'))
    done(host, 'systems', 'add', 'web1')
    assert done(host, 'systems', 'rename', 'db', '=1+1') == ''
    assert "already" in refused(host, 'systems', 'rename', '=1+1', 'web1')
    assert done(host, 'systems', 'label', 'web1', 'role=web', 'prod', 'old=x') == ''
    assert done(host, 'systems', 'label', 'web1', 'old-', 'role=front') == ''
    assert done(host, 'systems', 'label', 'web1') == 'prod\nrole=front\n'
    assert 'no label' in refused(host, 'systems', 'label', 'web1', '__proto__')
    assert done(host, 'systems', 'note', 'web1', 'rack 7\nleft') == ''
    assert done(host, 'systems', 'note', 'web1') == 'rack 7\nleft\n'
    code, out, err = run([REEVECTL, '--state-dir', host.state, 'systems', 'note', '=1+1', '-'],
                         text='bought\nused\n')
    assert code == 0 and out == '', err
    shown = done(host, 'systems', 'show', 'web1')
    assert 'prod role=front' in shown and shown.endswith('\nrack 7\nleft\n'), shown
    assert json.loads(done(host, 'systems', 'show', '=1+1', '--json'))['note'] == 'bought\nused'
    names = lambda *words: [row['name'] for row in
                            json.loads(done(host, '--json', 'systems', 'list', *words))]
    assert names('label:role') == ['web1'] and names('label:role=web') == []
    assert names('--sort=-name') == ['web1', '=1+1'] and names('state:up') == []
    assert 'no state' in refused(host, 'systems', 'list', 'state:odd')
    rows = done(host, 'systems', 'list', '--csv').splitlines()
    assert rows[0].startswith('id,name,state,since,'), rows
    assert rows[1].startswith(first['id'] + ',"\'=1+1",pending,'), rows
    assert ctl(host, 'systems', 'list', '--csv', '--watch')[0] == 2
    made = json.loads(done(host, '--json', 'systems', 'rotate', '=1+1'))
    assert re.fullmatch(MADE, made['token']) and made['token'] != first['token'], made
    assert 'the old one has ended' in done(host, 'systems', 'rotate', '=1+1')
    host.stops()
    host.lines.clear()
    host.start().ready()
    assert done(host, 'systems', 'label', 'web1') == 'prod\nrole=front\n'
    assert names() == ['=1+1', 'web1']
    for arguments in (('systems', 'list', '--watch=1'), ('jobs', 'list', '--watch=1')):
        looking = subprocess.Popen([REEVECTL, '--state-dir', host.state, *arguments],
                                   stdout=subprocess.PIPE, text=True)
        try:
            for _ in range(2):
                line = looking.stdout.readline()
                while not line.startswith(('NAME', 'JOB')):
                    assert line, arguments
                    line = looking.stdout.readline()
            looking.send_signal(signal.SIGINT)
            looking.stdout.read()
            assert looking.wait(timeout=60) == 0, arguments
        finally:
            looking.kill()
            looking.wait()
    host.stops()
    return None


def test_names(make):
    """Nothing that is asked for or shown steers the terminal."""
    host = hub(make)
    if host is None:
        return NOT_BUILT
    for name in ('\033]52;c;cm0=\007', 'a\nb', 'a\u202eb', '\u009b2J', '', 'x' * 101):
        code, out, err = ctl(host, 'systems', 'add', name)
        assert code == 1 and out == '', (name, code, out)
        for line in err.splitlines():
            assert line.isprintable(), repr(err)
        code, out, err = ctl(host, 'systems', 'remove', name)
        assert code == 1 and err[:-1].isprintable(), repr(err)
    code, _, err = run([REEVECTL, '--state-dir', host.state, 'systems', 'add', b'\xff\xfe'])
    assert code == 1 and 'UTF-8' in err, err
    done(host, 'systems', 'add', '=1+1')
    assert '\\=1+1  pending' in done(host, 'systems', 'list')
    assert systems(host)[0]['name'] == '=1+1'
    host.stops()
    return None


def test_open(make):
    host = hub(make)
    if host is None:
        return NOT_BUILT
    code, out, err = ctl(host, 'open')
    match = re.fullmatch(r'http://127\.0\.0\.1:\d+/#open=([A-Za-z0-9_-]{43})\n', out)
    assert code == 0 and match, (code, out, err)
    assert match.group(1) not in err and 'once, within five minutes' in err, err
    link = json.loads(ctl(host, 'open', '--json')[1])
    assert sorted(link) == ['expires', 'url'] and match.group(1) not in link['url'], link
    assert 250 < link['expires'] - time.time() <= 301, link
    assert stat.S_IMODE(os.stat(os.path.join(host.state, 'owner.key')).st_mode) == 0o600
    host.stops()
    host.lacks(match.group(1))
    return None


# ---- join ----

def join(directory, *arguments, text=None, **kwargs):
    return run([REEVECTL, 'join', '--url', 'https://hub.example', '--key', KEY, '--config-dir',
                directory] + list(arguments), text, **kwargs)


def check_joined(directory):
    token = os.path.join(directory, 'agent-token')
    drop_in = os.path.join(directory, 'agent.conf.d', 'hub.conf')
    info = os.lstat(token)
    assert stat.S_ISREG(info.st_mode) and stat.S_IMODE(info.st_mode) == 0o600, oct(info.st_mode)
    with open(token, encoding='utf-8') as f:
        assert f.read().strip() == TOKEN
    with open(drop_in, encoding='utf-8') as f:
        text = f.read()
    assert text == ('[plugin reporter]\nurl=https://hub.example\nhub-key=%s\ntoken-file=%s\n'
                    % (KEY, token)), text
    assert stat.S_IMODE(os.stat(drop_in).st_mode) == 0o644
    assert stat.S_IMODE(os.stat(os.path.dirname(drop_in)).st_mode) == 0o755
    assert sorted(os.listdir(directory)) == ['agent-token', 'agent.conf.d'], os.listdir(directory)
    assert os.listdir(os.path.dirname(drop_in)) == ['hub.conf']
    if os.geteuid() == 0:
        try:
            assert info.st_uid == pwd.getpwnam('reeve-agent').pw_uid
        except KeyError:
            assert info.st_uid == 0


def test_join(make):
    directory = os.path.join(make.base, 'etc')
    for text in (TOKEN, TOKEN + '\n', '  %s \r\n' % TOKEN, TOKEN + '\nmore\n'):
        code, out, err = join(directory, '--token-file', '-', text=text)
        assert (code, err) == (0, ''), err
        assert out == 'The agent is set up. Start it anew: systemctl restart reeved-agent\n', out
        check_joined(directory)
    source = os.path.join(make.base, 'token')
    with open(source, 'w', encoding='utf-8') as f:
        f.write(TOKEN + '\n')
    assert join(directory, '--token-file', source)[0] == 0
    check_joined(directory)


def test_join_strict_umask(make):
    """Root's umask must not lock the agent's user out of its settings."""
    directory = os.path.join(make.base, 'etc')
    old = os.umask(0o077)
    try:
        code, _, err = join(directory, '--token-file', '-', text=TOKEN)
    finally:
        os.umask(old)
    assert code == 0, err
    check_joined(directory)
    assert stat.S_IMODE(os.stat(directory).st_mode) == 0o755


def test_join_relative(make):
    """The drop-in's names are absolute, from wherever it was written."""
    assert join('etc', '--token-file', '-', text=TOKEN, cwd=make.base)[0] == 0
    check_joined(os.path.join(make.base, 'etc'))


def test_join_takes_over_nothing(make):
    """What lies in the place of a new file is replaced, never followed or kept open."""
    directory = os.path.join(make.base, 'etc')
    os.mkdir(directory)
    victim = os.path.join(make.base, 'victim')
    for name in ('agent-token', 'agent-token.new'):
        with open(victim, 'w', encoding='utf-8') as f:
            f.write('keep')
        os.symlink(victim, os.path.join(directory, name))
        assert join(directory, '--token-file', '-', text=TOKEN)[0] == 0
        check_joined(directory)
        with open(victim, encoding='utf-8') as f:
            assert f.read() == 'keep'
        os.remove(os.path.join(directory, 'agent-token'))
    with open(os.path.join(directory, 'agent-token'), 'w', encoding='utf-8') as f:
        f.write('old')
    os.chmod(os.path.join(directory, 'agent-token'), 0o644)
    assert join(directory, '--token-file', '-', text=TOKEN)[0] == 0
    check_joined(directory)


def test_join_refuses(make):
    directory = os.path.join(make.base, 'etc')
    for text in ('', '\n', '   \n', 'x' * 65, 'x' * 10000, 'two words\n', 'a\033[2Jb\n',
                 'a\x01b\n', 'schl\u00fcssel\n'):
        code, out, err = join(directory, '--token-file', '-', text=text)
        assert (code, out) == (1, ''), (text, code, out)
        assert err == 'reevectl: there is no token of 1 to 64 characters\n', err
    assert join(directory, '--token-file', '-', text='x' * 64 + '\n')[0] == 0
    code, out, err = join(directory, '--token-file', '/no/such')
    assert code == 1 and err == 'reevectl: cannot read /no/such: No such file or directory\n', err
    for arguments in (('--token-file',), (), ('--token-file', '-', 'extra'), ('--token', TOKEN)):
        code, out, err = join(directory, *arguments)
        assert code == 2 and out == '' and 'usage: reevectl join --url' in err, (arguments, err)
    code, _, err = join('/proc/no-such', '--token-file', '-', text=TOKEN)
    assert code == 1 and 'cannot make /proc/no-such' in err and TOKEN not in err, err


def test_join_values(make):
    """No argument can write another line into the drop-in."""
    directory = os.path.join(make.base, 'etc')
    code, _, err = run([REEVECTL, 'join', '--url', 'https://hub.example\nenabled=no', '--key', KEY,
                        '--token-file', '-', '--config-dir', directory], TOKEN)
    assert code == 0, err
    with open(os.path.join(directory, 'agent.conf.d', 'hub.conf'), encoding='utf-8') as f:
        assert len(f.read().splitlines()) == 4


def on_terminal(directory, keys):
    """What a terminal shows, the exit code, and whether its echo is on again."""
    import pty
    import termios
    master, slave = pty.openpty()
    process = subprocess.Popen([REEVECTL, 'join', '--url', 'https://hub.example', '--key', KEY,
                                '--token-file', '-', '--config-dir', directory], stdin=slave,
                               stdout=slave, stderr=slave, start_new_session=True,
                               preexec_fn=lambda: __import__('fcntl').ioctl(0, termios.TIOCSCTTY))
    shown = b''
    os.set_blocking(master, False)
    end = time.monotonic() + hostlib.DEADLINE
    typed = False
    while time.monotonic() < end and process.poll() is None:
        try:
            shown += os.read(master, 4096)
        except BlockingIOError:
            time.sleep(0.01)
        # the question comes first, and the echo goes off before or with it
        if not typed and b'Token: ' in shown and not termios.tcgetattr(slave)[3] & termios.ECHO:
            os.write(master, keys)
            typed = True
    code = process.wait(hostlib.DEADLINE)
    try:
        shown += os.read(master, 4096)
    except BlockingIOError:
        pass
    echo = bool(termios.tcgetattr(slave)[3] & termios.ECHO)
    os.close(master)
    os.close(slave)
    return shown.decode(), code, echo


def test_join_terminal(make):
    directory = os.path.join(make.base, 'etc')
    shown, code, echo = on_terminal(directory, TOKEN.encode() + b'\n')
    assert code == 0 and echo, (code, echo, shown)
    assert TOKEN not in shown and TOKEN[:6] not in shown, shown
    assert shown.startswith('Token: \r\nThe agent is set up.'), shown
    check_joined(directory)


def test_join_terminal_interrupted(make):
    directory = os.path.join(make.base, 'etc')
    for keys in (b'012345\x03', b'\x04', b'\n'):
        shown, code, echo = on_terminal(directory, keys)
        assert code == 1 and echo, (keys, code, echo, shown)
        assert '012345' not in shown and 'no token' in shown, shown
        assert not os.path.exists(os.path.join(directory, 'agent-token'))


def test_join_then_agent(make):
    """reeved takes what join wrote."""
    directory = os.path.join(make.base, 'etc')
    assert join(directory, '--token-file', '-', text=TOKEN)[0] == 0
    config = os.path.join(directory, 'agent.conf')
    with open(config, 'w', encoding='utf-8') as f:
        f.write('# settings\n')
    if not os.path.exists(os.path.join(REAL, 'reeve-reporter.so')):
        return 'the reporter is not built'
    host = make(plugins=(), role=os.path.join(ROLES, 'agent.role'))
    command = [hostlib.REEVED, os.path.join(ROLES, 'agent.role'), '--config', config,
               '--state-dir', host.state, '--plugin-dir', REAL]
    code, out, err = run(command + ['--check-config'])
    assert code == 0, (out, err)
    assert 'unknown' not in out + err and 'hub.conf' not in err, (out, err)
    code, out, err = run(command + ['--list-plugins'])
    assert code == 0 and re.search(r'^reporter +loaded ', out, re.M), (out, err)
    return None


if __name__ == '__main__':
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(hostlib.main([value for name, value in list(globals().items())
                           if name.startswith('test_')]))
