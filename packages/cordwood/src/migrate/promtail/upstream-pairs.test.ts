import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { convertPromtail } from './convert-promtail.ts';
import { compareConfigurations, type Difference } from './test/compare-configurations.ts';

/**
 * Pairs of Promtail and Alloy configurations as `alloy convert` makes them (Apache-2.0; they stay outside of the project). Same
 * components, names and arguments, except for what is listed here with its reason; docs/decisions/010 explains more.
 */
const folder = resolve(import.meta.dirname, '../../../../../../shared/converter');

interface Deviation {
  readonly pair: string;
  readonly path: RegExp;
  readonly reason: string;
}
const deviations: readonly Deviation[] = [
  {
    pair: 'azure_event_hubs',
    path: /authentication\[0\]\.mechanism$/,
    reason: 'Alloy refuses an empty mechanism; Promtail knows one, connection_string',
  },
  { pair: 'azure_event_hubs', path: /\.assignor$/, reason: 'an empty assignor is none of those that Alloy knows' },
  ...['push_api', 'mixed_pipeline'].map((pair) => ({
    pair,
    path: /\.max_send_message_size$/,
    reason: 'with 0B every request is larger than the limit',
  })),
];

const pairs = ['testdata', 'testdata_windows'].flatMap((name) => {
  const directory = join(folder, name);
  if (!existsSync(directory)) return [];
  const inputs = readdirSync(directory).filter((file) => file.endsWith('.yaml'));
  return inputs.map((file) => join(directory, file.slice(0, -'.yaml'.length)));
});

const readIfThere = (file: string) =>
  existsSync(file) ? readFileSync(file, 'utf8').replaceAll('\r\n', '\n') : undefined;

test('pairs of alloy convert', { skip: pairs.length === 0 && `skipped: needs ${folder}` }, async (context) => {
  const used = new Set<Deviation>();
  for (const pair of pairs) {
    const name = pair.slice(pair.lastIndexOf('/') + 1);
    const allowed = ({ path }: Difference) => {
      const found = deviations.find((deviation) => deviation.pair === name && deviation.path.test(path));
      if (found !== undefined) used.add(found);
      return found !== undefined;
    };
    await context.test(name, () => {
      const { text, findings } = convertPromtail({ name: `${name}.yaml`, text: readFileSync(`${pair}.yaml`, 'utf8') });
      const shown = findings.filter(({ severity }) => severity !== 'info');
      const report = shown.map(
        ({ severity, message }) => `(${severity[0]!.toUpperCase()}${severity.slice(1)}) ${message}`,
      );
      assert.equal(report.join('\n'), (readIfThere(`${pair}.diags`) ?? '').trimEnd());
      const expected = readIfThere(`${pair}.alloy`);
      if (expected === undefined) return;
      assert.deepEqual(
        compareConfigurations(text!, expected).filter((difference) => !allowed(difference)),
        [],
      );
    });
  }
  assert.deepEqual(
    deviations.filter((deviation) => !used.has(deviation)),
    [],
    'listed, but equal',
  );
});
