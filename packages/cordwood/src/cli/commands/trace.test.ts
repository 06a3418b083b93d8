import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCaptured } from '../test/run-captured.ts';

const folder = mkdtempSync(join(tmpdir(), 'cordwood-trace-'));
after(() => rmSync(folder, { recursive: true }));
const config = join(folder, 'config.alloy');
writeFileSync(
  config,
  `loki.process "p" {
	forward_to = [loki.write.out.receiver]

	stage.logfmt {
		mapping = { level = "" }
	}

	stage.labels {
		values = { level = "" }
	}

	stage.drop {
		source = "level"
		value  = "debug"
	}
}

loki.write "out" {
	endpoint {
		url = "http://127.0.0.1:1/loki/api/v1/push"
	}
}
`,
);

test('every stage and what arrives', async () => {
  const { code, out } = await runCaptured(['trace', config, '--line', 'level=info msg=x', '--labels', '{app="a"}']);
  assert.equal(code, 0);
  assert.equal(
    out.replace(/time {7}.*/, 'time       NOW'),
    `loki.process.p
  stage.logfmt
    extracted  level = "info"
  stage.labels
    label      level = "info"
  stage.drop
    no change
loki.write.out
  line       "level=info msg=x"
  labels     {"app":"a","level":"info"}
  time       NOW
`,
  );
});

test('which stage dropped it', async () => {
  const { code, out } = await runCaptured(['trace', config, '--line', 'level=debug']);
  assert.equal(code, 0);
  assert.match(
    out,
    /stage\.drop\n {4}the line ends here, or waits for others\ndropped by loki\.process\.p: drop_stage \(1\)\n$/,
  );
});

test('--format json has every snapshot', async () => {
  const { out } = await runCaptured(['trace', config, '--line', 'level=info', '--format', 'json']);
  const trace = JSON.parse(out);
  assert.deepEqual(
    trace.steps.map((step: { stage: string }) => step.stage),
    ['stage.logfmt', 'stage.labels', 'stage.drop'],
  );
  assert.deepEqual(trace.steps[0].after[0].extracted, { level: 'info' });
  assert.equal(trace.delivered[0].component, 'loki.write.out');
  assert.match(trace.delivered[0].entry.timestampNs, /^\d{19}$/);
});

test('usage: 2, with the way out', async () => {
  assert.match((await runCaptured(['trace', config])).note, /--line is missing/);
  assert.match(
    (await runCaptured(['trace', config, '--line', 'x', '--labels', 'app=a'])).note,
    /Write '\{name="value"/,
  );
  const nowhere = await runCaptured(['trace', config, '--line', 'x', '--component', 'loki.process.q']);
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.note, /these do: .*loki\.process\.p/);
});
