#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What scanners say of the hub's TLS: sslscan, testssl.sh and OpenSSL, against certificates with an
EC and an RSA key. Prints TAP."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, 'lib'))
import hostlib  # pylint: disable=wrong-import-position

spec = importlib.util.spec_from_file_location('tls', os.path.join(HERE, 'test-tls.py'))
tls = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tls)

# an OpenSSL that can still do what must be refused
WEAK = ['-cipher', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0']


def serve(make):
    """A hub with both kinds of key, so that a client finds whatever either offers."""
    authority = tls.Authority(make.base)
    authority.sign('ec', 'hub.example')
    tls.run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', authority.path('rsa.key'), '-out',
            authority.path('rsa.pem'), '-subj', '/CN=rsa.example', '-addext', 'subjectAltName=DNS:rsa.example',
            '-days', '9')
    port = tls.free_port()
    host = tls.hub(make, 'listen=tls:127.0.0.1:%d\ncertificate=%s;%s\nkey=%s;%s\n'
                   % (port, authority.path('ec.pem'), authority.path('rsa.pem'), authority.path('ec.key'),
                      authority.path('rsa.key'))).start()
    host.ready()
    return host, port


def test_sslscan(make):
    """TLS 1.2 and 1.3 alone; every suite has ephemeral keys and an AEAD."""
    if shutil.which('sslscan') is None:
        return 'no sslscan'
    host, port = serve(make)
    for name in ('hub.example', 'rsa.example'):
        out = subprocess.run(['sslscan', '--no-colour', '--sni-name=' + name, '127.0.0.1:%d' % port],
                             capture_output=True, text=True, timeout=200, check=True).stdout
        versions = dict(re.findall(r'^(SSLv\d|TLSv1\.\d)\s+(enabled|disabled)$', out, re.M))
        assert versions == {'SSLv2': 'disabled', 'SSLv3': 'disabled', 'TLSv1.0': 'disabled', 'TLSv1.1': 'disabled',
                            'TLSv1.2': 'enabled', 'TLSv1.3': 'enabled'}, out
        suites = re.findall(r'^(Preferred|Accepted)\s+(TLSv1\.[23])\s+\d+ bits\s+(\S+)', out, re.M)
        assert {version for _, version, _ in suites} == {'TLSv1.2', 'TLSv1.3'}, out
        for _, version, suite in suites:
            assert re.search(r'GCM|POLY1305', suite), suite
            assert suite.startswith('TLS_' if version == 'TLSv1.3' else 'ECDHE-'), suite
        # ours first, whatever the client likes
        assert all(re.search('AES_?128', suite) for kind, _, suite in suites if kind == 'Preferred'), suites
        assert out.count('not vulnerable to heartbleed') == 2 and 'Compression enabled' not in out, out
        assert re.search(r'^Session renegotiation not supported|^Secure session renegotiation supported', out, re.M)
    host.stops()
    return None


def test_testssl(make):
    """The same by another tool, which also looks at the order and at forward secrecy."""
    if shutil.which('testssl') is None:
        return 'no testssl.sh'
    host, port = serve(make)
    report = os.path.join(make.base, 'report.json')
    subprocess.run(['testssl', '--quiet', '--color', '0', '--warnings', 'batch', '--nodns', 'min', '--jsonfile', report,
                    '-p', '-s', '-f', '-P', '127.0.0.1:%d' % port], capture_output=True, timeout=250, check=False,
                   stdin=subprocess.DEVNULL)
    with open(report, encoding='utf-8') as f:
        found = {row['id']: row for row in json.load(f)}
    for name in ('SSLv2', 'SSLv3', 'TLS1', 'TLS1_1'):
        assert found[name]['finding'].startswith('not offered'), found[name]
    for name in ('TLS1_2', 'TLS1_3'):
        assert found[name]['finding'].startswith('offered'), found[name]
    for name, row in found.items():
        if name.startswith('cipherlist_') and 'STRONG' not in name:
            assert row['finding'] == 'not offered', row
    secrecy = found.get('FS') or found['PFS']  # its name depends on the version
    assert secrecy['severity'] == 'OK', secrecy
    assert found['cipher_order']['severity'] == 'OK', found['cipher_order']
    worse = [row for row in found.values() if row['severity'] in ('MEDIUM', 'HIGH', 'CRITICAL')
             and not row['id'].startswith('cert')]
    assert not worse, worse
    host.stops()
    return None


def test_openssl(make):
    """Each weak thing asked for alone is refused; each good one is answered, to prove the question."""
    host, port = serve(make)

    def connects(*options):
        done = subprocess.run(['openssl', 's_client', '-connect', '127.0.0.1:%d' % port, '-servername', 'rsa.example']
                              + list(options), input='', capture_output=True, text=True, timeout=60, check=False)
        return done.returncode == 0 and re.search(r'Cipher is (?!\(NONE\))', done.stdout) is not None

    for good in (['-tls1_3'], ['-tls1_2', '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256'],
                 ['-tls1_2', '-cipher', 'ECDHE-RSA-CHACHA20-POLY1305']):
        assert connects(*good), good
    for bad in (['-tls1_1'] + WEAK, ['-tls1'] + WEAK, ['-tls1_2', '-cipher', 'AES128-GCM-SHA256:@SECLEVEL=0'],
                ['-tls1_2', '-cipher', 'ECDHE-RSA-AES128-SHA256:@SECLEVEL=0'],
                ['-tls1_2', '-cipher', 'DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0'],
                ['-tls1_2', '-cipher', 'ECDHE-RSA-AES128-SHA:@SECLEVEL=0']):
        assert not connects(*bad), bad
    host.stops()


if __name__ == '__main__':
    sys.exit(hostlib.main([test_sslscan, test_testssl, test_openssl]))
