import assert from 'node:assert/strict';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { plantedSecrets } from '../planted-secrets.ts';
import { startDemo } from './demo.ts';

/** Real processes: what they have written is looked at until it is enough, or the patience is over. */
async function until(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + 60_000;
  while (!holds()) {
    if (Date.now() > end) assert.fail(`waited too long for ${what}`);
    await delay(50);
  }
}

test('the services run, call each other in one trace, are started again, and end with their last line written', async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'demo-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  const podsDirectory = join(directory, 'pods');
  const messages: string[] = [];
  const demo = await startDemo({ podsDirectory, seed: 3, log: (_level, message) => messages.push(message) });
  const lines = () =>
    globSync('*/*/*.log', { cwd: podsDirectory }).flatMap((file) =>
      readFileSync(join(podsDirectory, file), 'utf8').split('\n').slice(0, -1),
    );
  const records = () =>
    lines().flatMap((line) =>
      line.includes(' F {') ? [JSON.parse(line.slice(line.indexOf('{'))) as Record<string, string>] : [],
    );
  try {
    assert.equal(demo.services().filter((service) => service.url !== undefined).length, 8);
    assert.deepEqual([...new Set(demo.services().map((service) => service.namespace))].sort(), [
      'greenlang-audit',
      'greenlang-dev',
      'greenlang-prod',
      'greenlang-staging',
    ]);

    await until('a filing that is in the audit trail', () => {
      const services = new Map<string, Set<string>>();
      for (const { trace_id, service } of records()) {
        if (trace_id === undefined) continue;
        const seen = services.get(trace_id) ?? new Set();
        services.set(trace_id, seen.add(service as string));
      }
      return [...services.values()].some(
        (seen) => ['customer-portal', 'api-gateway', 'audit-trail'].every((name) => seen.has(name)) && seen.size === 4,
      );
    });

    const victim = demo.services().find((service) => service.name === 'eudr-agent');
    process.kill(victim?.processId as number, 'SIGKILL');
    await until(
      'the restart',
      () =>
        globSync('*/eudr-agent/1.log', { cwd: podsDirectory }).length === 1 &&
        demo.services().find((service) => service.name === 'eudr-agent')?.url !== undefined,
    );
    assert.ok(messages.includes('eudr-agent ended, it is started again'));
  } finally {
    await demo.stop();
  }
  const written = lines();
  for (const line of written) assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z (stdout|stderr) [FP] /);
  assert.equal(records().filter((record) => record['event'] === 'service_stopping').length, 8);
  const outsideTheCatalogue = lines().filter((line) => line.includes('"schema_violation":'));
  assert.deepEqual(outsideTheCatalogue, [], 'every line fits the schema and its event');
  assert.ok(
    plantedSecrets().some(({ value }) => written.some((line) => line.includes(value))),
    'nothing was planted',
  );
});
