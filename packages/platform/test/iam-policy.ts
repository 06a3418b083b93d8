import assert from 'node:assert/strict';

/**
 * What AWS answers to a request, by the rules of IAM's documentation: any Deny that fits wins, else any Allow, else no. Knows the operators that
 * our policies use and fails on others, so that a new one cannot pass unread.
 */

export interface Policy {
  readonly Statement: readonly Statement[];
}
interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: '*' | Readonly<Record<string, string | readonly string[]>>;
  readonly Action: string | readonly string[];
  /** A trust policy has none. */
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface IamRequest {
  readonly principal: string;
  readonly action: string;
  readonly resource?: string;
  readonly context: Readonly<Record<string, string>>;
}

/** `allowed`, `denied by <Sid>`, or `not allowed`. */
export function decide(policies: readonly Policy[], request: IamRequest): string {
  const fitting = policies.flatMap(({ Statement }) => Statement).filter((statement) => fits(statement, request));
  const denial = fitting.find(({ Effect }) => Effect === 'Deny');
  if (denial !== undefined) return `denied by ${denial.Sid}`;
  return fitting.length > 0 ? 'allowed' : 'not allowed';
}

const list = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value);

function like(pattern: string, text: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`).test(text);
}

function fits(statement: Statement, { principal, action, resource, context }: IamRequest): boolean {
  const { Principal, Action, Resource, Condition = {} } = statement;
  if (Principal !== undefined && Principal !== '*' && !Object.values(Principal).flatMap(list).includes(principal))
    return false;
  if (!list(Action).some((pattern) => like(pattern, action))) return false;
  if (Resource !== undefined && (resource === undefined || !list(Resource).some((pattern) => like(pattern, resource))))
    return false;
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => holds(operator, context[key], list(values))),
  );
}

/** A negated operator holds when the key is missing; IfExists makes every operator hold then. */
function holds(operator: string, value: string | undefined, values: readonly string[]): boolean {
  switch (operator) {
    case 'StringEquals':
    case 'Bool':
      return value !== undefined && values.includes(value);
    case 'BoolIfExists':
      return value === undefined || values.includes(value);
    case 'StringNotEquals':
    case 'StringNotEqualsIfExists':
      return value === undefined || !values.includes(value);
    case 'Null':
      return values.includes(String(value === undefined));
    case 'NumericLessThan':
      return value !== undefined && values.some((limit) => Number(value) < Number(limit));
    default:
      assert.fail(`unknown operator ${operator}`);
  }
}
