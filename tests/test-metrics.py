#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An agent without any hub: reevectl metrics, status and debug-report, reeved --dump."""

import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

sys.path.insert(0, os.path.join(os.environ.get('REEVE_TEST_SRCDIR', '.'), 'tests', 'lib'))
import hostlib  # noqa: E402

REEVECTL = os.path.join(hostlib.BUILDDIR, 'reevectl')
REAL = os.path.join(hostlib.BUILDDIR, 'plugins', '.libs')
ROLES = os.path.join(hostlib.SRCDIR, 'data', 'roles')
TREE = os.path.join(hostlib.SRCDIR, 'tests', 'data', 'proc', 'vm')
PARSER = os.path.join(hostlib.SRCDIR, 'tests', 'lib', 'parse-openmetrics.py')
NOT_BUILT = 'the plugins of an agent are not all built'
KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIuN0Q7SmMKZ9xQ0e1cN3cLnGq9b9V7mO0k2pLr5bT8a'
NOBODY = 65534


def run(command, **kwargs):
    done = subprocess.run(command, capture_output=True, text=True, timeout=hostlib.DEADLINE,
                          stdin=subprocess.DEVNULL, check=False, **kwargs)
    return done.returncode, done.stdout, done.stderr


def ctl(host, *arguments, **kwargs):
    return run([REEVECTL, '--state-dir', host.state] + list(arguments), **kwargs)


def done(host, *arguments):
    code, out, err = ctl(host, *arguments)
    assert (code, err) == (0, ''), (arguments, code, err)
    return out


def agent(make, config='', tree=TREE, **kwargs):
    """An agent of this tree; None: not all is built."""
    needed = ('host-metrics', 'metrics', 'reporter', 'ws-transport')
    if not all(os.path.exists(os.path.join(REAL, 'reeve-%s.so' % one)) for one in needed):
        return None
    kwargs.setdefault('options', ('--plugin-dir', REAL))
    return make(plugins=(), role=os.path.join(ROLES, 'agent.role'),
                config='[plugin host-metrics]\nroot=%s\n' % tree + config, **kwargs)


def started(make, **kwargs):
    host = agent(make, **kwargs)
    if host is not None:
        host.start().ready()
    return host


# ---- metrics ----

def test_table(make):
    host = started(make)
    if host is None:
        return NOT_BUILT
    out = done(host, 'metrics', 'load', 'memory', 'core')
    # in the schema's order, titles and units from the schema
    assert [line for line in out.splitlines() if line and line[0] != ' '] == [
        'CPU cores (core)', 'Memory (memory)', 'Load average (load)'], out
    assert re.search(r'^  Total +\d+\.\d [MG]iB$', out, re.M), out
    assert re.search(r'^  Usage +\d+\.\d %$', out, re.M), out
    assert re.search(r'^  5 minutes +\d+\.\d\d$', out, re.M), out
    assert re.search(r'^  INSTANCE', out, re.M), out
    everything = done(host, 'metrics')
    assert '\nNetwork interfaces (nic)\n  INSTANCE  SENT' in '\n' + everything, everything
    assert everything.startswith('Host (host)\n  Host name '), everything
    assert 'nan' not in everything and '\x1b' not in everything, everything
    code, out, err = ctl(host, 'metrics', 'nonsense\x1b')
    assert (code, out) == (1, '') and "no kind 'nonsense\\x1b'; there are host, " in err, err
    for wrong in (('--watch=0',), ('--watch=x',), ('--wrong',), ('--openmetrics', 'cpu')):
        code, out, err = ctl(host, 'metrics', *wrong)
        assert (code, out) == (2, '') and err.startswith('usage: reevectl metrics'), (wrong, err)
    host.stops()
    return None


def test_json(make):
    host = started(make)
    if host is None:
        return NOT_BUILT
    sample = json.loads(done(host, 'metrics', '--json', 'system', 'host', 'cpu'))
    assert sorted(sample) == ['rows', 'time'] and sample['time'] > 1e9, sample
    rows = {row['kind']: row for row in sample['rows']}
    assert sorted(rows) == ['cpu', 'host', 'system'], rows
    assert rows['host']['metrics']['agent-version'] == '0.1.0', rows
    assert rows['system']['metrics']['uptime'] > 0 and rows['system']['instance'] == '', rows
    host.stops()
    return None


def test_openmetrics(make):
    host = started(make)
    if host is None:
        return NOT_BUILT
    text = done(host, 'metrics', '--openmetrics')
    assert text.endswith('\n# EOF\n'), text[-100:]
    assert re.search(r'^reeve_cpu_time_seconds_total \d', text, re.M), text
    assert re.search(r'^reeve_nic_sent_bytes_total\{instance="\w+"\} \d+$', text, re.M), text
    host.stops()
    result = subprocess.run(['/usr/bin/python3', PARSER], input=text, capture_output=True,
                            text=True, check=False)
    if result.returncode == 77:
        return 'python3-prometheus-client is not installed'
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.splitlines()) == sum(
        1 for line in text.splitlines() if not line.startswith('#')), result.stdout
    return None


def test_watch_pipe(make):
    host = started(make)
    if host is None:
        return NOT_BUILT
    process = subprocess.Popen([REEVECTL, '--state-dir', host.state, 'metrics', '--watch=1',
                                'load'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        lines = [process.stdout.readline() for _ in range(10)]
        assert lines[:5] == lines[5:] and lines[0] == 'Load average (load)\n', lines
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=hostlib.DEADLINE)
        assert (process.returncode, err) == (0, ''), (process.returncode, err)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    host.stops()
    return None


def read_until(fd, text, data=b''):
    end = time.monotonic() + hostlib.DEADLINE
    while data.count(text) < 2:
        assert time.monotonic() < end, data
        if select.select([fd], [], [], 0.2)[0]:
            data += os.read(fd, 65536)
    return data


def test_watch_terminal(make):
    host = started(make)
    if host is None:
        return NOT_BUILT
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack('HHHH', 12, 34, 0, 0))
    process = subprocess.Popen([REEVECTL, '--state-dir', host.state, 'metrics', '--watch=1'],
                               stdin=child, stdout=child, stderr=child, start_new_session=True)
    try:
        data = read_until(parent, b'\x1b[J')
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(hostlib.DEADLINE) == 0, data
        # cleared once, then each picture in place: as many lines as fit, none too wide
        assert data.count(b'\x1b[2J') == 1, data
        for picture in data.split(b'\x1b[H')[2:]:
            picture = picture.split(b'\x1b[J')[0]
            lines = [re.sub(rb'\x1b\[K|\r', b'', line).decode() for line in picture.split(b'\n')]
            assert len(lines) == 12, lines
            assert all(len(line) <= 34 for line in lines), lines
            assert re.match(r'\(\d+ more lines: ', lines[-1]), lines
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(parent)
        os.close(child)
    host.stops()
    return None


def test_default_role(make):
    """Without --role metrics asks the agent, and status whatever runs."""
    home = tempfile.mkdtemp(prefix='reeve-')
    env = dict(os.environ, XDG_STATE_HOME=home)
    who = {}
    tool = REEVECTL
    if os.geteuid() == 0:
        # root's daemons have a place of their own, which is not ours to use
        tool = os.path.join(home, 'reevectl')
        shutil.copy(REEVECTL, tool)
        os.chmod(home, 0o755)
        who = {'user': NOBODY, 'group': NOBODY, 'extra_groups': []}
    if os.path.exists('/var/lib/reeve-agent') or os.path.exists('/var/lib/reeve-hub'):
        shutil.rmtree(home)
        return 'a packaged daemon has its state here'
    try:
        for command, text in ((['metrics'], 'no agent answers'), (['plugins'], 'no hub answers'),
                              (['status'], 'neither a hub nor an agent answers')):
            code, out, err = run([tool] + command, env=env, **who)
            assert (code, out) == (1, '') and text in err, (command, err)
    finally:
        shutil.rmtree(home)
    return None


# ---- status ----

def test_status(make):
    host = started(make, tree='/')
    if host is None:
        return NOT_BUILT
    out = done(host, 'status')
    fields = [line.split(None, 1) for line in out.splitlines()]
    # of the plugins one waits for a hub; what else this machine has not is its own affair
    lines = {}
    for name, text in fields:
        lines.setdefault(name, text)
    assert list(lines) == ['role', 'version', 'state', 'started', 'plugin', 'link', 'CPU', 'memory',
                           'root', 'load', 'uptime'], out
    assert lines['role'] == 'agent' and lines['link'] == 'none since the start', out
    assert lines['plugin'].startswith('reporter is unconfigured: '), out
    assert re.fullmatch(r'\d+\.\d [MG]iB of \d+\.\d [MG]iB', lines['memory']), out
    status = json.loads(done(host, '--json', 'status'))
    assert status['role'] == 'agent', status
    host.stops()
    return None


# ---- dump ----

def test_dump(make):
    host = agent(make)
    if host is None:
        return NOT_BUILT
    code, out, err = host.run('--dump', '--log-level', 'warning')
    assert (code, err) == (0, ''), (code, err)
    sample = json.loads(out)
    kinds = {row['kind'] for row in sample['rows']}
    assert {'host', 'system', 'cpu', 'core', 'memory', 'load', 'nic'} <= kinds, kinds
    assert sample['version'] == '0.1.0' and sample['time'] > 1e9, out
    # the state directory is free again
    host.start().ready()
    code, out, err = host.run('--dump')
    assert code == 4 and out == '' and 'uses it already' in err, (code, err)
    host.stops()
    return None


def test_dump_alone(make):
    """As any user, without configuration and state, beside an agent that runs."""
    host = started(make)
    if host is None:
        return NOT_BUILT
    temporary = os.path.join(make.base, 'tmp')
    os.mkdir(temporary)
    os.chmod(temporary, 0o777)
    env = dict(host.env, TMPDIR=temporary, HOME='/nonexistent')
    command = [hostlib.REEVED, os.path.join(ROLES, 'agent.role'), '--dump', '--plugin-dir', REAL,
               '--config', os.path.join(make.base, 'none.conf')]
    with open(command[-1], 'w', encoding='utf-8'):
        pass
    os.chmod(command[-1], 0o644)
    who = {}
    if os.geteuid() == 0:
        nobody = {'user': NOBODY, 'group': NOBODY, 'extra_groups': []}
        try:
            if run([hostlib.REEVED, '--version'], **nobody)[0] == 0:
                who = nobody
        except OSError:
            pass  # the tree is closed to others
    code, out, err = run(command, env=env, **who)
    assert (code, err) == (0, ''), (code, err)
    rows = {row['kind']: row['metrics'] for row in json.loads(out)['rows']}
    assert rows['memory']['total'] > 0 and 'usage' in rows['cpu'], rows
    assert os.listdir(temporary) == [], os.listdir(temporary)
    code, out, err = host.run('--dump', '--check-config')
    assert code == 2 and 'do not go together' in err, err
    host.stops()
    return None


def test_dump_nothing(make):
    host = make()
    code, out, err = host.run('--dump')
    assert (code, out) == (2, '') and 'the role test has nothing to dump' in err, (code, err)
    assert not os.path.exists(host.state)
    role = os.path.join(make.base, 'dump.role')
    with open(hostlib.ROLE, encoding='utf-8') as f:
        text = f.read()
    with open(role, 'w', encoding='utf-8') as f:
        f.write(text + 'Dump=org.reeve.Nothing1.Dump\n')
    host = make(role=role, name='b')
    code, out, err = host.run('--dump')
    assert (code, out) == (1, '') and 'has the operation org.reeve.Nothing1.Dump' in err, err


# ---- debug-report ----

SECRETS = ('tok3n-in-a-file', 'us3rinfo', 'p4ssword', 'qu3ry', 'envir0nment', 'k3yfile')


def report_config(make):
    token = os.path.join(make.base, 'agent-token')
    with open(token, 'w', encoding='utf-8') as f:
        f.write('tok3n-in-a-file')
    os.chmod(token, 0o600)
    return ('[plugin reporter]\nurl=ws://us3rinfo:p4ssword@127.0.0.1:1/?token=qu3ry\n'
            'token-file=%s\nhub-key=%s\n' % (token, KEY))


def test_report(make):
    host = agent(make, config=report_config(make), env={'REEVE_X': 'envir0nment'})
    if host is None:
        return NOT_BUILT
    host.start().ready()
    with open(os.path.join(host.state, 'id_ed25519'), 'w', encoding='utf-8') as f:
        f.write('k3yfile')
    out = done(host, 'debug-report')
    for secret in SECRETS:
        assert secret not in out, (secret, out)
    for text in ('== machine', 'reevectl         0.1.0, GLib ', 'kernel           Linux ',
                 '== daemon', 'role             agent', 'GnuTLS 3.', 'sandbox          sandbox: ', 'descriptors      ',
                 'max descriptors  ', '== plugins', 'host-metrics     0.1.0 running, ',
                 'root', TREE, 'file', 'token-file', '\nlink  ', '== recent events'):
        assert text in out, (text, out)
    assert re.search(r'^  url +ws://\*\*\*@127\.0\.0\.1:1/\?token=\*\*\* +file$', out, re.M), out
    path = os.path.join(make.base, 'report')
    assert done(host, 'debug-report', path) == ''
    with open(path, encoding='utf-8') as f:
        saved = f.read()
    assert saved.startswith('Reeve debug report. ') and '== recent events' in saved, saved
    assert os.stat(path).st_mode & 0o777 == 0o600
    host.stops()
    return None


def test_report_offline(make):
    host = agent(make)
    if host is None:
        return NOT_BUILT
    code, out, err = ctl(host, '--role', 'agent', 'debug-report',
                         env=dict(os.environ, REEVE_X='envir0nment'))
    assert (code, err) == (0, ''), err
    assert 'not asked        no agent answers at ' + host.state in out, out
    assert re.search(r'^--version +reeved 0\.1\.0$', out, re.M), out
    assert re.search(r'^--list-plugins +\w', out, re.M), out
    assert re.search(r'^--check-config +\w', out, re.M), out
    assert 'envir0nment' not in out, out
    return None


def test_report_secret_setting(make):
    """A setting that its plugin calls a secret, and a plugin that failed."""
    host = make(plugins=('good', 'base'),
                config='[plugin good]\ntoken=p4ssword\n[plugin base]\nbehaviour=fail-start\n')
    host.start().ready()
    out = done(host, 'debug-report')
    assert 'p4ssword' not in out, out
    assert re.search(r'^  token +\*\*\* +file$', out, re.M), out
    assert re.search(r'^base +1\.0 failed, .*it was told to fail', out, re.M), out
    assert 'plugin base failed: ' in out.split('== recent events')[1], out
    host.stops()


def check_link(make, added):
    """An agent that comes to the hub with the token: neither end's words have it."""
    token = os.path.join(make.base, 'web1-token')
    with open(token, 'w', encoding='utf-8') as f:
        f.write(added['token'])
    os.chmod(token, 0o600)
    one = agent(make, name='b', config='[plugin reporter]\nurl=%s\nhub-key=%s\ntoken-file=%s\n'
                % (added['url'], added['key'], token))
    if one is None:
        return
    one.start().wait('linked to the hub at ')
    out = done(one, 'status')
    assert re.search(r'^link +reporter: linked to the hub.*, (now|\d+ s ago)$', out, re.M), out
    out += done(one, 'debug-report')
    assert added['token'] not in out and '== recent events' in out, out
    one.stops()


def test_report_hub(make):
    needed = ('fleet', 'sqlite-store', 'accounts', 'events', 'ws-transport', 'front')
    if not all(os.path.exists(os.path.join(REAL, 'reeve-%s.so' % one)) for one in needed):
        return 'the plugins of a hub are not all built'
    role = os.path.join(make.base, 'hub.role')
    with open(os.path.join(ROLES, 'hub.role'), encoding='utf-8') as f:
        text = f.read().replace(';web-ui', '')
    with open(role, 'w', encoding='utf-8') as f:
        f.write(text)
    host = make(plugins=(), role=role, options=('--plugin-dir', REAL),
                config='[plugin web-ui]\nenabled=no\n[plugin front]\nlisten=127.0.0.1:0\n')
    host.start().ready()
    added = json.loads(done(host, '--json', 'systems', 'add', 'web1'))
    out = done(host, 'debug-report') + done(host, 'status')
    assert added['token'] not in out, out
    for name in ('id_ed25519', 'owner.key'):
        path = os.path.join(host.state, name)
        with open(path, encoding='utf-8') as f:
            for line in f.read().split():
                assert len(line) < 16 or line not in out, (name, out)
    assert re.search(r'^systems +1 pending$', out, re.M), out
    check_link(make, added)
    host.stops()
    return None


if __name__ == '__main__':
    sys.exit(hostlib.main([
        test_table, test_json, test_openmetrics, test_watch_pipe, test_watch_terminal,
        test_default_role, test_status, test_dump, test_dump_alone, test_dump_nothing, test_report,
        test_report_offline, test_report_secret_setting, test_report_hub]))
