import { clusters } from '../../../platform.ts';
import type { Check } from '../../check.ts';
import { lokiValue } from '../../rendered-values.ts';

export const compactorDeletes: Check = {
  id: 'retention/compactor',
  severity: 'error',
  title: 'The compactor really deletes',
  reason:
    'retention_period alone deletes nothing: retention_enabled must be true, and without delete_request_store Loki does not start. Its marker files must be on a volume.',
  fix: 'Remove the patch that changes loki.compactor.',
  traps: ['T8'],
  find: (input) =>
    clusters(input.platform).flatMap((environment) => {
      const value = (...path: string[]) => lokiValue(input, environment, ['loki', 'compactor', ...path]);
      const wrong = [
        ...(value('retention_enabled') === true ? [] : ['retention_enabled is not true']),
        ...(typeof value('delete_request_store') === 'string' ? [] : ['delete_request_store is missing']),
        ...(String(value('working_directory')).startsWith('/var/loki/')
          ? []
          : ['working_directory is not on the volume /var/loki']),
      ];
      return wrong.map((what) => ({
        message: `${environment.name}: ${what}`,
        at: 'patches',
        in: { path: 'helm/loki/values.yaml', text: 'compactor:' },
      }));
    }),
};
