import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@cordwood/alloy';
import { pipelineMutants } from './pipeline-mutants.ts';

const config = `loki.process "p" {
	forward_to = []

	// the level
	stage.json {
		expressions = {level = "", id = "a.b"}
	}

	stage.match {
		selector = "{a=\\"b\\"}"

		stage.label_drop {
			values = ["x", "y"]
		}
	}

	stage.tenant {
		value = coalesce(sys.env("T"), "shop")
	}
}
`;

test('every change of a pipeline, each of which parses', () => {
  const mutants = [...pipelineMutants(config, 'c.alloy')];
  for (const { text, what } of mutants) assert.deepEqual(parse({ name: 'm', text }).diagnostics, [], what);
  assert.deepEqual(
    mutants.map(({ what, offset }) => `${config.slice(0, offset).split('\n').length} ${what}`),
    [
      '5 stage.json (the level) is left out',
      '6 stage.json (the level): expressions without level = ""',
      '6 stage.json (the level): expressions without id = "a.b"',
      '9 stage.match (selector = "{a=\\"b\\"}") is left out',
      '12 stage.label_drop (values = ["x", "y"]) is left out',
      '13 stage.label_drop (values = ["x", "y"]): values without "x"',
      '13 stage.label_drop (values = ["x", "y"]): values without "y"',
      '17 stage.tenant (value = coalesce(sys.env("T"), "shop")) is left out',
      '18 stage.tenant (value = coalesce(sys.env("T"), "shop")): value has another text',
      '18 stage.tenant (value = coalesce(sys.env("T"), "shop")): value has another text',
    ],
  );
});
