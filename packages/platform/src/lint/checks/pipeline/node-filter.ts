import { clusterAlloyFiles } from '../../alloy-flow.ts';
import type { Check } from '../../check.ts';

export const nodeFilter: Check = {
  id: 'pipeline/node-filter',
  severity: 'error',
  title: 'A collector reads the pods of its own node only',
  reason:
    'Alloy runs on every node. Without a field selector each of them finds all pods: every line is stored as many times as there are nodes.',
  fix: 'selectors { field = "spec.nodeName=" + sys.env("NODE_NAME") } in discovery.kubernetes.',
  traps: ['T44'],
  find: (input) =>
    clusterAlloyFiles(input).flatMap(({ path, text, components }) =>
      components
        .filter(({ name }) => name === 'discovery.kubernetes')
        .filter(
          ({ block }) => !/spec\.nodeName=" *\+ *sys\.env\("NODE_NAME"\)/.test(text.slice(block.start, block.close)),
        )
        .map(({ id }) => ({
          message: `${id} discovers the pods of all nodes`,
          at: 'pipeline',
          in: { path, text: 'discovery.kubernetes' },
        })),
    ),
};
