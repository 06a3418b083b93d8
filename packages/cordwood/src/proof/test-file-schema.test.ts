import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { lineKeys } from './line-script.ts';
import { expectedEntryKeys, inputKeys, pipelineTestKeys } from './pipeline-test-file.ts';
import { expectedRefusalKeys, ingestTestKeys, isolationTestKeys } from './stack-test-file.ts';
import * as reader from './test-file.ts';
import { testFileSchema } from './test-file-schema.ts';

const published = new URL('../../test-file.schema.json', import.meta.url);
const greenlang = new URL('../../../../greenlang/tests/', import.meta.url);
const fixtures = new URL('./fixtures/', import.meta.url);
const validate = new Ajv2020({ strict: false, allErrors: true }).compile(testFileSchema);

test('the published file is this schema', () => {
  if (process.env['UPDATE_GOLDEN'] === '1')
    writeFileSync(published, `${JSON.stringify(testFileSchema, undefined, 2)}\n`);
  assert.deepEqual(JSON.parse(readFileSync(published, 'utf8')), testFileSchema);
});

test('test files that run are valid, the broken one is not', () => {
  for (const folder of [greenlang, fixtures]) {
    for (const name of globSync('*.test.yaml', { cwd: folder })) {
      if (/^alloy-/.test(name)) continue;
      const isValid = validate(parse(readFileSync(new URL(name, folder), 'utf8')));
      assert.equal(isValid, name !== 'broken.test.yaml', `${name}: ${JSON.stringify(validate.errors, undefined, 1)}`);
    }
  }
});

/** Every set of keys that the schema allows somewhere. */
function keySets(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { properties } = node as { properties?: Record<string, unknown> };
  const own = properties === undefined || Array.isArray(node) ? [] : [Object.keys(properties).sort().join(' ')];
  return [...own, ...Object.values(node).flatMap(keySets)];
}

test('schema and reader know the same keys', () => {
  const known = [
    reader.fileKeys,
    ['path', 'tenant'],
    reader.testKeys,
    reader.streamKeys,
    lineKeys,
    reader.pipelineKeys,
    reader.alertTestKeys,
    reader.prometheusTestKeys,
    reader.expectedAlertKeys,
    reader.timelineTestKeys,
    reader.recordingTestKeys,
    reader.expectedSampleKeys,
    reader.expressionTestKeys,
    reader.expectedLogKeys,
    reader.notificationTestKeys,
    reader.expectedNotificationKeys,
    pipelineTestKeys,
    inputKeys,
    expectedEntryKeys,
    isolationTestKeys,
    ingestTestKeys,
    expectedRefusalKeys,
  ].map((keys) => [...keys].sort().join(' '));
  assert.deepEqual([...new Set(keySets(testFileSchema))].sort(), [...new Set(known)].sort());
});
