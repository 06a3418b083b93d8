/** Click on a label or a field of a line: keep only entries that have this value, or leave them out. */
import type { Expression, LabelFilterStage, LogExpression, Stage } from '@cordwood/logql';
import { jsonExpressionOf, labelNameOf, type PathStep } from '../lines/line-fields.ts';
import { mapLogs, nowhere } from './map-logs.ts';
import { addMatcher } from './selector-edit.ts';

export interface ClickedField {
  readonly value: string;
  readonly exclude: boolean;
  readonly from:
    | { readonly kind: 'streamLabel'; readonly name: string }
    /** Structured metadata, or a label that the query itself parsed: there without a further parser. */
    | { readonly kind: 'entryLabel'; readonly name: string }
    /** A field of the line. `taken`: label names of the entry, to which Loki adds `_extracted`. */
    | {
        readonly kind: 'lineField';
        readonly format: 'json' | 'logfmt';
        readonly path: readonly PathStep[];
        readonly taken: ReadonlySet<string>;
      };
}

export function filterByField(expression: Expression, clicked: ClickedField): Expression {
  const { from, value, exclude } = clicked;
  return mapLogs(expression, (log) => {
    switch (from.kind) {
      case 'streamLabel':
        return addMatcher(log, from.name, value, exclude);
      case 'entryLabel':
        return { ...log, stages: addLabelFilter(log.stages, from.name, value, exclude) };
      case 'lineField': {
        const parsed = withParser(log, from.format, from.path);
        const name = from.taken.has(parsed.name) ? `${parsed.name}_extracted` : parsed.name;
        return { ...log, stages: addLabelFilter(parsed.stages, name, value, exclude) };
      }
    }
  });
}

/** A filter that says the opposite goes; one that says it already stays. */
function addLabelFilter(stages: readonly Stage[], name: string, value: string, exclude: boolean): readonly Stage[] {
  const operator = exclude ? '!=' : '=';
  const is = (stage: Stage, wanted: string) =>
    stage.kind === 'labelFilter' &&
    stage.filter.kind === 'string' &&
    stage.filter.name === name &&
    stage.filter.operator === wanted &&
    stage.filter.value === value;
  const kept = stages.filter((stage) => !is(stage, exclude ? '=' : '!='));
  return kept.some((stage) => is(stage, operator)) ? kept : [...kept, stringFilter(name, operator, value)];
}

export function stringFilter(name: string, operator: '=' | '!=' | '=~' | '!~', value: string): LabelFilterStage {
  return { kind: 'labelFilter', span: nowhere, filter: { kind: 'string', span: nowhere, name, operator, value } };
}

/** The pipeline with a parser that yields the field, and the label name under which it does. */
function withParser(
  log: LogExpression,
  format: 'json' | 'logfmt',
  path: readonly PathStep[],
): { stages: readonly Stage[]; name: string } {
  const { stages } = log;
  // A parser before line_format or unpack has seen another line than the one on the screen.
  const lineChanged = stages.findLastIndex((stage) => stage.kind === 'lineFormat' || stage.kind === 'unpack');
  const live = stages.slice(lineChanged + 1);
  const name = labelNameOf(path);
  const span = nowhere;
  if (format === 'logfmt') {
    const there = live.some((stage) => stage.kind === 'logfmt' && stage.extractions.length === 0);
    const parser: Stage = { kind: 'logfmt', span, strict: false, keepEmpty: false, extractions: [] };
    return { name, stages: there ? stages : [...stages, parser] };
  }
  // `| json` leaves lists out; an expression reaches into them.
  if (path.some((step) => typeof step === 'number')) {
    const expression = jsonExpressionOf(path);
    const there = live.some(
      (stage) =>
        stage.kind === 'json' && stage.extractions.some((each) => each.name === name && each.expression === expression),
    );
    const parser: Stage = { kind: 'json', span, extractions: [{ span, name, expression }] };
    return { name, stages: there ? stages : [...stages, parser] };
  }
  const there = live.some((stage) => stage.kind === 'json' && stage.extractions.length === 0);
  return { name, stages: there ? stages : [...stages, { kind: 'json', span, extractions: [] }] };
}
