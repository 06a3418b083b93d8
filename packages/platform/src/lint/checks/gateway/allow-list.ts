import { endpoints } from '../../../gateway/endpoint.ts';
import { clusters } from '../../../platform.ts';
import type { Check, CheckFinding } from '../../check.ts';
import { lokiValue, lokiValuesPath } from '../../rendered-values.ts';

export const allowList: Check = {
  id: 'gateway/allow-list',
  severity: 'error',
  title: 'The gateway passes the endpoints of users and nothing else',
  reason:
    "Loki's administration has no authentication: /ingester/shutdown stops writers, /loki/api/v1/delete removes logs. The chart's own configuration passes both.",
  fix: 'Leave gateway.nginxConfig.file to the definition.',
  traps: ['T12', 'T13'],
  find: (input) =>
    clusters(input.platform).flatMap((environment) => {
      const config = lokiValue(input, environment, ['gateway', 'nginxConfig', 'file']);
      const path = lokiValuesPath(environment);
      const at = 'access';
      if (input.text(path) === undefined) return [];
      if (typeof config !== 'string')
        return [{ message: `${environment.name}: the gateway has the chart's configuration`, at, in: { path } }];
      const known = new Set(endpoints.map((endpoint) => endpoint.path));
      const findings: CheckFinding[] = [
        ...config.matchAll(/location (?:=|~\*?|\^~)? ?(\S+) \{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}/g),
      ]
        .filter(([, location, body]) => body!.includes('proxy_pass') && !known.has(location!))
        .map(([, location]) => ({
          message: `${environment.name}: the gateway passes ${location}, which is no endpoint of users`,
          at,
          in: { path, text: location! },
        }));
      return findings;
    }),
};
