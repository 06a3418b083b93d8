import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runReceiver } from '../test/run-receiver.ts';

function enriches(
  name: string,
  args: string,
  labels: Readonly<Record<string, string>>,
  expected: Readonly<Record<string, string>>,
): void {
  test(name, async () => {
    const config = `loki.enrich "e" {
      forward_to = [test.sink.out.receiver]
      targets    = [{ host = "h1", env = "prod", team = "a" }, { host = "h2", env = "dev", team = "b" }]
      target_match_label = "host"
      ${args}
    }`;
    const { out } = await runReceiver('loki.enrich.e', config, [{ line: 'x', labels }]);
    assert.deepEqual(out[0]!.labels, expected);
  });
}

enriches('all labels of the target', '', { host: 'h2' }, { host: 'h2', env: 'dev', team: 'b' });
enriches('named labels', 'labels_to_copy = ["env"]', { host: 'h1' }, { host: 'h1', env: 'prod' });
enriches(
  'another name in the logs',
  'logs_match_label = "hostname"\nlabels_to_copy = ["team", "absent"]',
  { hostname: 'h1' },
  { hostname: 'h1', team: 'a' },
);
enriches(
  'labels of the target win',
  'labels_to_copy = ["env"]',
  { host: 'h1', env: 'old' },
  { host: 'h1', env: 'prod' },
);
enriches('no target', '', { host: 'h3' }, { host: 'h3' });
enriches('no label', '', { app: 'x' }, { app: 'x' });
