/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const { KNOWN, writeDecimal, writeWhole } = await load('numbers.ts');

const VALUES = [0, 1, 12, 999, 1000, 1234, 99_999, 100_000, 1_234_567, 1e15];

test('numbers are written as the browser writes them, in places that are known here and in others', () => {
  for (const tag of [...Object.keys(KNOWN), 'de-CH', 'en-IN', 'es', 'fr-FR', 'ar-EG']) {
    for (const value of VALUES) {
      assert.equal(writeWhole(value, tag), value.toLocaleString(tag), `${value} in ${tag}`);
      assert.equal(writeWhole(0 - value, tag), (0 - value).toLocaleString(tag), `-${value} in ${tag}`);
      for (const decimals of [1, 2, 6]) {
        const look = { minimumFractionDigits: decimals, maximumFractionDigits: decimals, useGrouping: false };
        const given = value < 1e9 ? value + 0.3 : value;
        assert.equal(writeDecimal(given, decimals, tag), given.toLocaleString(tag, look), `${given} in ${tag}`);
      }
    }
  }
});

test('without decimals there is no sign for them', () => {
  assert.equal(writeDecimal(1234.4, 0, 'de'), '1234');
  assert.equal(writeDecimal(1234.4, 0, 'fr-FR'), '1234');
});
