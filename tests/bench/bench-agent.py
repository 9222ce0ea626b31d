#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an agent at one sample a second costs, plain and over TLS, of the built programs.

A real hub polls a real agent each second because a live stream looks at it: first one by plain
WebSocket, then one by way of nginx, which ends the TLS. Beside each run the floors. CPU is the
scheduler's run time of all threads, memory is smaps_rollup. docs/performance.md says more.
"""

import os
import platform
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from benchlib import (BENCH, BUILDDIR, PATIENCE, Hub, Viewer, Window, head, log_of, main, memory_of, row,  # noqa: E402
                      wait_for)

SAMPLES = 100
WARM_UP = 5
TOGETHER = 600      # seconds, after which nothing here can still be right

NGINX = """
daemon off; pid %(base)s/nginx.pid; error_log stderr error; worker_processes 1;
events { worker_connections 64; }
http {
  access_log off; client_body_temp_path %(base)s/t1; proxy_temp_path %(base)s/t2;
  fastcgi_temp_path %(base)s/t3; uwsgi_temp_path %(base)s/t4; scgi_temp_path %(base)s/t5;
  server {
    listen 127.0.0.1:%(port)d ssl; ssl_certificate %(base)s/tls.pem; ssl_certificate_key %(base)s/tls.key;
    location / {
      proxy_pass http://127.0.0.1:%(hub)d; proxy_http_version 1.1; proxy_read_timeout 1h;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; proxy_set_header Host 127.0.0.1:%(hub)d;
    }
  }
}
"""


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Agent:
    """A real agent, and a page that looks at it."""

    def __init__(self, programs, hub, name, url, more=''):
        hub.wake()
        added = hub.add(name)
        base = os.path.join(programs.base, name)
        os.mkdir(base, 0o700)
        with open(os.open(base + '.token', os.O_WRONLY | os.O_CREAT, 0o600), 'w',
                  encoding='ascii') as f:
            f.write(added['token'] + '\n')
        with open(base + '.conf', 'w', encoding='utf-8') as f:
            f.write('[plugin reporter]\nurl=%s\nhub-key=%s\ntoken-file=%s\n%s'
                    % (url, added['key'], base + '.token', more))
        self.process = programs.start(name, [
            os.path.join(BUILDDIR, 'reeved'), 'agent', '--config', base + '.conf', '--state-dir',
            base, '--plugin-dir', os.path.join(BUILDDIR, 'plugins', '.libs')],
            stdin=subprocess.DEVNULL)
        wait_for('link of ' + name, lambda: 'linked to' in log_of(self.process), self.process)
        self.fresh = memory_of(self.process)
        self.viewer = Viewer(hub, system=added['system'])

    def begin(self):
        wait_for('live samples', lambda: self.viewer.samples >= WARM_UP, self.process)
        self.first = self.viewer.samples
        self.window = Window(self.process)

    def end(self):
        """Waits for enough samples."""
        wait_for('%d samples' % SAMPLES, lambda: self.viewer.samples >= SAMPLES, self.process,
                 patience=3 * SAMPLES)
        _, spent, _ = self.window.end()
        self.cpu = spent / (self.viewer.samples - self.first)
        self.memory = memory_of(self.process)
        self.viewer.close()


def start_tls(programs, hub):
    """(port, pin) of an nginx before the hub; None where there is none."""
    nginx = shutil.which('nginx', path=os.environ['PATH'] + ':/usr/sbin')
    if nginx is None or shutil.which('openssl') is None:
        return None
    names = {'base': programs.base, 'port': free_port(), 'hub': hub.port}
    key, pem = programs.base + '/tls.key', programs.base + '/tls.pem'
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                    '-keyout', key, '-out', pem, '-days', '2', '-subj', '/CN=bench'],
                   check=True, stderr=subprocess.DEVNULL)
    public = subprocess.run(['openssl', 'x509', '-in', pem, '-pubkey', '-noout'], check=True,
                            stdout=subprocess.PIPE).stdout
    der = subprocess.run(['openssl', 'pkey', '-pubin', '-outform', 'der'], input=public, check=True,
                         stdout=subprocess.PIPE).stdout
    digest = subprocess.run(['openssl', 'dgst', '-sha256', '-r'], input=der, check=True,
                            stdout=subprocess.PIPE).stdout.split()[0].decode()
    with open(programs.base + '/nginx.conf', 'w', encoding='utf-8') as f:
        f.write(NGINX % names)
    programs.start('nginx', [nginx, '-c', programs.base + '/nginx.conf', '-p', programs.base],
                   stdin=subprocess.DEVNULL)
    return names['port'], digest


def start_floors(programs):
    return [programs.start(name, [os.path.join(BENCH, 'bench-floor'), name], stdin=subprocess.PIPE)
            for name in ('agent', 'linked-agent', 'wide-agent')]


def measure_agent(name, agent, floors, aims):
    """Beside the floors, in the same seconds, and with nothing else that is measured."""
    agent.begin()
    windows = [Window(floor) for floor in floors]
    agent.end()
    floor, linked, wide = [spent / seconds for seconds, spent, _ in (window.end() for window in windows)]
    row('agent, %s: CPU of a sample at 1 Hz (%d samples)' % (name, SAMPLES), '%.0f us' % agent.cpu)
    row('    floor: reads the files that it cannot do without', '%.0f us' % floor)
    row('    floor that is asked and answers over loopback', '%.0f us' % linked)
    row('    floor that looks at as many pages of its memory', '%.0f us' % wide)
    row('    ratio to the floor', '%.2f' % (agent.cpu / floor), aims[0])
    row('    ratio to a floor that is asked and answers', '%.2f' % (agent.cpu / linked))
    row('    ratio to a floor with as many pages', '%.2f' % (agent.cpu / wide))
    for what, key, aim in (('private dirty', 'Private_Dirty', aims[1]), ('PSS', 'Pss', aims[2])):
        row('    %s after %d samples (fresh: %d)' % (what, SAMPLES, agent.fresh[key]),
            '%d KiB' % agent.memory[key], aim)
    agent.process.terminate()
    agent.process.wait(PATIENCE)


def measure(programs):
    hub = Hub(programs, 'hub')
    floors = start_floors(programs)
    head('the agent, of %s (%d processors, Linux %s, load %.1f)'
         % (platform.machine(), os.cpu_count(), platform.release(), os.getloadavg()[0]))
    measure_agent('plain', Agent(programs, hub, 'plain', 'ws://127.0.0.1:%d' % hub.port), floors,
                  ('1.30', '1200 KiB', '7000 KiB'))
    tls = start_tls(programs, hub)
    if tls is None:
        print('agent over TLS: skipped: it needs nginx and openssl')
        return
    measure_agent('TLS', Agent(programs, hub, 'tls', 'wss://127.0.0.1:%d' % tls[0],
                               '[plugin ws-transport]\npin=%s\n' % tls[1]), floors,
                  ('', '1600 KiB', '11000 KiB'))


if __name__ == '__main__':
    sys.exit(main('the agent', measure, ('reporter', 'host-metrics'), TOGETHER))
