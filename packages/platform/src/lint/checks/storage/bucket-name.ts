import { clusters } from '../../../platform.ts';
import type { Check, CheckFinding } from '../../check.ts';

export const bucketName: Check = {
  id: 'storage/bucket-name',
  severity: 'error',
  title: 'Bucket names are valid and belong to one environment and purpose',
  reason:
    'Names are global, lower case, without dots (they break the TLS certificate). A bucket shared by two environments mixes their logs, and the retention of one deletes those of the other.',
  fix: 'Put {env} into storage.chunksBucket and storage.rulerBucket.',
  find({ platform }) {
    const findings: CheckFinding[] = [];
    const owners = new Map<string, string>();
    for (const environment of clusters(platform).filter(({ objectStore }) => objectStore.kind === 's3'))
      for (const [purpose, name] of [
        ['chunks', environment.chunksBucket],
        ['ruler', environment.rulerBucket],
      ] as const) {
        const at = `storage.${purpose}Bucket`;
        if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name))
          findings.push({ message: `${name} is no name for a bucket: 3 to 63 of a-z, 0-9 and -`, at });
        const owner = owners.get(name);
        if (owner !== undefined)
          findings.push({ message: `${name} is the bucket of ${owner} and of ${environment.name}'s ${purpose}`, at });
        owners.set(name, `${environment.name}'s ${purpose}`);
      }
    return findings;
  },
};
