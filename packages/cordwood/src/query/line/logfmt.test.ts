import { pipelineCase, refusedPipeline } from '../test/pipeline-case.ts';

pipelineCase(
  '| logfmt',
  'level=info msg="two words" n=1',
  '{app="web", level="info", msg="two words", n="1"} level=info msg="two words" n=1',
);
pipelineCase('| logfmt', 'a= b c=""', '{app="web"} a= b c=""');
pipelineCase('| logfmt --keep-empty', 'a= b c=""', '{a="", app="web", b="", c=""} a= b c=""');
pipelineCase('| logfmt', 'a=1 a=2', '{a="1", app="web"} a=1 a=2');
pipelineCase('| logfmt', 'a.b=1 1c=2', '{_1c="2", a_b="1", app="web"} a.b=1 1c=2');
pipelineCase(
  '| logfmt',
  'msg="a \\"quote\\" and \\n"',
  '{app="web", msg="a \\"quote\\" and \\n"} msg="a \\"quote\\" and \\n"',
);
pipelineCase('| logfmt', 'a=1 b="open', '{a="1", app="web"} a=1 b="open');
pipelineCase('| logfmt --strict', 'a=1 b="open c=3', '{__error__="LogfmtParserErr", a="1", app="web"} a=1 b="open c=3');
pipelineCase('| logfmt --strict', 'a=1 "x"=3', '{__error__="LogfmtParserErr", a="1", app="web"} a=1 "x"=3');
pipelineCase('| logfmt', '', '{app="web"} ');
pipelineCase(
  '| logfmt',
  'app=inner trace=t',
  '{app="web", app_extracted="inner", trace="m", trace_extracted="t"} app=inner trace=t',
  { metadata: { trace: 'm' } },
);
pipelineCase('| logfmt l="level", m="none"', 'level=info msg=x', '{app="web", l="info", m=""} level=info msg=x');
pipelineCase('| logfmt app', 'app=inner', '{app="web", app_extracted="inner"} app=inner');
pipelineCase(
  '| logfmt --strict l="level"',
  'level=info b="open',
  '{__error__="LogfmtParserErr", app="web", l="info"} level=info b="open',
);
refusedPipeline('| logfmt a="b c"', /parse error/);
