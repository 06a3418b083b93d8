import { pipelineCase, refusedPipeline } from '../test/pipeline-case.ts';

pipelineCase('| line_format "{{.app}}: {{__line__}}"', 'hello', '{app="web"} web: hello');
pipelineCase('| line_format "{{.none}}|"', 'hello', '{app="web"} |');
pipelineCase('| logfmt | line_format "{{.a | upper}}" | keep a', 'a=x', '{a="x"} X');
pipelineCase('| line_format "{{if eq .app `web`}}yes{{else}}no{{end}}"', 'hello', '{app="web"} yes');
pipelineCase('| line_format "{{__timestamp__ | unixEpoch}}"', 'hello', '{app="web"} 1795132800');
pipelineCase('| line_format ""', 'hello', '{app="web"} ');
pipelineCase('| json | line_format "{{.__error__}}" | drop __error__', 'no json', '{app="web"} JSONParserErr');
pipelineCase('| line_format "{{.x}}"', 'hello', '{app="web", x="m"} m', { metadata: { x: 'm' } });
pipelineCase('| line_format "{{.app | int | add 1}}"', 'hello', '{app="web"} 1');
refusedPipeline('| line_format "{{.app"', /invalid line template|template/);
refusedPipeline('| line_format "{{nofunc .app}}"', /nofunc/);
