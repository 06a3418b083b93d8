import { clusters } from '../../../platform.ts';
import type { Check, CheckFinding } from '../../check.ts';

export const roleName: Check = {
  id: 'storage/role-name',
  severity: 'error',
  title: 'The IAM role and the key have names that AWS takes',
  reason:
    'A role name has at most 64 characters, an alias begins with alias/ and not with alias/aws; `terraform apply` fails otherwise.',
  fix: 'Shorten names.lokiRole; begin storage.kmsAlias with alias/.',
  find: ({ platform }) =>
    clusters(platform)
      .filter(({ objectStore }) => objectStore.kind === 's3')
      .flatMap(({ name, lokiRole, kmsAlias }) => {
        const findings: CheckFinding[] = [];
        if (!/^[A-Za-z0-9+=,.@_-]{1,64}$/.test(lokiRole))
          findings.push({ message: `${name}: ${lokiRole} is no name for a role`, at: 'names.lokiRole' });
        if (!/^alias\/(?!aws)[A-Za-z0-9/_-]+$/.test(kmsAlias))
          findings.push({ message: `${name}: ${kmsAlias} is no alias of a key`, at: 'storage.kmsAlias' });
        return findings;
      }),
};
