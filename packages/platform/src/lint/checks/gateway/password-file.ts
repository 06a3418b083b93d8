import { clusters } from '../../../platform.ts';
import type { Check } from '../../check.ts';
import { lokiValue, lokiValuesPath } from '../../rendered-values.ts';

export const passwordFile: Check = {
  id: 'gateway/password-file',
  severity: 'error',
  title: 'The Secret with the passwords is mounted where the gateway looks for it',
  reason:
    'The chart mounts it only with basicAuth. Without the file nginx answers 500 to everybody, and Alloy keeps its lines until its disk is full.',
  fix: 'Leave gateway.basicAuth of the chart to the definition; name the Secret in names.gatewaySecret.',
  traps: ['T15'],
  find: (input) =>
    clusters(input.platform)
      .filter((environment) => environment.auth && input.text(lokiValuesPath(environment)) !== undefined)
      .flatMap((environment) => {
        const enabled = lokiValue(input, environment, ['gateway', 'basicAuth', 'enabled']);
        const secret = lokiValue(input, environment, ['gateway', 'basicAuth', 'existingSecret']);
        const { gatewaySecret } = input.platform.names;
        if (enabled === true && secret === gatewaySecret) return [];
        const problem =
          enabled === true
            ? `mounts the Secret ${secret}, the passwords are in ${gatewaySecret}`
            : 'mounts no passwords';
        return [
          {
            message: `${environment.name}: the gateway ${problem}`,
            at: 'names.gatewaySecret',
            in: { path: lokiValuesPath(environment), text: 'gateway:' },
          },
        ];
      }),
};
