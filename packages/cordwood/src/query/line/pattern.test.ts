import { pipelineCase, refusedPipeline } from '../test/pipeline-case.ts';

pipelineCase(
  '| pattern "<method> <path> <_>"',
  'GET /index 200',
  '{app="web", method="GET", path="/index"} GET /index 200',
);
pipelineCase('| pattern "<ip> - <rest>"', '1.2.3.4 - x - y', '{app="web", ip="1.2.3.4", rest="x - y"} 1.2.3.4 - x - y');
pipelineCase(
  '| pattern "[<level>] <msg>"',
  '[warn] low disk',
  '{app="web", level="warn", msg="low disk"} [warn] low disk',
);
pipelineCase('| pattern "[<level>] <msg>"', 'no brackets', '{app="web"} no brackets');
pipelineCase('| pattern "<a>=<b>;"', 'x=', '{a="x", app="web", b=""} x=');
pipelineCase('| pattern "<app> <_>"', 'inner x', '{app="web", app_extracted="inner"} inner x');
refusedPipeline('| pattern "<_> x"', /parse error/);
refusedPipeline('| pattern "<a><b>"', /parse error/);
refusedPipeline('| pattern "text"', /parse error/);
