import { type LabelFilter, logExpressions, type Span, walk } from '@cordwood/logql';
import { closestName } from '../../model/closest-name.ts';
import type { PipelineLabels, RuleCheck, RuleFinding } from './rule-check.ts';

/** What Loki itself gives to entries. */
const lokiLabels = new Set(['service_name']);
const lokiMetadata = new Set(['detected_level']);
const parsers = new Set(['json', 'logfmt', 'regexp', 'pattern', 'unpack', 'labelFormat']);

export const unknownLabels: RuleCheck = {
  name: 'unknown-labels',
  severity: 'error',
  describe: 'The rule selects by a label that no pipeline produces, so it never sees a line. Needs --pipeline.',
  check({ expression }, { pipelineLabels }) {
    if (pipelineLabels === undefined) return [];
    const findings: RuleFinding[] = [];
    for (const log of logExpressions(expression)) {
      for (const { name, span } of log.selector.matchers) findings.push(...selected(name, span, pipelineLabels));
      for (const stage of log.stages) {
        // From here on the line itself brings labels.
        if (parsers.has(stage.kind)) break;
        if (stage.kind !== 'labelFilter') continue;
        for (const { name, span } of filterNames(stage.filter)) findings.push(...filtered(name, span, pipelineLabels));
      }
    }
    for (const node of walk(expression)) {
      if (node.kind !== 'vectorAggregation' || node.grouping === undefined || node.grouping.without) continue;
      const logs = [...logExpressions(node)];
      if (logs.some(({ stages }) => stages.some(({ kind }) => parsers.has(kind)))) continue;
      if ([...walk(node)].some(({ kind }) => kind === 'labelReplace' || kind === 'literal')) continue;
      for (const name of node.grouping.labels) findings.push(...filtered(name, node.grouping.span, pipelineLabels));
    }
    return findings;
  },
};

function selected(name: string, span: Span, known: PipelineLabels): RuleFinding[] {
  if (known.labels.has(name) || lokiLabels.has(name)) return [];
  if (known.structuredMetadata.has(name) || lokiMetadata.has(name)) {
    const message = `${name} is structured metadata, not a label of streams: the selector matches nothing`;
    return [{ message, hint: `after the selector: | ${name}="…"`, span }];
  }
  return [unknown(name, span, known.labels)];
}

function filtered(name: string, span: Span, known: PipelineLabels): RuleFinding[] {
  const names = new Set([...known.labels, ...known.structuredMetadata, ...lokiLabels, ...lokiMetadata]);
  return names.has(name) || name.startsWith('__') ? [] : [unknown(name, span, names)];
}

function unknown(name: string, span: Span, names: ReadonlySet<string>): RuleFinding {
  const meant = closestName(name, names);
  return {
    message: `no pipeline produces the label ${name}`,
    hint: meant === undefined ? `there are ${[...names].sort().join(', ')}` : `did you mean '${meant}'?`,
    span,
  };
}

function filterNames(filter: LabelFilter): { name: string; span: Span }[] {
  if (filter.kind === 'binary') return [...filterNames(filter.left), ...filterNames(filter.right)];
  return [{ name: filter.name, span: filter.span }];
}
