import { clusters } from '../../platform.ts';
import type { Renderer } from '../renderer.ts';
import { yamlText } from '../yaml-text.ts';

/**
 * Loki's pods need nothing of the node: `restricted`. Alloy reads the node's files through hostPath volumes, which both `baseline` and
 * `restricted` refuse, so it has a namespace of its own (trap T45), which still warns about everything else.
 */
export const namespaces: Renderer = {
  name: 'namespaces',
  render: (platform) => {
    if (clusters(platform).length === 0) return [];
    const { lokiNamespace, alloyNamespace } = platform.names;
    const objects = [
      namespace(platform.name, lokiNamespace, 'restricted'),
      namespace(platform.name, alloyNamespace, 'privileged'),
    ];
    return [
      {
        path: namespacePath,
        text: objects
          .map((object, index) =>
            yamlText(object, index === 0 ? { head: 'Namespaces with their Pod Security level.' } : {}),
          )
          .join('---\n'),
      },
    ];
  },
};

export const namespacePath = 'kubernetes/loki/namespace-update.yaml';

/** The version whose rules of a level are meant; `latest` would change under us with every upgrade of the cluster. */
const podSecurityVersion = 'v1.31';

const namespace = (platform: string, name: string, enforce: 'restricted' | 'privileged') => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name,
    labels: {
      'app.kubernetes.io/part-of': `${platform}-logging`,
      'pod-security.kubernetes.io/enforce': enforce,
      'pod-security.kubernetes.io/enforce-version': podSecurityVersion,
      'pod-security.kubernetes.io/audit': 'restricted',
      'pod-security.kubernetes.io/audit-version': podSecurityVersion,
      'pod-security.kubernetes.io/warn': 'restricted',
      'pod-security.kubernetes.io/warn-version': podSecurityVersion,
    },
  },
});
