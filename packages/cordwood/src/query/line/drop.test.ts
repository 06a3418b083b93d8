import { pipelineCase } from '../test/pipeline-case.ts';

pipelineCase('| drop app', 'x', '{} x');
pipelineCase('| drop none', 'x', '{app="web"} x');
pipelineCase('| drop app="web"', 'x', '{} x');
pipelineCase('| drop app="db"', 'x', '{app="web"} x');
pipelineCase('| drop app=~"w.*", x', 'x', '{} x', { metadata: { x: 'm' } });
pipelineCase('| logfmt | drop a, b="2"', 'a=1 b=2 c=3', '{app="web", c="3"} a=1 b=2 c=3');
pipelineCase('| json | drop __error__, __error_details__', 'no json', '{app="web"} no json');
pipelineCase('| logfmt | drop a | logfmt', 'a=1 b=2', '{app="web", b="2"} a=1 b=2');
pipelineCase('| drop app | logfmt', 'app=inner', '{app_extracted="inner"} app=inner');
