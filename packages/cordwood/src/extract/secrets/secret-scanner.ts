import { compileRe2, type Re2 } from '../re2.ts';
import { type SecretAllowance, type SecretRule, secretRules } from './secret-rules.ts';

/** A secret that stands in a text, perhaps more than once. */
export interface Secret {
  readonly ruleId: string;
  readonly text: string;
}

/**
 * Finds secrets in texts by rules, in time bounded by the length of the text. One automaton for all rules together says in a
 * single pass whether any could apply; most lines end there. Results come in the order of the rules, so that the name under
 * which a secret is known does not change from run to run.
 */
export interface SecretScanner {
  find(text: string): Secret[];
  /** The single pass alone, over UTF-8 bytes[start, end): false when there is no secret. */
  mayContain(bytes: Uint8Array, start: number, end: number): boolean;
}

export type SecretScannerResult =
  | { readonly scanner: SecretScanner; readonly error?: undefined }
  | { readonly error: string; readonly ruleId: string; readonly scanner?: undefined };

/** Secrets reported for one text. A text with more is not a log line. */
const maxSecrets = 1_000;

interface CompiledRule {
  readonly rule: SecretRule;
  readonly expression: Re2;
  readonly allowed: readonly Re2[];
  readonly allowances: readonly CompiledAllowance[];
}

interface CompiledAllowance {
  readonly allowance: SecretAllowance;
  readonly expressions: readonly Re2[];
}

class ExpressionFailure extends Error {}

function compileAll(sources: readonly string[]): Re2[] {
  return sources.map((source) => {
    const { re2, error } = compileRe2(source);
    if (re2 === undefined) throw new ExpressionFailure(error);
    return re2;
  });
}

function compileAllowances(allowances: readonly SecretAllowance[]): CompiledAllowance[] {
  return allowances.map((allowance) => ({ allowance, expressions: compileAll(allowance.expressions) }));
}

/** The error is that of an expression; our own rules have none. `allowed` are exceptions from all rules. */
export function compileSecretScanner(
  rules: readonly SecretRule[] = secretRules,
  allowed: readonly SecretAllowance[] = [],
): SecretScannerResult {
  const compiled: CompiledRule[] = [];
  let ruleId = '';
  try {
    const forAll = compileAllowances(allowed);
    for (const rule of rules) {
      ruleId = rule.id;
      compiled.push({
        rule,
        expression: compileAll([rule.expression])[0]!,
        allowed: compileAll(rule.allowed ?? []),
        allowances: [...forAll, ...compileAllowances(rule.allowances ?? [])],
      });
    }
  } catch (cause) {
    if (cause instanceof ExpressionFailure) return { error: cause.message, ruleId };
    throw cause;
  }
  // `\Q` reaches to its `\E` or to the end of the pattern: it would swallow the rules behind it.
  const canJoin = rules.every(({ expression }) => !expression.includes('\\Q'));
  const joined = canJoin ? compileRe2(rules.map(({ expression }) => `(?:${expression})`).join('|')).re2 : undefined;
  return {
    scanner: {
      find: (text) => (joined === undefined || joined.test(text) ? findSecrets(text, compiled) : []),
      mayContain: (bytes, start, end) => joined === undefined || joined.testBytes(bytes, start, end),
    },
  };
}

function findSecrets(text: string, rules: readonly CompiledRule[]): Secret[] {
  const lowerCase = text.toLowerCase();
  const found: Secret[] = [];
  const known = new Set<string>();
  for (const { rule, expression, allowed, allowances } of rules) {
    if (rule.keywords.length > 0 && !rule.keywords.some((keyword) => lowerCase.includes(keyword))) continue;
    for (const { groups } of expression.execAll(text, maxSecrets)) {
      const group = rule.secretGroup === undefined ? groups.slice(1).find((one) => one) : groups[rule.secretGroup];
      const secret = group || groups[0]!;
      if (known.has(secret)) continue;
      if (rule.minEntropy !== undefined && shannonEntropy(secret) <= rule.minEntropy) continue;
      if (allowed.some((exception) => exception.test(secret))) continue;
      if (allowances.some((one) => isAllowed(one, secret, groups[0]!, text))) continue;
      known.add(secret);
      found.push({ ruleId: rule.id, text: secret });
      if (found.length === maxSecrets) return found;
    }
  }
  return found;
}

function isAllowed(
  { allowance, expressions }: CompiledAllowance,
  secret: string,
  match: string,
  line: string,
): boolean {
  const looked = allowance.target === 'secret' ? secret : allowance.target === 'match' ? match : line;
  const lowerCase = secret.toLowerCase();
  const checks = [
    ...(expressions.length > 0 ? [expressions.some((expression) => expression.test(looked))] : []),
    ...(allowance.stopwords.length > 0 ? [allowance.stopwords.some((word) => lowerCase.includes(word))] : []),
  ];
  return checks.length > 0 && (allowance.all ? checks.every(Boolean) : checks.some(Boolean));
}

/** Bits per character. */
export function shannonEntropy(text: string): number {
  const counts = new Map<string, number>();
  let length = 0;
  for (const char of text) {
    counts.set(char, (counts.get(char) ?? 0) + 1);
    length++;
  }
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / length) * Math.log2(count / length);
  return entropy;
}

/** The text with every occurrence of the secrets replaced; longer secrets first, since one may hold another. */
export function replaceSecrets(
  text: string,
  secrets: readonly Secret[],
  replacement: (secret: Secret) => string,
): string {
  let out = text;
  for (const secret of secrets.toSorted((a, b) => b.text.length - a.text.length)) {
    out = out.replaceAll(secret.text, () => replacement(secret));
  }
  return out;
}
