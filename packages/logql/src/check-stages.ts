import { parseJsonPath, parseLogfmtKey } from './extraction-syntax.ts';
import { ipPatternError } from './ip-pattern.ts';
import { parseLinePattern } from './pattern-syntax.ts';
import { printLineFilters, printStage } from './print.ts';
import { parseRegexp } from './regexp-syntax.ts';
import { stageRuns } from './stage-order.ts';
import type { Expression, LineFilter, Span, Stage } from './tree.ts';
import { logExpressions } from './walk.ts';

export interface StageCheckOptions {
  /**
   * What is wrong with a template of line_format (`name` is "line") or label_format ("label"), in the words of Go's
   * text/template; undefined when nothing is. Without it templates are not checked.
   */
  readonly templateError?: (name: 'line' | 'label', template: string) => string | undefined;
}

/** The first stage that cannot be built, as Loki reports it when a query is run. */
export function checkStages(
  expression: Expression,
  options: StageCheckOptions = {},
): { message: string; span: Span } | undefined {
  for (const log of logExpressions(expression)) {
    for (const run of stageRuns(log.stages)) {
      if (run.lineFilters.length > 0) {
        const found = lineFiltersError(run.lineFilters);
        if (found)
          return { message: `stage '${printLineFilters(run.lineFilters)}' : ${found.error}`, span: found.span };
      }
      for (const stage of run.others) {
        const error = stageError(stage, options);
        if (error !== undefined) return { message: `stage '${printStage(stage)}' : ${error}`, span: stage.span };
      }
    }
  }
  return undefined;
}

/** Loki builds a run of filters from the last to the first. */
function lineFiltersError(filters: readonly LineFilter[]): { error: string; span: Span } | undefined {
  for (const { operator, operands } of filters.toReversed()) {
    // Among alternatives an address is searched as plain text.
    const single = operands.length === 1;
    for (const operand of operands) {
      const error = operandError(operator, operand.text, operand.ip && single);
      if (error !== undefined) return { error, span: operand.span };
    }
  }
  return undefined;
}

function operandError(operator: LineFilter['operator'], text: string, ip: boolean): string | undefined {
  if (ip) return operator === '|=' || operator === '!=' ? ipPatternError(text) : 'ip: invalid operation';
  switch (operator) {
    case '|~':
    case '!~':
      return parseRegexp(text).error;
    case '|>':
    case '!>':
      return parseLinePattern(text).error;
    case '|=':
    case '!=':
      return undefined;
  }
}

function stageError(stage: Stage, options: StageCheckOptions): string | undefined {
  switch (stage.kind) {
    case 'json':
      for (const { expression } of stage.extractions) {
        const { error } = parseJsonPath(expression);
        if (error !== undefined) return `cannot parse expression [${expression}]: ${error}`;
      }
      return undefined;
    case 'logfmt':
      for (const { expression } of stage.extractions) {
        const { error } = parseLogfmtKey(expression);
        if (error !== undefined) return `cannot parse expression [${expression}]: ${error}`;
      }
      return undefined;
    case 'labelFilter':
      return stage.filter.kind === 'ip' ? ipPatternError(stage.filter.pattern) : undefined;
    case 'lineFormat': {
      const error = options.templateError?.('line', stage.template);
      return error === undefined ? undefined : `invalid line template: ${error}`;
    }
    case 'labelFormat': {
      const names = new Set<string>();
      for (const { name } of stage.operations) {
        if (name === '__error__') return `${name} cannot be formatted`;
        if (names.has(name)) return `multiple label name '${name}' not allowed in a single format operation`;
        names.add(name);
      }
      for (const operation of stage.operations) {
        const error = operation.kind === 'template' ? options.templateError?.('label', operation.template) : undefined;
        if (error !== undefined) return `invalid template for label '${operation.name}': ${error}`;
      }
      return undefined;
    }
    case 'lineFilter':
    case 'regexp':
    case 'pattern':
    case 'unpack':
    case 'decolorize':
    case 'drop':
    case 'keep':
      return undefined;
  }
}
