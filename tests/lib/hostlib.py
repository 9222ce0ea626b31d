# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real reeved processes for tests: folders of their own, lines to wait for, TAP."""

import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

SRCDIR = os.path.abspath(os.environ.get('REEVE_TEST_SRCDIR', '.'))
BUILDDIR = os.path.abspath(os.environ.get('REEVE_TEST_BUILDDIR', '.'))
REEVED = os.environ.get('REEVE_TEST_REEVED', os.path.join(BUILDDIR, 'reeved'))
MODULES = os.path.join(BUILDDIR, 'tests', 'plugins', '.libs')
ROLE = os.path.join(SRCDIR, 'tests', 'plugins', 'test.role')
DEADLINE = 30
PATIENCE = 90   # for what several processes have to come to


def run(*command, **options):
    """What a command that must succeed prints."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False, **options)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def wait_for(what, condition, deadline=PATIENCE):
    """The first true value of condition()."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError('nothing came of: ' + what)


class Host:
    """One reeved: config text, plugins by id, its lines on standard error as they come."""

    def __init__(self, base, plugins=('good',), config='', level='info', options=(), env=None,
                 pass_fd=None, state=None, overlay=None, role=ROLE, name='a'):
        self.base = base
        self.folder = os.path.join(base, 'plugins-' + name)
        self.state = state
        self.config = os.path.join(base, name + '.conf')
        self.lines = []
        self.rest = b''
        self.process = None
        self.selector = None
        if not os.path.isdir(self.folder):
            os.mkdir(self.folder, 0o755)
        for plugin in plugins:
            install(plugin, self.folder)
        self.write(config)
        if overlay is not None:
            os.makedirs(self.state, 0o700, exist_ok=True)
            with open(os.path.join(self.state, 'overlay.conf'), 'w', encoding='utf-8') as f:
                f.write(overlay)
        self.command = [REEVED, role, '--config', self.config, '--state-dir', self.state,
                        '--plugin-dir', self.folder] + list(options)
        if level:
            self.command += ['--log-level', level]
        self.env = {k: v for k, v in os.environ.items()
                    if not k.startswith(('LISTEN_', 'NOTIFY_', 'WATCHDOG_', 'REEVE_LOG',
                                         'STATE_DIRECTORY'))}
        self.env.pop('G_DEBUG', None)
        self.env.update(env or {})
        self.pass_fd = pass_fd

    def write(self, text):
        with open(self.config, 'w', encoding='utf-8') as f:
            f.write(text)
        os.chmod(self.config, 0o600)

    def start(self):
        command = self.command
        options = {}
        if self.pass_fd is not None:
            command = ['sh', '-c', 'LISTEN_PID=$$ exec "$@" 3<&%d' % self.pass_fd, 'sh'] + command
            options['pass_fds'] = (self.pass_fd,)
        self.process = subprocess.Popen(command, env=self.env, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        **options)
        os.set_blocking(self.process.stderr.fileno(), False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stderr, selectors.EVENT_READ)
        return self

    def pump(self, timeout):
        """Takes what has arrived; False at the end of the stream."""
        if not self.selector.select(timeout):
            return True
        data = self.process.stderr.read(65536)
        if not data:
            return data is None
        self.rest += data
        *whole, self.rest = self.rest.split(b'\n')
        self.lines += [line.decode('utf-8', 'replace') for line in whole]
        return True

    def wait(self, text, after=0):
        """The index after the first line from after on that has text in it."""
        end = time.monotonic() + DEADLINE
        alive = True
        at = after
        while True:
            while at < len(self.lines):
                at += 1
                if text in self.lines[at - 1]:
                    return at
            if not alive or time.monotonic() > end:
                raise AssertionError('no line with %r in:\n%s' % (text, self.text()))
            alive = self.pump(0.2)

    def ready(self):
        return self.wait('host: ready: ')

    def end(self):
        """Waits for the end; the exit code."""
        end = time.monotonic() + DEADLINE
        while self.pump(0.2):
            if time.monotonic() > end:
                raise AssertionError('does not end:\n' + self.text())
        return self.process.wait(DEADLINE)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.end()

    def stops(self):
        """SIGTERM must end it well."""
        code = self.stop()
        assert code == 0, 'ended with %d:\n%s' % (code, self.text())

    def hup(self):
        """Sends SIGHUP and waits until it is dealt with."""
        at = len(self.lines)
        self.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            for i in range(at, len(self.lines)):
                if 'settings are read again' in self.lines[i] or 'are not taken' in self.lines[i]:
                    return self.lines[at:]
            if not self.pump(0.2):
                break
        raise AssertionError('no answer to SIGHUP:\n' + self.text())

    def run(self, *options, **who):
        """For what ends by itself: (code, stdout, stderr)."""
        done = subprocess.run(self.command + list(options), env=self.env, capture_output=True,
                              text=True, timeout=DEADLINE, check=False, **who)
        return done.returncode, done.stdout, done.stderr

    def text(self):
        return '\n'.join(self.lines) + '\n' + self.rest.decode('utf-8', 'replace')

    def has(self, text):
        assert text in self.text(), 'no %r in:\n%s' % (text, self.text())

    def lacks(self, text):
        assert text not in self.text(), '%r is in:\n%s' % (text, self.text())

    def close(self):
        if self.process is not None:
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait()
            self.process.stderr.close()
            self.selector.close()


def module(plugin):
    return os.path.join(MODULES, 'reeve-%s.so' % plugin)


def install(plugin, folder, name=None):
    path = os.path.join(folder, 'reeve-%s.so' % (name or plugin))
    shutil.copyfile(module(plugin), path)
    os.chmod(path, 0o755)
    return path


class Manager:
    """The service manager's side of NOTIFY_SOCKET."""

    def __init__(self, base):
        self.path = os.path.join(base, 'notify')
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(DEADLINE)

    def read(self, wanted):
        """The first message that has wanted in it."""
        while True:
            message = self.socket.recv(4096).decode()
            if wanted in message:
                return message

    def close(self):
        self.socket.close()


def main(tests):
    """Runs each test with a folder of its own below the build tree; prints TAP."""
    failed = False
    print('1..%d' % len(tests))
    for number, test in enumerate(tests, 1):
        base = tempfile.mkdtemp(prefix='host-test-', dir=BUILDDIR)
        os.chmod(base, 0o755)
        short = tempfile.mkdtemp(prefix='reeve-')  # the path of a socket may not be long
        hosts = []

        def make(*args, _base=base, _short=short, _hosts=hosts, **kwargs):
            kwargs.setdefault('state', os.path.join(_short, kwargs.get('name', 'a')))
            host = Host(_base, *args, **kwargs)
            _hosts.append(host)
            return host

        try:
            make.base = base
            reason = test(make)
            print('ok %d - %s%s' % (number, test.__name__, ' # SKIP ' + reason if reason else ''))
        except Exception:  # pylint: disable=broad-except
            failed = True
            print('not ok %d - %s' % (number, test.__name__))
            for line in traceback.format_exc().splitlines():
                print('# ' + line)
        finally:
            for host in hosts:
                host.close()
            shutil.rmtree(base, ignore_errors=True)
            shutil.rmtree(short, ignore_errors=True)
        sys.stdout.flush()
    return 1 if failed else 0
