import { type ParseOptions, type ParseResult, parse } from '@cordwood/logql';
import { templateError } from './line/row-template.ts';

/** LogQL text as a tree, with everything checked that Loki checks before it runs a query: templates too. */
export function parseQuery(text: string, options: Omit<ParseOptions, 'templateError'> = {}): ParseResult {
  return parse(text, { ...options, templateError });
}
