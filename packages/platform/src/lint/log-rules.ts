import { type LogExpression, logExpressions, type Matcher, parse } from '@cordwood/logql';
import type { Platform } from '../platform.ts';
import type { LogAlert, LogRecord } from '../platform-definition.ts';
import { ruleFiles } from '../rules/rule-files.ts';

/** A rule of the definition as one tenant evaluates it. */
export interface TenantRule {
  readonly tenant: string;
  readonly rule: LogAlert | LogRecord;
  readonly name: string;
  /** `rules[2].rules[0]` */
  readonly at: string;
  /** The log queries in its expression; empty when it does not parse. */
  readonly logs: readonly LogExpression[];
}

const resolved = new WeakMap<Platform, TenantRule[]>();

/** Every rule of every tenant. */
export function tenantRules(platform: Platform): TenantRule[] {
  const rules = resolved.get(platform) ?? resolveRules(platform);
  resolved.set(platform, rules);
  return rules;
}

function resolveRules(platform: Platform): TenantRule[] {
  return platform.tenants.flatMap(({ id }) =>
    ruleFiles(platform, [id])
      .flatMap(({ groups }) => groups)
      .flatMap((group) => {
        const index = platform.rules.findIndex(
          (each) => each.name === group.name && each.tenants.includes(id) && each.file === group.file,
        );
        return group.rules.map((rule, j) => ({
          tenant: id,
          rule,
          name: 'alert' in rule ? rule.alert : rule.record,
          at: `rules[${index}].rules[${j}]`,
          logs: logsOf(rule.expr),
        }));
      }),
  );
}

function logsOf(expr: string): readonly LogExpression[] {
  const { expression } = parse(expr);
  return expression === undefined ? [] : [...logExpressions(expression)];
}

/** Could a matcher take this value? */
export function accepts({ operator, value: wanted }: Matcher, value: string): boolean {
  const like = () => new RegExp(`^(?:${wanted})$`, 's').test(value);
  switch (operator) {
    case '=':
      return value === wanted;
    case '!=':
      return value !== wanted;
    case '=~':
      return like();
    case '!~':
      return !like();
  }
}

/** Where the rule stands among the rendered files. */
export const ruleFile = ({ tenant, rule, name }: TenantRule) => ({
  path: `config/loki/rules/${tenant}/${'record' in rule ? 'recording' : 'alerts'}.yaml`,
  text: name,
});
