import { parse, printPretty } from '@cordwood/logql';
import { json } from '../answer.ts';
import type { Route } from '../route.ts';
import * as texts from './parameter-texts.ts';

export const formatQuery: Route = {
  paths: ['/loki/api/v1/format_query'],
  methods: ['GET', 'POST'],
  summary: 'Format a query.',
  tenancy: 'none',
  refusals: 'plain',
  parameters: [texts.queryParameter],
  answers: { 200: 'The formatted query in `data`.', 400: 'The query does not parse; `error` says where.' },
  handle({ form }) {
    const { expression, error } = parse(form.get('query'));
    if (error !== undefined) return json({ status: 'invalid-query', error: error.message }, 400);
    return json({ status: 'success', data: printPretty(expression) });
  },
};
