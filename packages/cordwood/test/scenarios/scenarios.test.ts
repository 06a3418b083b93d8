import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { parseScript, type Step } from './script.ts';
import { type Answer, openStack, type Stack, stackNames } from './stack.ts';

// Every script on every stack. The answers are compared as text rows, so a difference reads like the script.

const directory = join(import.meta.dirname, '../../../../scenarios');

for (const file of globSync('*.txt', { cwd: directory }).sort()) {
  const steps = parseScript(readFileSync(join(directory, file), 'utf8'));
  for (const stackName of stackNames) {
    test(`${basename(file, '.txt')} (${stackName})`, async () => {
      const stack = await openStack(stackName);
      try {
        for (const step of steps) await run(step, stack, `scenarios/${file}:${step.line}`);
      } finally {
        await stack.close();
      }
    });
  }
}

async function run(step: Step, stack: Stack, place: string): Promise<void> {
  switch (step.kind) {
    case 'tenant':
      stack.tenant = step.tenant;
      return;
    case 'load':
      return stack.load(step.labels, step.entries);
    case 'seal':
      return stack.seal();
    case 'crash':
      return stack.crash();
    case 'advance':
      return stack.advance(step.durationMs);
    case 'eval': {
      const answer = await stack.eval(step);
      const expected: Answer =
        step.expectedError === undefined ? { rows: step.expected } : { error: step.expectedError };
      assert.deepEqual(answer, expected, `${place}: ${step.query}`);
    }
  }
}
