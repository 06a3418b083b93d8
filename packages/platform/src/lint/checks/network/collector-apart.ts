import { clusters } from '../../../platform.ts';
import { namespacePath } from '../../../render/kubernetes/namespaces.ts';
import type { Check, CheckFinding } from '../../check.ts';
import { valueAt } from '../../rendered-values.ts';

export const collectorApart: Check = {
  id: 'network/collector-apart',
  severity: 'error',
  title: "Loki's namespace has the Pod Security level restricted, and the collector another namespace",
  reason:
    'Alloy mounts folders of the node, which only the level privileged allows. In one namespace Loki would lose its protection too.',
  fix: 'Give names.alloyNamespace a name of its own.',
  traps: ['T45'],
  find(input) {
    const { lokiNamespace, alloyNamespace } = input.platform.names;
    if (clusters(input.platform).length === 0) return [];
    const findings: CheckFinding[] = [];
    if (lokiNamespace === alloyNamespace)
      findings.push({ message: `Loki and Alloy share ${lokiNamespace}`, at: 'names.alloyNamespace' });
    for (const object of input.documents(namespacePath)) {
      const name = valueAt(object, ['metadata', 'name']);
      const level = valueAt(object, ['metadata', 'labels', 'pod-security.kubernetes.io/enforce']);
      if (name === lokiNamespace && level !== 'restricted' && lokiNamespace !== alloyNamespace)
        findings.push({
          message: `${lokiNamespace} enforces ${level ?? 'nothing'}`,
          at: 'names.lokiNamespace',
          in: { path: namespacePath, text: `name: ${lokiNamespace}` },
        });
    }
    return findings;
  },
};
