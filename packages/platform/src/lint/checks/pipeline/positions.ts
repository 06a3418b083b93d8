import type { Check } from '../../check.ts';
import { valueAt } from '../../rendered-values.ts';

const path = 'helm/alloy/values.yaml';

export const positions: Check = {
  id: 'pipeline/positions',
  severity: 'error',
  title: 'What a collector remembers outlives its pod',
  reason:
    'Positions under /tmp, or in an emptyDir, are gone with the pod: after every roll-out all files of the node are read again, or skipped.',
  fix: 'alloy.storagePath below hostPaths.storage, which is a folder of the node.',
  find({ documents, text }) {
    if (text(path) === undefined) return [];
    const values = documents(path)[0];
    const storage = String(valueAt(values, ['alloy', 'storagePath']));
    const host = String(valueAt(values, ['hostPaths', 'storage']));
    return storage.startsWith('/var/lib/alloy/') && /^\/(?!tmp|run|dev)/.test(host)
      ? []
      : [
          {
            message: `positions are in ${storage}, the folder of the node is ${host}`,
            at: 'patches',
            in: { path, text: 'storagePath' },
          },
        ];
  },
};
