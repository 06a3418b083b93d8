import { alloyConfig } from '../alloy/alloy-config.ts';
import type { Renderer } from './renderer.ts';

/** `config.alloy` of each environment on one machine. */
export const localAlloy: Renderer = {
  name: 'local-alloy',
  render: (platform) =>
    platform.environments.map((environment) => ({
      path: `local/${environment.name}/config.alloy`,
      text: alloyConfig(platform, environment, 'machine'),
    })),
};
