import type { Check } from '../../check.ts';
import { dashboardPaths } from '../../rendered-dashboards.ts';

export const fixedDatasource: Check = {
  id: 'dashboards/fixed-datasource',
  severity: 'error',
  title: 'Dashboards name no datasource',
  reason:
    'A datasource is a tenant. A panel with a fixed one shows the logs of one tenant under the name of another, or fails for who may not read it.',
  fix: 'Use ${loki_ds} and ${prom_ds}.',
  traps: ['T57'],
  find: (input) =>
    dashboardPaths(input).flatMap((path) => {
      const fixed = [
        ...input.text(path)!.matchAll(/"datasource": \{\s*"type": "(?:loki|prometheus)",\s*"uid": "([^"$]+)"/g),
      ];
      return [...new Set(fixed.map(([, uid]) => uid!))].map((uid) => ({
        message: `${path.split('/').at(-1)} asks the datasource ${uid}, whatever is chosen`,
        at: 'dashboards',
        in: { path, text: `"uid": "${uid}"` },
      }));
    }),
};
