import { clusters } from '../../../platform.ts';
import type { Check } from '../../check.ts';
import { lokiValue, lokiValuesPath } from '../../rendered-values.ts';

export const tenantHeader: Check = {
  id: 'gateway/tenant-header',
  severity: 'error',
  title: 'The gateway chooses the tenant, and checks who asks',
  reason: 'X-Scope-OrgID is a claim. Passed on as it came, everybody who knows a name of a tenant reads its logs.',
  fix: 'Leave gateway.nginxConfig.file to the definition.',
  traps: ['T14', 'T16'],
  find: (input) =>
    clusters(input.platform)
      .filter(({ auth }) => auth)
      .flatMap((environment) => {
        const config = lokiValue(input, environment, ['gateway', 'nginxConfig', 'file']);
        if (typeof config !== 'string') return [];
        const path = lokiValuesPath(environment);
        const headers = [...config.matchAll(/proxy_set_header X-Scope-OrgID (\S+);/g)].map(([, value]) => value!);
        const problem =
          headers.length === 0 || headers.some((value) => value !== '$tenant')
            ? `passes on the tenant that the client claims (${headers.join(', ') || 'no header is set'})`
            : /auth_basic "[^"]+";/.test(config)
              ? undefined
              : 'asks for no password';
        if (problem === undefined) return [];
        return [
          { message: `${environment.name}: the gateway ${problem}`, at: 'access', in: { path, text: 'X-Scope-OrgID' } },
        ];
      }),
};
