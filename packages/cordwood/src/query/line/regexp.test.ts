import { pipelineCase, refusedPipeline } from '../test/pipeline-case.ts';

pipelineCase(
  '| regexp "(?P<method>[A-Z]+) (?P<path>\\\\S+)"',
  'GET /index 200',
  '{app="web", method="GET", path="/index"} GET /index 200',
);
pipelineCase('| regexp "(?P<method>[A-Z]+) (?P<path>\\\\S+)"', 'nothing', '{app="web"} nothing');
pipelineCase('| regexp "(?P<a>x)?(?P<b>y)"', 'y', '{a="", app="web", b="y"} y');
pipelineCase('| regexp "(?P<app>\\\\w+)"', 'inner', '{app="web", app_extracted="inner"} inner');
pipelineCase('| regexp "(?P<a>\\\\w+)" | regexp "(?P<a>\\\\d+)"', 'x 12', '{a="x", app="web"} x 12');
pipelineCase('| regexp "(\\\\w+) (?P<second>\\\\w+)"', 'one two', '{app="web", second="two"} one two');
refusedPipeline('| regexp "(\\\\w+)"', /at least one named capture/);
refusedPipeline('| regexp "(?P<a>("', /parse error/);
refusedPipeline('| regexp "(?P<a>x)(?P<a>y)"', /duplicate/);
