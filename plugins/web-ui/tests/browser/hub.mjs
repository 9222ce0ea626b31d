/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A hub of the flow's own, and agents for it: real processes on ports of their own, in a folder that is
 * removed. They are those that REEVE_REEVED names (reevectl lies beside it, or in ../bin). */

import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const READY = 60_000;

export const reeved = process.env.REEVE_REEVED ?? '';

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function reevectl() {
  const beside = path.join(path.dirname(reeved), 'reevectl');
  return existsSync(beside) ? beside : path.join(path.dirname(reeved), '..', 'bin', 'reevectl');
}

function ended(child) {
  return child.exitCode !== null || child.signalCode !== null;
}

async function stop(child) {
  if (child === null || ended(child)) {
    return;
  }
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await gone;
  clearTimeout(timer);
}

export class Hub {
  /* Its page's address. */
  origin = '';
  #folder = '';
  #child = null;
  #agents = [];

  static async make() {
    const hub = new Hub();
    hub.#folder = await mkdtemp(path.join(os.tmpdir(), 'reeve-page-'));
    hub.origin = `http://127.0.0.1:${await freePort()}`;
    const page = process.env.REEVE_PAGE ?? '';
    await hub.#write('hub.conf', [
      '[plugin front]',
      `listen=${new URL(hub.origin).host}`,
      '[plugin fleet]',
      'down-after=2s',
      'start-grace=2s',
      ...(page === '' ? [] : ['[plugin web-ui]', `page-directory=${page}`]),
    ]);
    await hub.start();
    return hub;
  }

  async #write(name, lines) {
    const file = path.join(this.#folder, name);
    await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
    return file;
  }

  #spawn(role, name) {
    const words = [role, '--config', path.join(this.#folder, `${name}.conf`), '--state-dir', path.join(this.#folder, name)];
    const child = spawn(reeved, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.lines = '';
    child.stderr.on('data', (data) => {
      child.lines = (child.lines + data).slice(-20_000);
    });
    return child;
  }

  async start() {
    await mkdir(path.join(this.#folder, 'hub'), { recursive: true, mode: 0o700 });
    this.#child = this.#spawn('hub', 'hub');
    const end = Date.now() + READY;
    while (!this.#child.lines.includes('host: ready')) {
      if (ended(this.#child) || Date.now() > end) {
        throw new Error(`the hub did not start:\n${this.#child.lines}`);
      }
      await pause(50);
    }
  }

  async stop() {
    await stop(this.#child);
  }

  /* What a command of reevectl answers, as JSON where it does. */
  async ctl(...words) {
    const { stdout } = await run(reevectl(), ['--state-dir', path.join(this.#folder, 'hub'), '--json', ...words]);
    return stdout.trim() === '' ? null : JSON.parse(stdout);
  }

  async link() {
    const { stdout } = await run(reevectl(), ['--state-dir', path.join(this.#folder, 'hub'), 'open']);
    return /http\S+#open=\S+/.exec(stdout)[0];
  }

  /* An agent of this machine with this token. */
  async agent(name, { token, key }) {
    const secret = await this.#write(`${name}.token`, [token]);
    await this.#write(`${name}.conf`, [
      '[plugin reporter]',
      `url=${this.origin}`,
      `hub-key=${key}`,
      `token-file=${secret}`,
    ]);
    await mkdir(path.join(this.#folder, name), { mode: 0o700 });
    const child = this.#spawn('agent', name);
    this.#agents.push(child);
    return { stop: () => stop(child) };
  }

  async end() {
    await Promise.all(this.#agents.map(stop));
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
