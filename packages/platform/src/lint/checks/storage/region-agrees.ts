import { clusters } from '../../../platform.ts';
import { storageRootPath } from '../../../render/terraform/storage-roots.ts';
import type { Check, CheckFinding } from '../../check.ts';
import { lokiValue, lokiValuesPath, terraformArgument } from '../../rendered-values.ts';

export const regionAgrees: Check = {
  id: 'storage/region-agrees',
  severity: 'error',
  title: 'Buckets, key and Loki are in one region',
  reason:
    'A key of another region cannot encrypt, and a bucket of another region answers with a redirect and costs transfer.',
  fix: 'Set environments.<name>.region; everything derives from it.',
  traps: ['T62'],
  find(input) {
    const findings: CheckFinding[] = [];
    for (const environment of clusters(input.platform)) {
      const made = terraformArgument(input.text(storageRootPath(environment)), 'region');
      if (made === undefined) continue;
      const s3 = ['loki', 'storage', 'object_store', 's3'];
      const places: readonly (readonly [string, unknown])[] = [
        ['the S3 endpoint', lokiValue(input, environment, [...s3, 'endpoint'])],
        ['the S3 client', lokiValue(input, environment, [...s3, 'region'])],
        ['the key', lokiValue(input, environment, [...s3, 'sse', 'kms_key_id'])],
      ];
      for (const [what, value] of places)
        if (typeof value === 'string' && /[a-z]{2}-[a-z]+-\d/.test(value) && !value.includes(made))
          findings.push({
            message: `${environment.name}: ${what} is ${value}, the buckets are in ${made}`,
            at: `environments.${environment.name}.region`,
            in: { path: lokiValuesPath(environment), text: value },
          });
    }
    return findings;
  },
};
