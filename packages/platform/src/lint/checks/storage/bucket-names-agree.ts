import { clusters } from '../../../platform.ts';
import { storageRootPath } from '../../../render/terraform/storage-roots.ts';
import type { Check } from '../../check.ts';
import { lokiValue, lokiValuesPath, terraformArgument } from '../../rendered-values.ts';

const purposes = [
  { purpose: 'chunks', setting: 'storage.chunksBucket' },
  { purpose: 'ruler', setting: 'storage.rulerBucket' },
] as const;

export const bucketNamesAgree: Check = {
  id: 'storage/bucket-names-agree',
  severity: 'error',
  title: 'Terraform makes the buckets that Loki is told to use',
  reason: 'Otherwise Loki writes to a bucket that is not there, or, worse, to one of somebody else.',
  fix: 'Name buckets in storage.chunksBucket and storage.rulerBucket only.',
  find: (input) =>
    clusters(input.platform).flatMap((environment) =>
      purposes.flatMap(({ purpose, setting }) => {
        const made = terraformArgument(input.text(storageRootPath(environment)), `${purpose}_bucket_name`);
        const used = lokiValue(input, environment, ['loki', 'storage', 'bucketNames', purpose]);
        if (made === undefined || used === undefined || made === used) return [];
        return [
          {
            message: `${environment.name}: Loki's ${purpose} go to ${used}, Terraform makes ${made}`,
            at: setting,
            in: { path: lokiValuesPath(environment), text: `${purpose}: ${used}` },
          },
        ];
      }),
    ),
};
