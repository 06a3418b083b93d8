import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { readAcceptFile } from '../../packages/cordwood/src/migrate/parity/accept-file.ts';
import { readNodeLogs } from '../../packages/cordwood/src/migrate/parity/node-logs.ts';
import { type ParityReport, runParity } from '../../packages/cordwood/src/migrate/parity/run-parity.ts';
import { convertPromtail } from '../../packages/cordwood/src/migrate/promtail/convert-promtail.ts';

// TR-010, criterion 13: what Promtail sends today and what Alloy will send, of the same logs of a node.

const here = import.meta.dirname;
const promtail = { name: 'promtail.yaml', text: readFileSync(join(here, 'promtail.yaml'), 'utf8') };
const alloyFile = resolve(here, '../../deployment/helm/alloy/files/prod.alloy');
const acceptText = readFileSync(join(here, 'accept.yaml'), 'utf8');

async function parity(alloy: string, accept = acceptText): Promise<ParityReport> {
  const read = readNodeLogs(join(here, 'logs'));
  assert.ok('logs' in read);
  const { rules, diagnostics } = readAcceptFile(accept, 'accept.yaml');
  assert.deepEqual(diagnostics, []);
  const result = await runParity({
    from: promtail,
    to: { name: 'prod.alloy', text: alloy },
    logs: read.logs,
    accept: rules,
    environment: {},
    expandEnv: false,
    startNs: BigInt(Date.UTC(2026, 1, 3, 12)) * 1_000_000n,
    writers: { from: undefined, to: undefined },
  });
  assert.ok('report' in result, JSON.stringify(result));
  return result.report;
}

const alloy = readFileSync(alloyFile, 'utf8');

test("today's Promtail converts without a loss", () => {
  const { findings, refusals, text } = convertPromtail(promtail);
  assert.deepEqual(
    [...findings, ...refusals].filter(({ severity }) => severity === 'error' || severity === 'critical'),
    [],
  );
  assert.match(text!, /prefix += "promtail_custom_"/);
});

test('the converted configuration sends the same as Promtail', async () => {
  const { text } = convertPromtail(promtail);
  const { groups, readers } = await parity(text!, 'accept: []');
  assert.deepEqual(groups, []);
  assert.equal(
    readers.reduce((sum, { entries }) => sum + entries.equal, 0),
    41,
  );
});

test('the eight scrape jobs send everything that Promtail sent; what differs is explained', async () => {
  const { groups, readers, unused } = await parity(alloy);
  assert.deepEqual(
    groups.filter(({ accepted }) => accepted === undefined),
    [],
  );
  assert.deepEqual(
    unused.map(({ difference }) => difference),
    [],
  );
  assert.deepEqual(
    new Set(readers.map(({ job }) => job).filter((job) => job !== '')),
    new Set([
      'kubernetes-pods',
      'eudr-agent',
      'cbam-agent',
      'sb253-agent',
      'csrd-agent',
      'api-gateway',
      'audit-logs',
      'systemd-journal',
    ]),
  );
});

const breakages: readonly [name: string, from: string | RegExp, to: string, difference: string][] = [
  ['a job that is lost', 'job = "cbam-agent"', 'job = "other"', 'label job'],
  ['audit lines in the wrong tenant', 'value = "compliance-audit"', 'value = "greenlang-dev"', 'tenant'],
  ['a time that is not read', /\tstage\.timestamp \{[\s\S]*?\n\t\}\n/, '', 'timestamp'],
  ['lines that are dropped', 'stage.cri { }', 'stage.cri { }\n\tstage.drop { expression = "supplier" }', 'missing'],
  [
    'lines that are cut',
    'stage.cri { }',
    'stage.cri { }\n\tstage.truncate {\n\t\trule {\n\t\t\tlimit = "60B"\n\t\t}\n\t}',
    'line',
  ],
];
for (const [name, from, to, difference] of breakages) {
  test(`parity finds ${name}`, async () => {
    const broken = alloy.replaceAll(typeof from === 'string' ? from : new RegExp(from, 'g'), to);
    assert.notEqual(broken, alloy);
    const { groups } = await parity(broken);
    const found = groups.filter(({ accepted }) => accepted === undefined).map((group) => group.difference);
    assert.ok(found.includes(difference), found.join(', '));
  });
}
