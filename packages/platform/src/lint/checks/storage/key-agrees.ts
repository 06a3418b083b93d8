import { clusters } from '../../../platform.ts';
import { storageRootPath } from '../../../render/terraform/storage-roots.ts';
import type { Check } from '../../check.ts';
import { lokiValue, lokiValuesPath, terraformArgument } from '../../rendered-values.ts';

export const keyAgrees: Check = {
  id: 'storage/key-agrees',
  severity: 'error',
  title: 'Loki encrypts with the key that Terraform makes',
  reason: 'The bucket policy refuses objects under any other key, so no chunk would ever be flushed.',
  fix: 'Name the key in storage.kmsAlias only.',
  find: (input) =>
    clusters(input.platform).flatMap((environment) => {
      const alias = terraformArgument(input.text(storageRootPath(environment)), 'kms_alias');
      const used = lokiValue(input, environment, ['loki', 'storage', 'object_store', 's3', 'sse', 'kms_key_id']);
      if (alias === undefined || typeof used !== 'string' || used.endsWith(alias)) return [];
      return [
        {
          message: `${environment.name}: Loki encrypts with ${used}, Terraform makes ${alias}`,
          at: 'storage.kmsAlias',
          in: { path: lokiValuesPath(environment), text: used },
        },
      ];
    }),
};
