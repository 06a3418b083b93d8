import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CaseEntry, type CaseOutcome, runCase, type StageCase } from '../../agent/test/run-case.ts';
import { convertPromtail } from './convert-promtail.ts';

/**
 * What a real Promtail made of 582 inputs, against what the converted configuration makes of them in the agent. This is the
 * ground on which `migrate parity` stands. Where Alloy itself does something else and no argument changes that, the case is
 * listed.
 */
const fixtures = join(import.meta.dirname, '../../agent/test/fixtures/stages');

type RecordedCase = StageCase & { readonly promtail: string };

const deviations: Readonly<Record<string, readonly string[]>> = {
  'stage.cri of Alloy is a parser of its own, with other ideas about lines that no runtime writes': [
    'cri/missing-flag',
    'cri/other-flags',
    'cri/bad-time',
  ],
  'stage.docker of Alloy is all or nothing': [
    'docker/missing-parts',
    'docker/bad-time-is-fudged',
    'docker/non-string-log',
  ],
  'a warning says that Alloy takes an empty text for its default, and splits sources at commas': [
    'drop/value-empty',
    'drop/source-comma-string',
    'drop/separator-empty',
  ],
  'an error says that an empty value counts every text': ['metrics/counter-value-empty'],
  'an empty list of sources is none in Alloy': ['drop/source-empty-list'],
  'YAML 1.1 reads the bare words n, no, y, yes as booleans': [
    'drop/expression-yaml-boolean',
    'config/yaml-key-n-is-a-boolean',
  ],
  'the file source of Alloy takes off carriage returns and byte order marks': [
    'filetarget/carriage-return-kept',
    'filetarget/byte-order-mark',
    'filetarget/cr-and-regex-end',
  ],
  'another JMESPath library': ['json/functions-2', 'config/json-dash-unquoted'],
  'loki.write removes every label that starts with __': ['labels/reserved-prefix', 'metrics/reserved-labels-hidden'],
  'Promtail adds metadata twice that is a label too, and loses it in multiline': [
    'structured_metadata/from-label-appears-twice',
    'structured_metadata/label-renamed',
    'structured_metadata/label-from-labels-stage',
    'structured_metadata/two-stages-same-name',
    'structured_metadata/differs-label-and-extracted',
    'structured_metadata/lost-in-multiline',
  ],
  'Promtail ends, or its metrics page does; the agent goes on': [
    'metrics/counter-add-negative-crashes',
    'metrics/histogram-with-le-label-crashes',
    'metrics/duplicate-name-breaks-endpoint',
  ],
  'a time beyond the year 9999 is none; the fallback gets its turn': ['timestamp/fallback-ambiguous-unix'],
  'Promtail refuses what Alloy takes': [
    'config/labels-invalid-name',
    'config/structured-metadata-invalid-name',
    'config/metrics-value-not-text',
    'config/template-source-not-text',
    'config/drop-source-list-with-number',
  ],
};
const listed = new Set(Object.values(deviations).flat());

const cases = readdirSync(fixtures)
  .filter((name) => name.endsWith('.jsonl'))
  .flatMap((name) => readFileSync(join(fixtures, name), 'utf8').trim().split('\n'))
  .map((line) => JSON.parse(line) as RecordedCase);

test('results of Promtail', async (context) => {
  const equal: string[] = [];
  for (const one of cases) {
    const problems = await differences(one);
    if (problems.length === 0) equal.push(one.id);
    else if (!listed.has(one.id)) await context.test(one.id, () => assert.deepEqual(problems, [], one.note));
  }
  assert.deepEqual(
    equal.filter((id) => listed.has(id)),
    [],
    'listed, but equal',
  );
  assert.equal(equal.length + listed.size, cases.length);
});

async function differences(one: RecordedCase): Promise<string[]> {
  const { text, findings, refusals } = convertPromtail({ name: one.id, text: promtailConfig(one) });
  const refused = [...findings, ...refusals].filter(({ severity }) => severity === 'error' || severity === 'critical');
  const wantsRefusal = one.error !== undefined || one.alloy_error !== undefined || one.crashed !== undefined;
  if (refused.length > 0) return wantsRefusal ? [] : refused.map(({ message }) => message);
  const alloy = agentConfig(text!, one);
  // Without stages lines go straight to the writer.
  if (one.mode !== 'file' && !alloy.includes('loki.process')) return one.error === undefined ? [] : ['not refused'];
  const outcome = await runCase({ ...one, alloy });
  if (outcome.refused !== undefined) return wantsRefusal ? [] : [...outcome.refused];
  return one.error === undefined ? resultDifferences(one, outcome) : [`not refused: ${one.error}`];
}

function promtailConfig({ labels, promtail, no_target: noTarget }: RecordedCase): string {
  const all = { ...labels, ...(noTarget ? {} : { __path__: '{path}' }) };
  const lines = Object.entries(all).map(
    ([name, value]) => `          ${JSON.stringify(name)}: ${JSON.stringify(value)}\n`,
  );
  const own = promtail.trimEnd().replaceAll('\n', '\n    ');
  const targets = `static_configs:\n      - targets: [localhost]\n        labels:\n${lines.join('')}`;
  return `clients: [{url: "http://loki"}]\nscrape_configs:\n  - job_name: case\n    ${own}\n    ${targets}`;
}

/** The converted configuration with the ends that `runCase` watches. */
function agentConfig(text: string, { mode }: RecordedCase): string {
  const captured = text
    .replaceAll('loki.write.default', 'loki.write.capture')
    .replace(/loki\.write "default" \{[\s\S]*$/, '');
  return mode === 'file' ? captured : captured.replace(/loki\.source\.file "case" \{[\s\S]*?\n\}\n/, '');
}

function resultDifferences(one: RecordedCase, outcome: CaseOutcome): string[] {
  const out: string[] = [];
  const compare = (what: string, got: unknown, want: unknown) => {
    if (JSON.stringify(got) !== JSON.stringify(want))
      out.push(`${what} ${JSON.stringify(got)}, not ${JSON.stringify(want)}`);
  };
  if (one.crashed === undefined) compare('entries', outcome.entries.map(comparable), one.expected.map(comparable));
  if (one.metrics !== undefined) compare('metrics', outcome.metrics, [...one.metrics].sort());
  if (one.drop_counters !== undefined) compare('drops', sorted(outcome.dropCounters), sorted(one.drop_counters));
  return out;
}

function comparable({ line, line_b64: bytes, labels, timestamp, metadata, tenant }: CaseEntry): unknown {
  const exact = bytes ?? Buffer.from(line ?? '').toString('base64');
  return [exact, sorted(labels), timeText(timestamp), sorted(metadata), tenant];
}

/** The time of reading is none that was recorded: lines that are read at once are a nanosecond apart. */
function timeText(timestamp: string | null): string | null {
  return timestamp?.startsWith('2026-06-15T10:') ? null : (timestamp?.replace('{year}', '2026') ?? null);
}

function sorted(record: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
