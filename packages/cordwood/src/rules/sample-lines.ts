import { type LogRange, parse, printSelector, printStage, walk } from '@cordwood/logql';
import { compileSecretScanner, type SecretScanner } from '../extract/secrets/secret-scanner.ts';
import { type Labels, quoteGo } from '../model/labels.ts';
import type { Tenant } from '../model/tenant.ts';

/**
 * `{{ $lines }}` and `{{ $exploreLink }}` in annotations: what was logged, on the alert itself. Loki has neither; people put the
 * line into a label instead, where each line makes another alert. The lines are those that the rule's expression looked at,
 * for the labels of this alert. They leave the log store for a place with other readers, so they are few, short, and redacted.
 */
export interface SampleQuery {
  /** A log query. */
  readonly query: string;
  /** How far back it looks from the evaluation, and where it ends, in milliseconds. */
  readonly fromAgoMs: number;
  readonly untilAgoMs: number;
}

/** The newest lines of a log query, newest first. */
export type QueryLines = (
  tenant: Tenant,
  query: string,
  range: { readonly startMs: number; readonly endMs: number; readonly limit: number },
  signal: AbortSignal,
) => Promise<readonly string[]>;

/** Lines on one alert. */
export const sampleLinesMax = 3;
/** Of one line; Alertmanager and what it talks to cut long annotations, or refuse them. */
const lineLengthMax = 300;
/** Alerts of one evaluation that get lines; each costs a query. */
export const sampledAlertsMax = 20;

export function usesLines(annotations: Readonly<Record<string, string>>): boolean {
  return Object.values(annotations).some((text) =>
    [...text.matchAll(/\{\{.*?\}\}/gs)].some(([action]) => /\$(?:lines|exploreLink)\b/.test(action)),
  );
}

/** What to ask for; undefined when the expression is about absence, or has no logs in it. */
export function sampleQuery(expressionText: string, labels: Labels): SampleQuery | undefined {
  const { expression } = parse(expressionText);
  if (expression === undefined) return undefined;
  const made = new Set<string>();
  let range: LogRange | undefined;
  for (const node of walk(expression)) {
    if (node.kind === 'rangeAggregation' && node.operation === 'absent_over_time') return undefined;
    // No line has the labels that label_replace makes.
    if (node.kind === 'labelReplace') made.add(node.destination);
    if (node.kind === 'logRange') range ??= node;
  }
  if (range === undefined) return undefined;
  const { selector, stages } = range.log;
  const filters = labels.filter(({ name }) => !made.has(name)).map(({ name, value }) => `| ${name}=${quoteGo(value)}`);
  const offsetMs = Number(range.offsetNs) / 1e6;
  return {
    query: [printSelector(selector), ...stages.map(printStage), ...filters].join(' '),
    fromAgoMs: Number(range.rangeNs) / 1e6 + offsetMs,
    untilAgoMs: offsetMs,
  };
}

let scanner: SecretScanner | undefined;
const address = /[\p{L}\p{N}._%+-]+(?:@|%40)[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}/gu;
const cardNumber = /\b\d(?:[ -]?\d){12,18}\b/g;

/** Lines as they may leave: secrets, mail addresses and what may be a card number replaced, then cut. */
export function redactedLines(lines: readonly string[]): string[] {
  // Our own rules compile.
  scanner ??= compileSecretScanner().scanner!;
  return lines.slice(0, sampleLinesMax).map((line) => {
    let text = line;
    for (const { text: secret } of scanner!.find(line)) text = text.replaceAll(secret, '[REDACTED]');
    text = text.replace(address, '[REDACTED]').replace(cardNumber, '[REDACTED]');
    return text.length > lineLengthMax ? `${text.slice(0, lineLengthMax - 1)}…` : text;
  });
}
