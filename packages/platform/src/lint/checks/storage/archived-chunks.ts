import { clusters } from '../../../platform.ts';
import { storageRootPath } from '../../../render/terraform/storage-roots.ts';
import type { Check } from '../../check.ts';

const readable = new Set(['STANDARD_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR', 'ONEZONE_IA', 'STANDARD']);

export const archivedChunks: Check = {
  id: 'storage/archived-chunks',
  severity: 'error',
  title: 'Chunks move only to storage classes that can be read at once',
  reason:
    'GLACIER and DEEP_ARCHIVE answer a read with InvalidObjectState until somebody restores the object. Loki has no restore: queries over such days, and compaction, fail.',
  fix: 'Use GLACIER_IR in storage.tiers: read in milliseconds, and almost as cheap.',
  traps: ['T1', 'T54'],
  find: (input) =>
    clusters(input.platform).flatMap((environment) => {
      const path = storageRootPath(environment);
      const classes = [...(input.text(path) ?? '').matchAll(/storage_class = "([A-Z_]+)"/g)].map(([, name]) => name!);
      return [...new Set(classes)]
        .filter((name) => !readable.has(name))
        .map((name) => ({
          message: `${environment.name}: chunks move to ${name}, from which Loki cannot read`,
          at: 'storage.tiers',
          in: { path, text: name },
        }));
    }),
};
