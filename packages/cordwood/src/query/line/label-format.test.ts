import { pipelineCase, refusedPipeline } from '../test/pipeline-case.ts';

pipelineCase('| label_format service=app', 'x', '{service="web"} x');
pipelineCase('| label_format service=none', 'x', '{app="web"} x');
pipelineCase('| label_format a="{{.app}}-1"', 'x', '{a="web-1", app="web"} x');
pipelineCase('| label_format app="{{.app}}-1"', 'x', '{app="web-1"} x');
pipelineCase('| label_format a="{{.app}}", b="{{.a}}"', 'x', '{a="web", app="web", b=""} x');
pipelineCase('| label_format a="" ', 'x', '{a="", app="web"} x');
pipelineCase('| logfmt | label_format app=a', 'a=1', '{app="1"} a=1');
pipelineCase('| label_format app=trace', 'x', '{app="m"} x', { metadata: { trace: 'm' } });
pipelineCase('| label_format t=`{{__line__ | len}}`', 'hello', '{app="web", t="5"} hello');
refusedPipeline('| label_format a=b,a=c', /multiple label name|specified more than once|duplicate/i);
refusedPipeline('| label_format a="{{.x"', /template/);
