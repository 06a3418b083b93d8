import { pipelineCase } from '../test/pipeline-case.ts';

pipelineCase('| keep app', 'x', '{app="web"} x', { metadata: { m: '1' } });
pipelineCase('| keep m', 'x', '{m="1"} x', { metadata: { m: '1' } });
pipelineCase('| keep none', 'x', '{} x');
pipelineCase('| logfmt | keep a="1", b=~"x.*"', 'a=1 b=2 c=3', '{a="1"} a=1 b=2 c=3');
pipelineCase('| json | keep a', 'no json', '{__error__="JSONParserErr"} no json');
pipelineCase('| logfmt | keep a | line_format "{{.b}}"', 'a=1 b=2', '{a="1"} ');
