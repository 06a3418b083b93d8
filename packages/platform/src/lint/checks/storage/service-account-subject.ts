import { clusters } from '../../../platform.ts';
import { storageRootPath } from '../../../render/terraform/storage-roots.ts';
import type { Check, CheckFinding } from '../../check.ts';
import { lokiValue, lokiValuesPath, terraformArgument } from '../../rendered-values.ts';

export const serviceAccountSubject: Check = {
  id: 'storage/service-account-subject',
  severity: 'error',
  title: "The IAM role trusts the namespace and service account that Loki's pods have",
  reason:
    'AWS compares the subject letter by letter. With another name or namespace every pod starts, and every flush to S3 ends with AccessDenied.',
  fix: 'Pin names.lokiServiceAccount and names.lokiNamespace, and leave serviceAccount of the chart to the definition.',
  find(input) {
    const findings: CheckFinding[] = [];
    for (const environment of clusters(input.platform)) {
      const root = input.text(storageRootPath(environment));
      if (root === undefined) continue;
      const values = lokiValuesPath(environment);
      const account = lokiValue(input, environment, ['serviceAccount', 'name']);
      if (account !== undefined && !new RegExp(`^ +"?${account}"? = \\{ access`, 'm').test(root))
        findings.push({
          message: `${environment.name}: Loki runs as service account ${account}, which no IAM role trusts`,
          at: 'names.lokiServiceAccount',
          in: { path: storageRootPath(environment), text: 'service_accounts' },
        });
      const namespace = terraformArgument(root, 'namespace');
      if (namespace !== input.platform.names.lokiNamespace)
        findings.push({
          message: `${environment.name}: the IAM role trusts namespace ${namespace}, Loki runs in ${input.platform.names.lokiNamespace}`,
          at: 'names.lokiNamespace',
          in: { path: storageRootPath(environment), text: 'namespace ' },
        });
      const role = lokiValue(input, environment, ['serviceAccount', 'annotations', 'eks.amazonaws.com/role-arn']);
      const made = /role_name = "([^"]+)"/.exec(root)?.[1];
      if (typeof role === 'string' && made !== undefined && !role.endsWith(`:role/${made}`))
        findings.push({
          message: `${environment.name}: the service account takes ${role}, Terraform makes the role ${made}`,
          at: 'names.lokiRole',
          in: { path: values, text: 'eks.amazonaws.com/role-arn' },
        });
    }
    return findings;
  },
};
