import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pipelineLabels } from './pipeline-labels.ts';

function gives(name: string, text: string, expected: string) {
  test(name, () => {
    const found = pipelineLabels(text, 'c.alloy');
    const shown =
      'unknown' in found
        ? `unknown: ${found.unknown}`
        : [...[...found.labels].sort(), '|', ...[...found.structuredMetadata].sort()].join(' ');
    assert.equal(shown, expected);
  });
}
const process = (body: string) => `loki.process "p" {\n\tforward_to = []\n${body}\n}\n`;

gives(
  'stages',
  process(
    'stage.labels {\n values = { level = "", "app.name" = "x" }\n}\nstage.static_labels {\n values = { env = "p" }\n}',
  ),
  'app.name env level |',
);
gives(
  'nested stages',
  process('stage.match {\n selector = "{a=\\"b\\"}"\n stage.labels {\n values = { level = "" }\n}\n}'),
  'level |',
);
gives(
  'metadata moves a label away',
  process('stage.labels {\n values = { pod = "", x = "" }\n}\nstage.structured_metadata {\n values = { pod = "" }\n}'),
  'x | pod',
);
gives(
  'groups of an expression',
  process(
    'stage.regex {\n expression = `(?P<app>\\\\w+) (?P<b>.)`\n labels_from_groups = true\n}\nstage.regex {\n expression = `(?P<no>.)`\n}',
  ),
  'app b |',
);
gives(
  'targets and rules',
  'discovery.relabel "r" {\n targets = [{"__path__" = "/x", "job" = "j"}]\n rule {\n target_label = "ns"\n}\n rule {\n target_label = "__path__"\n}\n}\nloki.write "w" {\n external_labels = { cluster = "c" }\n}\n',
  'cluster job ns |',
);
gives('a file source', 'loki.source.file "f" {\n targets = [{"app" = "a"}]\n forward_to = []\n}\n', 'app filename |');
gives(
  'labelmap',
  'discovery.relabel "r" {\n targets = []\n rule {\n action = "labelmap"\n regex = "x_(.+)"\n}\n}\n',
  'unknown: a labelmap rule copies labels',
);
gives(
  'computed labels',
  process('stage.labels {\n values = sys.env("X")\n}'),
  'unknown: stage.labels computes its labels',
);
