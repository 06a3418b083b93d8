/** Every recorded stage case, through the real agent. What we do differently on purpose is listed, with the reason. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { deviations, otherWords } from './deviations.ts';
import { type CaseEntry, type CaseOutcome, runCase, type StageCase } from './run-case.ts';

const fixtures = join(import.meta.dirname, 'fixtures', 'stages');

function readCases(): StageCase[] {
  const files = readdirSync(fixtures)
    .filter((name) => name.endsWith('.jsonl'))
    .sort();
  return files.flatMap((name) =>
    readFileSync(join(fixtures, name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as StageCase),
  );
}

/** What differs from the recorded result of Alloy; empty when nothing does. */
function differences(stageCase: StageCase, outcome: CaseOutcome): string[] {
  const wantsRefusal = stageCase.alloy_error ?? (stageCase.alloy_accepts ? undefined : stageCase.error);
  if (outcome.refused !== undefined) {
    if (wantsRefusal === undefined) return [`refused: ${outcome.refused.join('; ')}`];
    const wanted = normalise(wantsRefusal);
    const words = otherWords.get(stageCase.id) ?? wanted;
    if (outcome.refused.some((message) => normalise(message).includes(words))) return [];
    return [`refused with ${JSON.stringify(outcome.refused)}, not with ${JSON.stringify(wanted)}`];
  }
  if (wantsRefusal !== undefined) return [`not refused: ${wantsRefusal}`];
  const out: string[] = [];
  const expected = (stageCase.alloy_expected ?? stageCase.expected).map(comparable);
  const actual = outcome.entries.map(comparable);
  // Where Alloy crashes we go on: what came before the crash must be the same.
  if (stageCase.alloy_crashed !== undefined) {
    const before = actual.slice(0, expected.length);
    return JSON.stringify(before) === JSON.stringify(expected) ? [] : ['entries before the crash differ'];
  }
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    out.push(`entries\n   got ${JSON.stringify(actual)}\n  want ${JSON.stringify(expected)}`);
  }
  const counters = stageCase.alloy_drop_counters ?? stageCase.drop_counters;
  if (counters !== undefined && JSON.stringify(sorted(counters)) !== JSON.stringify(sorted(outcome.dropCounters))) {
    out.push(`counters got ${JSON.stringify(outcome.dropCounters)} want ${JSON.stringify(counters)}`);
  }
  const metrics = stageCase.alloy_metrics ?? stageCase.metrics;
  if (metrics !== undefined && JSON.stringify([...metrics].sort()) !== JSON.stringify(outcome.metrics)) {
    out.push(`metrics got ${JSON.stringify(outcome.metrics)} want ${JSON.stringify(metrics)}`);
  }
  return out;
}

/** Alloy's texts carry the place and a prefix for the stage; ours have the place apart. */
function normalise(message: string): string {
  return message
    .replace(/^\d+:\d+: /, '')
    .replace(/^invalid stage config /, '')
    .replace(/^"[^"]*" (?=template:|time:|units:)/, '')
    .replace(/: %v:/, ':');
}

function sorted(counters: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(counters).sort(([a], [b]) => (a < b ? -1 : 1));
}

function comparable(entry: CaseEntry): unknown {
  const { line, line_b64: bytes, labels, timestamp, metadata, tenant } = entry;
  const exact = bytes ?? Buffer.from(line ?? '').toString('base64');
  const pairs = (record: Readonly<Record<string, unknown>>) =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  const shown = Buffer.from(exact, 'base64').toString('latin1');
  return {
    line: shown,
    labels: pairs(labels),
    timestamp: timestamp?.replace('{year}', '2026') ?? null,
    metadata: pairs(metadata),
    tenant,
  };
}

test('recorded stage cases', async (context) => {
  const only = process.env['CASE'];
  const passed = new Map<string, { passed: number; total: number }>();
  const failures: string[] = [];
  const surprises: string[] = [];
  let withoutAlloy = 0;
  for (const stageCase of readCases()) {
    if (only !== undefined && !stageCase.id.startsWith(only)) continue;
    if (stageCase.alloy === '') {
      withoutAlloy++;
      continue;
    }
    const area = passed.get(stageCase.area) ?? { passed: 0, total: 0 };
    passed.set(stageCase.area, area);
    area.total++;
    const found = differences(stageCase, await runCase(stageCase));
    const reason = deviations.get(stageCase.id);
    if (found.length === 0) {
      area.passed++;
      if (reason !== undefined) surprises.push(`${stageCase.id} passes but is listed as different`);
    } else if (reason === undefined) failures.push(`${stageCase.id}: ${stageCase.note}\n  ${found.join('\n  ')}`);
  }
  const totals = [...passed.values()].reduce((sum, area) => ({
    passed: sum.passed + area.passed,
    total: sum.total + area.total,
  }));
  const areas = [...passed].map(([name, { passed: count, total }]) => `${name} ${count}/${total}`).join(', ');
  context.diagnostic(
    `stage cases: ${totals.passed} of ${totals.total} as recorded, ${withoutAlloy} more have no Alloy text; ${areas}`,
  );
  assert.deepEqual(surprises, []);
  assert.equal(failures.join('\n'), '');
});
