import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCaptured } from '../test/run-captured.ts';

const config = fileURLToPath(new URL('../../../../../greenlang/config.alloy', import.meta.url));

test('the graph of the demo', async () => {
  const { code, out } = await runCaptured(['graph', config]);
  assert.equal(code, 0);
  const names = new Map(
    [...out.matchAll(/^ {2}(n\d+)\["(.*)<br>(.*)"\]$/gm)].map(([, id, name, label]) => [id, `${name}.${label}`]),
  );
  const arrows = [...out.matchAll(/^ {2}(n\d+) --> (n\d+)$/gm)].map(
    ([, from, to]) => `${names.get(from)} > ${names.get(to)}`,
  );
  for (const arrow of [
    'local.file_match.pods > loki.source.file.pods',
    'loki.source.file.pods > loki.process.pods',
    'loki.process.pods > loki.process.redact',
    'loki.process.schema > loki.write.default',
  ])
    assert.ok(arrows.includes(arrow), `${arrow} is missing in ${arrows.join('\n')}`);
});

test('a configuration that cannot be loaded: 2', async () => {
  assert.equal((await runCaptured(['graph', `${config}.missing`])).code, 2);
});
