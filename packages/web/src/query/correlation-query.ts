/**
 * Everything that carries an id, across all services. An id stands in the line (most loggers) or in structured metadata
 * (OTLP), which no single LogQL query covers: so two queries, whose answers are merged.
 */
import type { Expression, LabelFilter, LogExpression } from '@cordwood/logql';
import { nowhere } from './map-logs.ts';
import { choiceMatcher } from './selector-edit.ts';

/** Names under which loggers and OTLP carry correlation ids, the usual ones first. */
export const correlationNames = [
  'trace_id',
  'request_id',
  'correlation_id',
  'span_id',
  'parent_span_id',
  'traceID',
  'traceId',
  'requestId',
  'correlationId',
  'x_request_id',
] as const;

/** Does a field of this name carry a correlation id? `http.request_id` and `X-Request-ID` do. */
export function isCorrelationName(name: string): boolean {
  return /(^|[._-])(x[._-])?(trace|request|correlation|span|parent[._-]?span)[._-]?id$/i.test(name);
}

export function correlationQueries(id: string): readonly Expression[] {
  const span = nowhere;
  const everything: LogExpression = {
    kind: 'log',
    span,
    selector: { kind: 'selector', span, matchers: [choiceMatcher('service_name', [])] },
    stages: [],
  };
  const is = (name: string): LabelFilter => ({ kind: 'string', span, name, operator: '=', value: id });
  const [first, ...others] = correlationNames;
  const any = others.reduce<LabelFilter>(
    (left, name) => ({ kind: 'binary', span, operator: 'or', left, right: is(name) }),
    is(first),
  );
  return [
    {
      ...everything,
      stages: [{ kind: 'lineFilter', span, operator: '|=', operands: [{ span, ip: false, text: id }] }],
    },
    { ...everything, stages: [{ kind: 'labelFilter', span, filter: any }] },
  ];
}
