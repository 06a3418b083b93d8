import { pipelineCase, refusedPipeline } from '../test/pipeline-case.ts';

const line = 'n=5 took=1.5s size=2KB ip=10.0.0.7 s=error e=';
pipelineCase('| logfmt | keep s | s="error"', line, '{s="error"} n=5 took=1.5s size=2KB ip=10.0.0.7 s=error e=');
pipelineCase('| logfmt | keep s | s=~"err"', line, 'dropped');
pipelineCase('| logfmt | keep s | s=~"err.*"', line, '{s="error"} n=5 took=1.5s size=2KB ip=10.0.0.7 s=error e=');
pipelineCase('| logfmt | keep s | s!="error"', line, 'dropped');
pipelineCase('| logfmt | keep s | s!~"warn|info"', line, '{s="error"} n=5 took=1.5s size=2KB ip=10.0.0.7 s=error e=');
pipelineCase('| none=""', 'x', '{app="web"} x');
pipelineCase('| none!=""', 'x', 'dropped');
pipelineCase('| logfmt | keep n | n > 4', line, '{n="5"} n=5 took=1.5s size=2KB ip=10.0.0.7 s=error e=');
pipelineCase('| logfmt | keep n | n == 5.0', line, '{n="5"} n=5 took=1.5s size=2KB ip=10.0.0.7 s=error e=');
pipelineCase('| logfmt | keep n | n < 5', line, 'dropped');
pipelineCase('| logfmt | keep n | none > 4', line, 'dropped');
pipelineCase(
  '| logfmt | keep s | s > 4',
  line,
  '{__error__="LabelFilterErr", s="error"} n=5 took=1.5s size=2KB ip=10.0.0.7 s=error e=',
);
pipelineCase('| logfmt | keep took | took > 1s', line, '{took="1.5s"} n=5 took=1.5s size=2KB ip=10.0.0.7 s=error e=');
pipelineCase('| logfmt | keep took | took <= 1499ms', line, 'dropped');
pipelineCase('| logfmt | keep size | size >= 2KB', line, '{size="2KB"} n=5 took=1.5s size=2KB ip=10.0.0.7 s=error e=');
pipelineCase('| logfmt | keep size | size > 2KiB', line, 'dropped');
pipelineCase(
  '| logfmt | keep ip | ip=ip("10.0.0.0/8")',
  line,
  '{ip="10.0.0.7"} n=5 took=1.5s size=2KB ip=10.0.0.7 s=error e=',
);
pipelineCase('| logfmt | keep ip | ip!=ip("10.0.0.1-10.0.0.9")', line, 'dropped');
pipelineCase(
  '| logfmt | keep n, s | s="error" and n=5',
  line,
  '{n="5", s="error"} n=5 took=1.5s size=2KB ip=10.0.0.7 s=error e=',
);
pipelineCase('| logfmt | keep n, s | s="error", n=6', line, 'dropped');
pipelineCase(
  '| logfmt | keep n, s | s="info" or n=5',
  line,
  '{n="5", s="error"} n=5 took=1.5s size=2KB ip=10.0.0.7 s=error e=',
);
pipelineCase('| logfmt | keep n, s | (s="info" or n=5) and app="web"', line, 'dropped');
pipelineCase('| json | __error__=""', 'no json', 'dropped');
pipelineCase('| json | __error__="JSONParserErr"', 'no json', '{__error__="JSONParserErr", app="web"} no json');
pipelineCase('| app="web"', 'x', '{app="web"} x');
pipelineCase('| trace="t"', 'x', '{app="web", trace="t"} x', { metadata: { trace: 't' } });
refusedPipeline('| a=~"("', /error parsing regexp/);
refusedPipeline('| a=ip("x")', /parse error/);
refusedPipeline('| a > "5"', /syntax error/);
