import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { defaultLimits } from '../../model/limits.ts';
import { FieldNames } from './field-scanner.ts';
import { levelOfLine, levelOfSeverityNumber, normalizeLevel } from './level-detector.ts';

const fields = new FieldNames(defaultLimits.logLevelFields);

function level(line: string, expected: string): void {
  const bytes = Buffer.from(`before ${line} after`);
  assert.equal(levelOfLine(bytes, 7, bytes.length - 6, fields, 2), expected, line);
}

test('levels that Loki 3.7.6 detected in recorded lines', () => {
  const cases = readFileSync(new URL('fixtures/levels.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  assert.ok(cases.length > 400);
  for (const text of cases) {
    const { line, level: expected } = JSON.parse(text) as { line: string; level: string };
    level(line, expected);
  }
});

test('fields', () => {
  level('{"a":{"level":"warn"}}', 'warn');
  level('{"a":{"b":{"level":"x","c":1}},"level":"debug"}', 'debug');
  level('{"a":{"b":{"level":"wrn"}}}', 'unknown');
  level('{"a":[{"level":"wrn"}],"b":"error!"}', 'error');
  level('{"text":"say \\"level\\": \\"fatal\\"","level":"info"}', 'info');
  level('{"level" : "warn"}', 'warn');
  level(' {"level":"warn"} ', 'warn');
  level('{"level":null,"severity":"err"}', 'error');
  level('{"level":"warn"', 'warn');
  level('lvl=x level="warn" severity=fatal', 'warn');
  level('a="level=error', 'error');
  level('level= severity=fatal', 'fatal');
  level('{', 'unknown');
  level('{}', 'unknown');
  level('', 'unknown');
  level('warn', 'warn');
  level('warnings', 'unknown');
  level('information', 'unknown');
  level('{"level":"information"}', 'info');
  level('errerror err!', 'error');
});

test('spellings', () => {
  assert.equal(normalizeLevel('WARNING'), 'warn');
  assert.equal(normalizeLevel('Trc'), 'trace');
  assert.equal(normalizeLevel('notice'), 'notice');
  assert.equal(normalizeLevel('__proto__'), '__proto__');
  assert.deepEqual(['0', '1', '4', '5', '12', '13', '17', '24', '25', '99', 'x'].map(levelOfSeverityNumber), [
    'unknown',
    'trace',
    'trace',
    'debug',
    'info',
    'warn',
    'error',
    'fatal',
    'unknown',
    'unknown',
    'unknown',
  ]);
});
