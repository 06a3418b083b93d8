import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { type Workplace, withWorkplace } from '../../agent/test/agent-under-test.ts';
import { PushServer } from '../../agent/test/push-server.ts';
import { systemDisk } from '../../world/system-disk.ts';
import { convertPromtail } from '../promtail/convert-promtail.ts';
import { planPositions } from './plan-positions.ts';

/**
 * Promtail stopped somewhere in its files; its configuration is converted, its positions are planned and written, and the agent
 * takes over. What arrives is what Promtail had not sent: nothing twice, nothing missing.
 */
async function takeover(
  work: Workplace,
  server: PushServer,
  files: Readonly<Record<string, string>>,
  positions: Readonly<Record<string, number>>,
): Promise<void> {
  for (const [name, text] of Object.entries(files)) writeFileSync(work.path(name), text);
  const promtail = `clients: [{url: "${server.url}", batchwait: 100ms}]
positions: {filename: ${work.path('positions.yaml')}}
scrape_configs:
  - job_name: app
    static_configs:
      - labels: {__path__: "${work.path('*.log')}", job: app}
  - job_name: pods
    static_configs:
      - labels: {__path__: "${work.path('pods/*/*.log')}", job: pods}
`;
  const { text } = convertPromtail({ name: 'promtail.yaml', text: promtail });
  const legacy = Object.entries(positions).map(([name, offset]) => `  ${work.path(name)}: "${offset}"\n`);
  const planned = await planPositions({
    positions: { name: 'positions.yaml', text: `positions:\n${legacy.join('')}` },
    config: { name: 'config.alloy', text: text! },
    storagePath: work.path('data'),
    disk: systemDisk,
  });
  assert.ok('plan' in planned);
  for (const { path, text: written } of planned.plan.files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, written);
  }
  await work.start(text!);
}

function takes(
  name: string,
  files: Readonly<Record<string, string>>,
  positions: Readonly<Record<string, number>>,
  expected: readonly string[],
  during: (work: Workplace) => void = () => {},
): void {
  test(name, () =>
    withWorkplace(async (work) => {
      const server = new PushServer();
      await server.listen();
      try {
        mkdirSync(work.path('pods/web'), { recursive: true });
        await takeover(work, server, files, positions);
        during(work);
        await work.until(`lines (have ${JSON.stringify(server.lines)})`, () => server.lines.length >= expected.length);
        for (let i = 0; i < 20; i++) await work.clock.advance(50);
        assert.deepEqual([...server.lines].sort(), [...expected].sort());
      } finally {
        await server.close();
      }
    }),
  );
}

takes(
  'only what Promtail had not read is sent',
  { 'a.log': 'a1\na2\na3\n', 'b.log': 'b1\n', 'pods/web/0.log': 'p1\np2\n' },
  { 'a.log': 3, 'b.log': 3, 'pods/web/0.log': 3 },
  ['a2', 'a3', 'p2', 'b2'],
  (work) => appendFileSync(work.path('b.log'), 'b2\n'),
);
takes('a file that Promtail never saw is read from its start', { 'a.log': 'a1\n', 'new.log': 'n1\n' }, { 'a.log': 3 }, [
  'n1',
]);
takes('a line that was not finished is sent once, whole', { 'a.log': 'a1\nhal' }, { 'a.log': 3 }, ['half'], (work) =>
  appendFileSync(work.path('a.log'), 'f\n'),
);
takes('a file that was replaced since is read from its start', { 'a.log': 'new1\nnew2\n' }, { 'a.log': 4000 }, [
  'new1',
  'new2',
]);
takes(
  'a file of the same size that is another one is read from its start',
  { 'a.log': 'other text\nmore\n' },
  { 'a.log': 5 },
  ['other text', 'more'],
);
takes(
  'a file that is gone does not come back',
  { 'a.log': 'a1\na2\n', 'gone.log': 'g1\n' },
  { 'a.log': 3, 'gone.log': 3 },
  ['a2'],
  (work) => rmSync(work.path('gone.log')),
);
