import { pipelineCase } from '../test/pipeline-case.ts';

pipelineCase('| decolorize', '\u001b[31mred\u001b[0m text', '{app="web"} red text');
pipelineCase('| decolorize', '\u001b[1;38;5;208mbold\u001b[m', '{app="web"} bold');
pipelineCase('| decolorize', 'plain [31m', '{app="web"} plain [31m');
pipelineCase('| decolorize | logfmt', '\u001b[36mlevel\u001b[0m=info', '{app="web", level="info"} level=info');
pipelineCase('| decolorize |= "red text"', '\u001b[31mred\u001b[0m text', 'dropped');
