import { pipelineCase } from '../test/pipeline-case.ts';

pipelineCase('| unpack', '{"a":"1","_entry":"the line"}', '{a="1", app="web"} the line');
pipelineCase('| unpack', '{"a":"1","n":2,"_entry":"the line"}', '{a="1", app="web"} the line');
pipelineCase('| unpack', '{"a":"1"}', '{app="web"} {"a":"1"}');
pipelineCase('| unpack', '{"app":"inner","_entry":"x"}', '{app="web", app_extracted="inner"} x');
pipelineCase('| unpack', 'no json', '{__error__="JSONParserErr", app="web"} no json');
pipelineCase('| unpack', '', '{app="web"} ');
pipelineCase('| unpack |= "line"', '{"a":"1","_entry":"the line"}', '{a="1", app="web"} the line');
pipelineCase('| unpack | a="1"', '{"a":"1","_entry":"the line"}', '{a="1", app="web"} the line');
