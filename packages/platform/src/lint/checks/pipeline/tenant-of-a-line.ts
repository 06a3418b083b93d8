import { alloyFiles, nestedBlocks } from '../../alloy-flow.ts';
import type { Check } from '../../check.ts';

export const tenantOfALine: Check = {
  id: 'pipeline/tenant-of-a-line',
  severity: 'error',
  title: 'No line chooses its own tenant',
  reason:
    'The tenant_id of the log schema is a customer. A service that could name the Loki tenant could write into the audit trail, or hide its lines in another one.',
  fix: 'stage.tenant with a value, chosen by namespace.',
  traps: ['T17', 'T18'],
  find: (input) =>
    alloyFiles(input).flatMap(({ path, text, components }) =>
      components
        .flatMap(({ block }) => nestedBlocks(block, 'stage.tenant'))
        .filter((block) => !/^\s*value\s*=\s*"/m.test(text.slice(block.open + 1, block.close)))
        .map(() => ({
          message: 'stage.tenant takes the tenant out of the line',
          at: 'pipeline',
          in: { path, text: 'stage.tenant' },
        })),
    ),
};
