/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { document, makeTypes, types } from '../tools/types.mjs';

const RULES = [
  'struct',
  'spec-components-invalid-map-name',
  'no-unresolved-refs',
  'operation-operationId-unique',
  'operation-parameters-unique',
  'path-parameters-defined',
  'no-identical-paths',
  'no-path-trailing-slash',
  'security-defined',
  'operation-4xx-response',
  'operation-summary',
];
const config = await createConfig({ rules: Object.fromEntries(RULES.map((rule) => [rule, 'error'])) });
const read = async () => JSON.parse(await readFile(document, 'utf8'));

async function findProblems(parsed) {
  const problems = await lintFromString({
    source: JSON.stringify(parsed),
    absoluteRef: '/openapi.json',
    config,
  });
  return problems.map((problem) => `${problem.ruleId}: ${problem.message}`);
}

test('the document is one of OpenAPI 3.1', async () => {
  assert.deepEqual(await findProblems(await read()), []);
});

test('a document that is none is found out', async () => {
  const wrong = [
    (d) => (d.paths['/api/v1/systems'].get.parameters[0].in = 'nowhere'),
    (d) => delete d.info,
    (d) => (d.paths['/api/v1/systems'].get.responses['200'].content = []),
    (d) => (d.paths['/api/v1/systems'].get.operationId = 'AddSystem'),
    (d) => (d.components.responses.Problem.content['application/problem+json'].schema.$ref = '#/no'),
    (d) => (d.security = [{ other: [] }]),
  ];
  for (const spoil of wrong) {
    const spoilt = await read();
    spoil(spoilt);
    assert.notDeepEqual(await findProblems(spoilt), [], String(spoil));
  }
});

test('the types are those of the document', async () => {
  assert.equal(await readFile(types, 'utf8'), await makeTypes(await read()), 'run "npm run types"');
});
