import type { Parameter } from '../route.ts';

/** Parameters that many routes share, described once for the OpenAPI document. */
const time = 'seconds (up to 10 digits, or with a point), nanoseconds, or RFC 3339';

export const queryParameter: Parameter = { name: 'query', describe: 'LogQL', required: true };
export const selectorParameter: Parameter = { name: 'query', describe: 'stream selector: only streams that match' };
export const startParameter: Parameter = {
  name: 'start',
  describe: `start of the range, by default \`since\` before its end: ${time}`,
};
export const endParameter: Parameter = { name: 'end', describe: `end of the range, by default now: ${time}` };
export const sinceParameter: Parameter = {
  name: 'since',
  describe: 'length of the range when `start` is not given, by default 1h',
};
export const rangeParameters: readonly Parameter[] = [startParameter, endParameter, sinceParameter];
export const stepParameter: Parameter = {
  name: 'step',
  describe: 'distance of the points: seconds or a duration (30s, 5m)',
};
export const limitParameter: Parameter = { name: 'limit', describe: 'most entries to return, by default 100' };
export const directionParameter: Parameter = { name: 'direction', describe: 'forward or backward (default)' };
export const explainParameter: Parameter = {
  name: 'explain',
  describe: '`true`: `data.plan` says how the query ran and what each step did (Cordwood only)',
};

export const refusedAnswers = {
  400: 'The request is wrong: the text says what.',
  401: 'The header X-Scope-OrgID is missing.',
} as const;
export const queryAnswers = {
  200: 'The result.',
  ...refusedAnswers,
  429: 'Too many queries are waiting.',
  499: 'The client went away.',
  504: 'The query took longer than query_timeout.',
} as const;
