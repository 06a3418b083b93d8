import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCaptured } from '../test/run-captured.ts';

const root = join(import.meta.dirname, '../../../../..');
const folder = mkdtempSync(join(tmpdir(), 'cordwood-lint-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A definition in a folder of its own, without node_modules: GreenLang's with a change. */
function definition(name: string, change: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(
    join(path, 'platform.ts'),
    `import greenlang from '${join(root, 'greenlang/platform.ts')}';
import { definePlatform } from '@cordwood/platform';

const { tenants, ...rest } = greenlang.definition;
export default definePlatform({
  ...rest,
  tenants: {
    ...tenants,
${change}
  },
});
`,
  );
  return path;
}
const broken = definition(
  'broken',
  `    'compliance-audit': { ...tenants['compliance-audit']!, deletionMode: 'filter-and-delete' },`,
);

test('GreenLang is clean', async () => {
  const { code, out, note } = await runCaptured(['lint', join(root, 'greenlang')]);
  assert.deepEqual([code, out], [0, '']);
  assert.match(note, /^\d{2,3} checks over \d+ artifacts in \d+ ms: 0 errors, 0 warnings, \d accepted/);
});

test('a finding has its id, its place in the definition with a caret, the reason and what to do', async () => {
  const { code, out } = await runCaptured(['lint', broken]);
  assert.equal(code, 1);
  assert.match(out, /platform\.ts:9:60: error: compliance-audit: filter-and-delete \[retention\/deletable-evidence\]/);
  assert.match(out, /\n +\| +\^+\n/);
  assert.match(out, /fix: deletionMode: 'disabled'/);
});

test('every format names the finding', async () => {
  const outputs = new Map<string, string>();
  for (const format of ['json', 'sarif', 'junit', 'github']) {
    const { code, out } = await runCaptured(['lint', broken, '--format', format]);
    assert.equal(code, 1);
    outputs.set(format, out);
  }
  const found = JSON.parse(outputs.get('json')!).findings.filter(
    (one: { accepted?: string }) => one.accepted === undefined,
  );
  assert.ok(found.some(({ id }: { id: string }) => id === 'retention/deletable-evidence'));
  const [run] = JSON.parse(outputs.get('sarif')!).runs;
  const result = run.results.find(({ ruleId }: { ruleId: string }) => ruleId === 'retention/deletable-evidence');
  assert.equal(result.locations[0].physicalLocation.region.startLine, 9);
  assert.equal(run.tool.driver.rules[result.ruleIndex].id, result.ruleId);
  assert.match(
    outputs.get('junit')!,
    /<testcase classname="cordwood lint" name="retention\/deletable-evidence"[^>]*line="9">\n +<failure/,
  );
  assert.match(
    outputs.get('github')!,
    /^::error file=.*platform\.ts,line=9,col=60,title=retention\/deletable-evidence::/m,
  );
});

test('a definition with errors: all of them, each with its place, exit code 2', async () => {
  const path = definition('wrong', `    x: { description: 'x', limits: {}, retention: '30 days' },`);
  const { code, note } = await runCaptured(['lint', path]);
  assert.equal(code, 2);
  assert.match(note, /platform\.ts:9:\d+: error: tenants\.x\.retention: is no duration/);
  assert.match(note, /tenants\.x\.limits\.ingestionRateMb/);
});

test('a patch that meets nothing is an error of the definition, with its place', async () => {
  const path = definition(
    'patched',
    `  },
  patches: [{ artifact: 'helm/loki/values-none.yaml', at: ['a'], set: 1, reason: 'test' }],
  dashboards: {`,
  );
  const { code, note } = await runCaptured(['lint', path]);
  assert.equal(code, 2);
  assert.match(
    note,
    /platform\.ts:10:\d+: error: patches\[0\]\.artifact: nothing renders helm\/loki\/values-none\.yaml/,
  );
});

test('an acceptance that meets nothing is a warning', async () => {
  const path = definition(
    'stale',
    `  },
  accept: [...(rest.accept ?? []), { check: 'retention/minimum', reason: 'long ago' }],
  dashboards: {`,
  );
  const { code, out } = await runCaptured(['lint', path]);
  assert.match(out, /warning: nothing is found any more by retention\/minimum \[accept\/unused\]/);
  assert.equal(code, 1, 'the rules of this copy have no tests');
});

test('--list names every check', async () => {
  const { code, out } = await runCaptured(['lint', '--list']);
  assert.equal(code, 0);
  assert.ok(out.split('\n').length > 80);
  assert.match(out, /^redaction\/before-export +error +Every way/m);
});
