import { pipelineCase, refusedPipeline } from '../test/pipeline-case.ts';

pipelineCase(
  '| json',
  '{"a":"x","n":1.50,"ok":true}',
  '{a="x", app="web", n="1.50", ok="true"} {"a":"x","n":1.50,"ok":true}',
);
pipelineCase('| json', '{"a":{"b":{"c":1}}}', '{a_b_c="1", app="web"} {"a":{"b":{"c":1}}}');
pipelineCase('| json', '{"a":null,"list":[1,2],"e":""}', '{app="web", e=""} {"a":null,"list":[1,2],"e":""}');
pipelineCase('| json', '{"a.b-c":1,"0x":2}', '{_0x="2", a_b_c="1", app="web"} {"a.b-c":1,"0x":2}');
pipelineCase('| json', '{"a":1,"a":2}', '{a="1", app="web"} {"a":1,"a":2}');
pipelineCase('| json', '{"a":"\\u0041\\n\\""}', '{a="A\\n\\"", app="web"} {"a":"\\u0041\\n\\""}');
pipelineCase('| json', 'no json', '{__error__="JSONParserErr", app="web"} no json');
pipelineCase('| json', '', '{__error__="JSONParserErr", app="web"} ');
pipelineCase('| json', '[1,2]', '{__error__="JSONParserErr", app="web"} [1,2]');
pipelineCase('| json', '{"a":1,"b":', '{__error__="JSONParserErr", a="1", app="web"} {"a":1,"b":');
pipelineCase(
  '| json',
  '{"app":"inner","trace":"t"}',
  '{app="web", app_extracted="inner", trace="m", trace_extracted="t"} {"app":"inner","trace":"t"}',
  { metadata: { trace: 'm' } },
);
pipelineCase('| json | json', '{"a":"x"}', '{a="x", app="web"} {"a":"x"}');
pipelineCase(
  '| json a="x.y", b="list[0]", c="none"',
  '{"x":{"y":5},"list":["first"]}',
  '{a="5", app="web", b="first", c=""} {"x":{"y":5},"list":["first"]}',
);
pipelineCase('| json a="[\\"x y\\"]"', '{"x y":"z"}', '{a="z", app="web"} {"x y":"z"}');
pipelineCase('| json app', '{"app":"inner"}', '{app="web", app_extracted="inner"} {"app":"inner"}');
pipelineCase('| json app', '{"other":1}', '{app="web"} {"other":1}');
pipelineCase('| json o', '{"o":{"deep":[1]}}', '{app="web", o="{\\"deep\\":[1]}"} {"o":{"deep":[1]}}');
pipelineCase('| json a', 'no json', '{__error__="JSONParserErr", app="web"} no json');
refusedPipeline('| json a="x["', /parse error/);
