import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesAfter } from '../test/run-stages.ts';

const stages = (template: string) =>
  `stage.json {\n expressions = { v = "", w = "" }\n}\nstage.template {\n source = "v"\n template = ${JSON.stringify(template)}\n}\nstage.output {\n source = "v"\n}`;
const gives = (template: string, line: string, expected: string) =>
  test(`${template} on ${line}`, async () => assert.deepEqual(await linesAfter(stages(template), [line]), [expected]));

gives('{{ .Value | ToUpper }}-{{ .w }}', '{"v":"a","w":2}', 'A-2');
gives('{{ .nope }}', '{"v":"a"}', '<no value>');
gives('', '{"v":"a"}', '{"v":"a"}');
gives('{{ index .v 99 }}', '{"v":"a"}', 'a');
gives('{{ .Entry }}!', '{"v":"a"}', '{"v":"a"}!');
