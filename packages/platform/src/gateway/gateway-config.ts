import { ports } from '../network/workload.ts';
import { type Environment, type Platform, usersOf } from '../platform.ts';
import type { Topology } from '../platform-definition.ts';
import { durationMs } from '../units.ts';
import type { Side } from './endpoint.ts';
import { nginxConfig } from './nginx-config.ts';

/** Services of the charts behind the gateway, without the release's name. */
const services: Readonly<Record<Topology, Readonly<Record<Side, string>>>> = {
  'simple-scalable': { write: 'write', read: 'read', tail: 'read', backend: 'backend' },
  'ha-monolithic': { write: '', read: '', tail: '', backend: '' },
  distributed: { write: 'distributor', read: 'query-frontend', tail: 'querier', backend: 'ruler' },
};

/**
 * nginx.conf of the gateway of an environment: the value `gateway.nginxConfig.file` of the Loki chart, whose own has the administration
 * endpoints in it and no users (traps T13, T16). It holds no braces that Helm's `tpl` would take for a template.
 */
export function gatewayConfig(platform: Platform, environment: Environment): string {
  const { lokiRelease, lokiNamespace } = platform.names;
  const backend = (side: Side) => {
    const name = services[environment.topology][side];
    return `${lokiRelease}${name === '' ? '' : `-${name}`}.${lokiNamespace}.svc.cluster.local:${ports.http}`;
  };
  return nginxConfig({
    listenPort: ports.gateway,
    users: environment.auth ? usersOf(platform, environment) : undefined,
    passwordFile: '/etc/nginx/secrets/.htpasswd',
    backends: { write: backend('write'), read: backend('read'), tail: backend('tail'), backend: backend('backend') },
    resolver: 'kube-dns.kube-system.svc.cluster.local.',
    maxBodyMb: platform.tuning.maxRequestBodyMb,
    readTimeoutSeconds: Math.ceil(durationMs(platform.tuning.queryTimeout) / 1000) + 10,
    temporaryFolder: '/tmp',
    accessLog: '/dev/stdout',
  });
}
