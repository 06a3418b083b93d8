import type { Check } from '../../check.ts';
import { accepts, tenantRules } from '../../log-rules.ts';
import { tenantOfNamespace } from '../../pipeline-labels.ts';

export const silentService: Check = {
  id: 'rules/silent-service',
  severity: 'error',
  title: 'A service that must log all the time has an alert for its silence',
  reason:
    'A rate over nothing is nothing, and nothing is never more than a threshold: only absent_over_time notices that no line comes.',
  fix: 'absent_over_time({service="…"}[heartbeat]), one alert for each service, in its tenant.',
  traps: ['T40'],
  find: ({ platform }) =>
    platform.services
      .filter(({ heartbeat }) => heartbeat !== undefined)
      .flatMap(({ name, namespaces, heartbeat }) => {
        const tenants = new Set(namespaces.map((namespace) => tenantOfNamespace(platform, namespace)));
        const watched = tenantRules(platform).some(
          ({ tenant, rule, logs }) =>
            'alert' in rule &&
            tenants.has(tenant) &&
            /absent_over_time/.test(rule.expr) &&
            logs.some(({ selector }) =>
              selector.matchers.some(
                (matcher) => matcher.name === 'service' && matcher.operator === '=' && accepts(matcher, name),
              ),
            ),
        );
        return watched
          ? []
          : [
              {
                message: `${name} may be silent for ${heartbeat}, and no alert says so`,
                at: `services.${name}.heartbeat`,
              },
            ];
      }),
};
