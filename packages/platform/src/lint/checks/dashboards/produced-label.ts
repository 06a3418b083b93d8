import { type Expression, type LabelFilter, type LogExpression, parse, type Stage, walk } from '@cordwood/logql';
import { producedLabels } from '../../../produced-labels.ts';
import type { Check } from '../../check.ts';
import { renderedQueries } from '../../rendered-dashboards.ts';

export const producedLabel: Check = {
  id: 'dashboards/produced-label',
  severity: 'error',
  title: 'Dashboards choose and group by labels that the pipeline produces',
  reason: 'A selector with a label that no stream has finds nothing. The panel is empty, and looks like a quiet day.',
  fix: 'Use a label of the pipeline (scrapeJobs.<name>.labels), structured metadata after a |, or extract the field first.',
  find(input) {
    const configs = input.artifacts.filter(({ path }) => /^local\/[^/]+\/config[.]alloy$/.test(path));
    if (configs.length === 0) return [];
    const produced = configs.map(({ text }) => producedLabels(text));
    const isIndex = (name: string) => produced.some(({ index }) => index.has(name));
    const isKnown = (name: string) => isIndex(name) || produced.some(({ metadata }) => metadata.has(name));
    return renderedQueries(input)
      .filter(({ language }) => language === 'logql')
      .flatMap(({ path, panel, expr, sent }) => {
        const { expression } = parse(sent);
        if (expression === undefined) return [];
        return [...unknownLabels(expression, isIndex, isKnown)].map((problem) => ({
          message: `panel "${panel}" ${problem}`,
          at: 'dashboards',
          in: { path, text: JSON.stringify(expr).slice(1, 60) },
        }));
      });
  },
};

/** What each problem is, once. */
function unknownLabels(
  expression: Expression,
  isIndex: (name: string) => boolean,
  isKnown: (name: string) => boolean,
): ReadonlySet<string> {
  const problems = new Set<string>();
  const logs = [...walk(expression)].filter((node): node is LogExpression => node.kind === 'log');
  const extracted = new Set(logs.flatMap(({ stages }) => stages.flatMap(namesMadeBy)));
  const isOpen = logs.some(({ stages }) => stages.some(extractsEverything));
  const demand = (name: string, how: string) => {
    if (!isOpen && !isKnown(name) && !extracted.has(name) && !name.startsWith('__error'))
      problems.add(`${how} ${name}, which nothing produces`);
  };
  for (const { selector, stages } of logs) {
    for (const { name } of selector.matchers)
      if (!isIndex(name)) problems.add(`selects streams by ${name}, which is no label of a stream`);
    for (const stage of stages)
      if (stage.kind === 'labelFilter') for (const name of namesIn(stage.filter)) demand(name, 'filters by');
  }
  for (const node of walk(expression)) {
    if ((node.kind === 'vectorAggregation' || node.kind === 'rangeAggregation') && node.grouping !== undefined)
      for (const name of node.grouping.labels) demand(name, 'groups by');
    if (node.kind === 'logRange' && node.unwrap !== undefined) demand(node.unwrap.label, 'unwraps');
  }
  return problems;
}

function namesIn(filter: LabelFilter): readonly string[] {
  return filter.kind === 'binary' ? [...namesIn(filter.left), ...namesIn(filter.right)] : [filter.name];
}

function namesMadeBy(stage: Stage): readonly string[] {
  switch (stage.kind) {
    case 'json':
    case 'logfmt':
      return stage.extractions.map(({ name }) => name);
    case 'labelFormat':
      return stage.operations.map(({ name }) => name);
    case 'regexp':
    case 'pattern':
      return [...stage.pattern.matchAll(/<(\w+)>/g)].map(([, name]) => name!);
    default:
      return [];
  }
}

const extractsEverything = (stage: Stage): boolean =>
  stage.kind === 'unpack' || ((stage.kind === 'json' || stage.kind === 'logfmt') && stage.extractions.length === 0);
