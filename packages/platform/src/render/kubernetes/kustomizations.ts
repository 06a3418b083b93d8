import { clusters } from '../../platform.ts';
import type { Renderer } from '../renderer.ts';
import { yamlText } from '../yaml-text.ts';

/** `kubectl apply -k deployment/kubernetes/overlays/prod`: what is the same everywhere, and the environment's own. */
export const kustomizations: Renderer = {
  name: 'kustomizations',
  render: (platform) => {
    const environments = clusters(platform);
    if (environments.length === 0) return [];
    return [
      {
        path: 'kubernetes/loki/kustomization.yaml',
        text: kustomization(['namespace-update.yaml', 'networkpolicy.yaml', 'servicemonitor.yaml']),
      },
      ...environments.map(({ name }) => ({
        path: `kubernetes/overlays/${name}/kustomization.yaml`,
        text: kustomization(['../../loki', 'networkpolicy.yaml']),
      })),
    ];
  },
};

const kustomization = (resources: readonly string[]): string =>
  yamlText({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources });
