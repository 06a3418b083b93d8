import type { Check } from '../../check.ts';

export const lockWithoutVersions: Check = {
  id: 'storage/lock-without-versions',
  severity: 'error',
  title: 'A locked copy has a versioned source and something to copy',
  reason: 'S3 replicates only versioned buckets, and only the tenants that are marked.',
  fix: 'Set storage.versioning: true, and immutable: true for the tenants whose logs are evidence.',
  traps: ['T11'],
  find({ platform: { storage, tenants } }) {
    if (storage.objectLock !== 'replica') return [];
    if (!storage.versioning)
      return [{ message: "objectLock: 'replica' needs versioning: true", at: 'storage.objectLock' }];
    if (!tenants.some(({ immutable }) => immutable))
      return [{ message: 'no tenant is marked immutable, so nothing would be copied', at: 'storage.objectLock' }];
    return [];
  },
};
