/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

/* As much of a document as Preact needs; all of it lies below what is in sight. */
class Element {
  childNodes = [];
  parentNode = null;
  style = {};
  constructor(localName) {
    this.localName = localName;
  }
  get firstChild() {
    return this.childNodes[0] ?? null;
  }
  get nextSibling() {
    const all = this.parentNode?.childNodes ?? [];
    return all[all.indexOf(this) + 1] ?? null;
  }
  insertBefore(child, before) {
    child.parentNode?.removeChild(child);
    const at = before === null ? this.childNodes.length : this.childNodes.indexOf(before);
    this.childNodes.splice(at, 0, child);
    child.parentNode = this;
    return child;
  }
  removeChild(child) {
    this.childNodes.splice(this.childNodes.indexOf(child), 1);
    child.parentNode = null;
    return child;
  }
  setAttribute() {}
  removeAttribute() {}
  getBoundingClientRect() {
    return { top: 9000, bottom: 9100 };
  }
}

const observers = [];
Object.assign(globalThis, {
  document: { createElementNS: (_, name) => new Element(name), createElement: (name) => new Element(name), createTextNode: () => new Element('#text') },
  innerHeight: 900,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
  IntersectionObserver: class {
    constructor(tell) {
      observers.push((isIntersecting) => tell([{ isIntersecting }]));
    }
    observe() {}
    disconnect() {}
  },
});
const { h, render, InSight } = await load('../tests/in-sight-as.ts');

async function until(holds) {
  for (let turn = 0; !holds(); turn += 1) {
    assert.ok(turn < 1000, 'it does not come');
    await new Promise((done) => setTimeout(done, 5));
  }
}

test('only changes of what is in sight are told, so that who counts them counts right', async () => {
  const told = [];
  const one = (key) =>
    h(InSight, { key, tag: 'div', attributes: {}, before: null, render: () => null, onSight: (seen) => told.push(`${key} ${seen}`) });
  const root = new Element('main');
  render([one('a'), one('b')], root);
  await until(() => observers.length === 2);
  observers[0](true);
  await until(() => told.length > 0);
  assert.deepEqual(told, ['a true']);
  render([], root);
  assert.deepEqual(told, ['a true', 'a false']);
});
