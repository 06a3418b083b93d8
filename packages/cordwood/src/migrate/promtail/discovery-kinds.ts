/**
 * Service discovery: `X_sd_configs` of a scrape config and the `discovery.X` that does the same. Data only; what needs more
 * than a table (the node of a pod, Docker's pair of components) is in `discovery.ts`.
 */
import {
  attribute,
  block,
  blocks,
  boolean,
  type Field,
  integer,
  noEquivalent,
  prometheusDuration,
  readElsewhere,
  type Table,
  text,
  textMap,
  texts,
} from './fields.ts';
import { httpClientFields, tlsConfig } from './http-client.ts';

export interface DiscoveryKind {
  /** `kubernetes_sd_configs` */
  readonly from: string;
  /** `discovery.kubernetes` */
  readonly to: string;
  readonly table: Table;
}

const filter: Table = {
  goType: 'Filter',
  fields: [attribute('name', text), attribute('values', texts)],
};
const refresh = (omit: string): Field => attribute('refresh_interval', prometheusDuration, { omit });
const port = (omit: number): Field => attribute('port', integer, { omit });

/** They stand flat in the YAML; which block they go to depends on the method. */
const azureCredentials = ['authentication_method', 'client_id', 'tenant_id', 'client_secret'];

export const discoveryKinds: readonly DiscoveryKind[] = [
  {
    from: 'azure_sd_configs',
    to: 'discovery.azure',
    table: {
      goType: 'azure.plain',
      fields: [
        attribute('environment', text, { omit: 'AzurePublicCloud' }),
        port(80),
        attribute('subscription_id', text),
        ...azureCredentials.map(readElsewhere),
        refresh('5m0s'),
        attribute('resource_group', text),
        ...httpClientFields,
      ],
    },
  },
  {
    from: 'consul_sd_configs',
    to: 'discovery.consul',
    table: {
      goType: 'consul.plain',
      fields: [
        attribute('server', text, { omit: 'localhost:8500' }),
        attribute('token', text),
        attribute('datacenter', text),
        attribute('namespace', text),
        attribute('partition', text),
        attribute('tag_separator', text, { omit: ',' }),
        attribute('scheme', text, { omit: 'http' }),
        attribute('username', text),
        attribute('password', text),
        attribute('allow_stale', boolean, { omit: true }),
        attribute('services', texts),
        attribute('tags', texts),
        attribute('node_meta', textMap()),
        attribute('filter', text),
        noEquivalent(
          'path_prefix',
          'error',
          'path_prefix is not an argument of discovery.consul',
          'put a proxy before Consul that adds it',
        ),
        refresh('30s'),
        ...httpClientFields,
      ],
    },
  },
  {
    from: 'digitalocean_sd_configs',
    to: 'discovery.digitalocean',
    table: { goType: 'digitalocean.plain', fields: [refresh('1m0s'), port(80), ...httpClientFields] },
  },
  {
    from: 'dns_sd_configs',
    to: 'discovery.dns',
    table: {
      goType: 'dns.plain',
      fields: [
        attribute('names', texts),
        refresh('30s'),
        attribute('type', text, { omit: 'SRV' }),
        attribute('port', integer, { omit: 0 }),
      ],
    },
  },
  {
    from: 'dockerswarm_sd_configs',
    to: 'discovery.dockerswarm',
    table: {
      goType: 'moby.plain',
      fields: [
        attribute('host', text),
        attribute('role', text),
        port(80),
        blocks('filters', filter, 'filter'),
        refresh('1m0s'),
        ...httpClientFields,
      ],
    },
  },
  {
    from: 'ec2_sd_configs',
    to: 'discovery.ec2',
    table: {
      goType: 'aws.plain',
      fields: [
        attribute('endpoint', text),
        attribute('region', text),
        attribute('access_key', text),
        attribute('secret_key', text),
        attribute('profile', text),
        attribute('role_arn', text),
        attribute('external_id', text),
        refresh('1m0s'),
        port(80),
        blocks('filters', filter, 'filter'),
        ...httpClientFields,
      ],
    },
  },
  {
    from: 'file_sd_configs',
    to: 'discovery.file',
    table: { goType: 'file.plain', fields: [attribute('files', texts), refresh('5m0s')] },
  },
  {
    from: 'gce_sd_configs',
    to: 'discovery.gce',
    table: {
      goType: 'gce.plain',
      fields: [
        attribute('project', text),
        attribute('zone', text),
        attribute('filter', text),
        refresh('1m0s'),
        port(80),
        attribute('tag_separator', text, { omit: ',' }),
      ],
    },
  },
  {
    from: 'kubernetes_sd_configs',
    to: 'discovery.kubernetes',
    table: {
      goType: 'kubernetes.plain',
      fields: [
        attribute('api_server', text),
        attribute('role', text),
        attribute('kubeconfig_file', text),
        block('namespaces', {
          goType: 'kubernetes.plain',
          fields: [attribute('own_namespace', boolean, { omit: false }), attribute('names', texts)],
        }),
        blocks(
          'selectors',
          {
            goType: 'kubernetes.SelectorConfig',
            fields: [attribute('role', text), attribute('label', text), attribute('field', text)],
          },
          'selectors',
        ),
        block('attach_metadata', {
          goType: 'kubernetes.AttachMetadataConfig',
          fields: [attribute('node', boolean, { omit: false }), attribute('namespace', boolean, { omit: false })],
        }),
        ...httpClientFields,
      ],
    },
  },
  {
    from: 'marathon_sd_configs',
    to: 'discovery.marathon',
    table: {
      goType: 'marathon.plain',
      fields: [
        attribute('servers', texts),
        refresh('30s'),
        attribute('auth_token', text),
        attribute('auth_token_file', text),
        ...httpClientFields,
      ],
    },
  },
  {
    from: 'nerve_sd_configs',
    to: 'discovery.nerve',
    table: zookeeper('zookeeper.plain'),
  },
  {
    from: 'openstack_sd_configs',
    to: 'discovery.openstack',
    table: {
      goType: 'openstack.plain',
      fields: [
        attribute('identity_endpoint', text),
        attribute('username', text),
        attribute('userid', text),
        attribute('password', text),
        attribute('project_name', text),
        attribute('project_id', text),
        attribute('domain_name', text),
        attribute('domain_id', text),
        attribute('application_credential_name', text),
        attribute('application_credential_id', text),
        attribute('application_credential_secret', text),
        attribute('role', text),
        attribute('region', text),
        refresh('1m0s'),
        port(80),
        attribute('all_tenants', boolean, { omit: false }),
        block('tls_config', tlsConfig),
        attribute('availability', text, { omit: 'public' }),
      ],
    },
  },
  {
    from: 'serverset_sd_configs',
    to: 'discovery.serverset',
    table: zookeeper('zookeeper.plain'),
  },
  {
    from: 'triton_sd_configs',
    to: 'discovery.triton',
    table: {
      goType: 'triton.plain',
      fields: [
        attribute('account', text),
        attribute('role', text, { omit: 'container' }),
        attribute('dns_suffix', text),
        attribute('endpoint', text),
        attribute('groups', texts),
        port(9163),
        refresh('1m0s'),
        attribute('version', integer, { omit: 1 }),
        block('tls_config', tlsConfig),
      ],
    },
  },
];

/** Promtail's own discovery: Alloy has a component made for it. */
export const consulagent: DiscoveryKind = {
  from: 'consulagent_sd_configs',
  to: 'discovery.consulagent',
  table: {
    goType: 'consulagent.plain',
    fields: [
      attribute('server', text, { omit: 'localhost:8500' }),
      attribute('token', text),
      attribute('datacenter', text),
      attribute('tag_separator', text, { omit: ',' }),
      attribute('scheme', text, { omit: 'http' }),
      attribute('username', text),
      attribute('password', text),
      // Always true in effect: the agent answers from memory.
      readElsewhere('allow_stale'),
      refresh('30s'),
      attribute('services', texts),
      attribute('tags', texts),
      noEquivalent('node_meta', 'warning', 'node_meta is not used by discovery.consulagent and will be ignored'),
      noEquivalent('namespace', 'warning', 'namespace is not used by discovery.consulagent and will be ignored'),
      block('tls_config', tlsConfig),
    ],
  },
};

export const docker: DiscoveryKind = {
  from: 'docker_sd_configs',
  to: 'discovery.docker',
  table: {
    goType: 'moby.plain',
    fields: [
      attribute('host', text),
      port(80),
      attribute('host_networking_host', text, { omit: 'localhost' }),
      attribute('match_first_network', boolean, { omit: true }),
      refresh('1m0s'),
      blocks('filters', filter, 'filter'),
      ...httpClientFields,
    ],
  },
};

function zookeeper(goType: string): Table {
  return {
    goType,
    fields: [
      attribute('servers', texts),
      attribute('paths', texts),
      attribute('timeout', prometheusDuration, { omit: '10s' }),
    ],
  };
}
