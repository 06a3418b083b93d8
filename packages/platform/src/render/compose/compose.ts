import { machineComments, machineConfig } from '../../loki/machine-config.ts';
import { alloyVersion, charts, type Environment, type Platform } from '../../platform.ts';
import type { Artifact } from '../artifact.ts';
import { lokiDatasource, tempoDatasource } from '../monitoring/grafana-datasources.ts';
import { prometheusRuleFile } from '../platform-rules.ts';
import { renderedNote } from '../rendered-note.ts';
import type { Renderer } from '../renderer.ts';
import { yamlText } from '../yaml-text.ts';

/**
 * The real Loki, Alloy, Grafana, Prometheus, Alertmanager and Tempo on one machine, for who wants to see the artifacts in them. Loki runs in
 * one process and on a folder; pipeline, limits, rules, dashboards and alerts are production's. Ports are open to this machine only.
 */
export const compose: Renderer = {
  name: 'compose',
  render: (platform) => {
    const environment = composeEnvironment(platform);
    if (environment === undefined) return [];
    return [
      composeFile(platform, environment),
      lokiFile(platform, environment),
      prometheusFile(),
      { path: 'compose/prometheus-rules.yaml', text: prometheusRuleFile(platform) },
      tempoFile(),
      datasourcesFile(platform, environment),
    ];
  },
};

/**
 * The first with tenants whose files for one machine are in the output folder; a laptop's may be beside the definition, where compose
 * does not find them.
 */
function composeEnvironment({ environments }: Platform): Environment | undefined {
  const inOutput = environments.filter(({ directory }) => directory === undefined);
  return inOutput.find(({ auth }) => auth) ?? inOutput[0];
}

/** Tags, not digests: nothing that is rendered asks a registry. */
const images = {
  grafana: 'grafana/grafana:12.3.0',
  prometheus: 'prom/prometheus:v3.5.0',
  alertmanager: 'prom/alertmanager:v0.28.1',
  tempo: 'grafana/tempo:2.8.2',
} as const;

const onThisMachine = (port: number, inside = port): string => `127.0.0.1:${port}:${inside}`;

function composeFile(platform: Platform, environment: Environment): Artifact {
  const local = `../local/${environment.name}`;
  const readOnly = (from: string, to: string) => `${from}:${to}:ro`;
  // The image has no shell and no curl (trap T61).
  const lokiHealth = { test: ['CMD', '/usr/bin/loki', '-health'], interval: '5s', timeout: '3s', retries: 20 };
  return {
    path: composePath,
    text: yamlText(
      {
        name: `${platform.name}-logs`,
        services: {
          loki: {
            image: `grafana/loki:${charts['ha-monolithic'].lokiVersion}`,
            command: ['-config.file=/etc/loki/loki.yaml'],
            ports: [onThisMachine(3100)],
            volumes: [
              readOnly('./loki.yaml', '/etc/loki/loki.yaml'),
              readOnly(`${local}/overrides.yaml`, '/etc/loki/overrides.yaml'),
              readOnly(`${local}/rules`, '/etc/loki/rules'),
              'loki:/loki',
            ],
            healthcheck: lokiHealth,
            restart: 'unless-stopped',
          },
          alloy: {
            image: `grafana/alloy:v${alloyVersion}`,
            command: [
              'run',
              '/etc/alloy/config.alloy',
              '--storage.path=/var/lib/alloy/data',
              '--server.http.listen-addr=0.0.0.0:12345',
              '--disable-reporting',
            ],
            environment: {
              CORDWOOD_PODS: '/var/log/pods',
              CORDWOOD_MACHINE_LOGS: '/var/log/machine/*.log',
              CORDWOOD_LOKI_URL: 'http://loki:3100/loki/api/v1/push',
              CORDWOOD_OTLP_GRPC: '0.0.0.0:4317',
              CORDWOOD_OTLP_HTTP: '0.0.0.0:4318',
            },
            ports: [onThisMachine(12345), onThisMachine(4317), onThisMachine(4318)],
            volumes: [
              readOnly(`${local}/config.alloy`, '/etc/alloy/config.alloy'),
              readOnly('${CORDWOOD_PODS:-./pods}', '/var/log/pods'),
              'alloy:/var/lib/alloy',
            ],
            depends_on: { loki: { condition: 'service_healthy' } },
            restart: 'unless-stopped',
          },
          grafana: {
            image: images.grafana,
            environment: {
              GF_AUTH_ANONYMOUS_ENABLED: 'true',
              GF_AUTH_ANONYMOUS_ORG_ROLE: 'Admin',
              GF_ANALYTICS_REPORTING_ENABLED: 'false',
              GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
            },
            ports: [onThisMachine(3000)],
            volumes: [
              readOnly('./grafana-datasources.yaml', '/etc/grafana/provisioning/datasources/datasources.yaml'),
              readOnly('../monitoring/grafana/dashboards.yaml', '/etc/grafana/provisioning/dashboards/dashboards.yaml'),
              readOnly('../monitoring/dashboards', '/var/lib/grafana/dashboards'),
            ],
            depends_on: { loki: { condition: 'service_healthy' } },
            restart: 'unless-stopped',
          },
          prometheus: {
            image: images.prometheus,
            command: [
              '--config.file=/etc/prometheus/prometheus.yaml',
              '--storage.tsdb.path=/prometheus',
              // The ruler writes its recorded series here.
              '--web.enable-remote-write-receiver',
            ],
            ports: [onThisMachine(9090)],
            volumes: [
              readOnly('./prometheus.yaml', '/etc/prometheus/prometheus.yaml'),
              readOnly('./prometheus-rules.yaml', '/etc/prometheus/prometheus-rules.yaml'),
              'prometheus:/prometheus',
            ],
            restart: 'unless-stopped',
          },
          alertmanager: {
            image: images.alertmanager,
            command: ['--config.file=/etc/alertmanager/alertmanager.yaml', '--storage.path=/alertmanager'],
            ports: [onThisMachine(9093)],
            volumes: [readOnly('../monitoring/alertmanager/alertmanager.yaml', '/etc/alertmanager/alertmanager.yaml')],
            restart: 'unless-stopped',
          },
          tempo: {
            image: images.tempo,
            command: ['-config.file=/etc/tempo/tempo.yaml'],
            ports: [onThisMachine(3200)],
            volumes: [readOnly('./tempo.yaml', '/etc/tempo/tempo.yaml'), 'tempo:/var/tempo'],
            restart: 'unless-stopped',
          },
        },
        volumes: { loki: {}, alloy: {}, prometheus: {}, tempo: {} },
      },
      {
        head: `The real Loki, Alloy, Grafana, Prometheus, Alertmanager and Tempo on one machine: \`docker compose up\`, then http://localhost:3000.\nPods' logs are read from CORDWOOD_PODS (default ./pods). ${renderedNote}`,
      },
    ),
  };
}

export const composePath = 'compose/docker-compose.yaml';

function lokiFile(platform: Platform, environment: Environment): Artifact {
  const { server, common, compactor, ruler, ...config } = machineConfig(platform, environment) as Record<
    'server' | 'common' | 'compactor' | 'ruler',
    object
  >;
  return {
    path: 'compose/loki.yaml',
    text: yamlText(
      {
        ...config,
        server: { ...server, http_listen_address: '0.0.0.0' },
        common: {
          ...common,
          path_prefix: '/loki',
          storage: { filesystem: { chunks_directory: '/loki/chunks', rules_directory: '/etc/loki/rules' } },
        },
        compactor: { ...compactor, working_directory: '/loki/compactor' },
        ruler: {
          ...ruler,
          rule_path: '/loki/rules-temp',
          storage: { type: 'local', local: { directory: '/etc/loki/rules' } },
          alertmanager_url: 'http://alertmanager:9093',
          enable_alertmanager_v2: true,
          wal: { dir: '/loki/ruler-wal' },
          remote_write: { enabled: true, clients: { prometheus: { url: 'http://prometheus:9090/api/v1/write' } } },
        },
        runtime_config: { file: '/etc/loki/overrides.yaml', period: '10s' },
      },
      {
        head: `Loki in one container; the rest is ${environment.name}'s. ${renderedNote}`,
        at: commentsOf(machineComments),
      },
    ),
  };
}

const commentsOf = (comments: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(comments).filter(([path]) => !/^(query_range|common|ruler|compactor)/.test(path)));

function prometheusFile(): Artifact {
  const job = (name: string, target: string) => ({
    job_name: name,
    static_configs: [{ targets: [target], labels: { namespace: 'compose' } }],
  });
  return {
    path: 'compose/prometheus.yaml',
    text: yamlText(
      {
        global: { scrape_interval: '15s', evaluation_interval: '30s' },
        alerting: { alertmanagers: [{ static_configs: [{ targets: ['alertmanager:9093'] }] }] },
        rule_files: ['prometheus-rules.yaml'],
        scrape_configs: [
          // As the ServiceMonitor names it: the dashboards choose by the end of the job.
          job('compose/loki', 'loki:3100'),
          job('compose/alloy', 'alloy:12345'),
          job('compose/tempo', 'tempo:3200'),
        ],
      },
      { head: renderedNote },
    ),
  };
}

const tempoFile = (): Artifact => ({
  path: 'compose/tempo.yaml',
  text: yamlText(
    {
      server: { http_listen_port: 3200 },
      distributor: { receivers: { otlp: { protocols: { grpc: { endpoint: '0.0.0.0:4317' } } } } },
      storage: { trace: { backend: 'local', local: { path: '/var/tempo/traces' }, wal: { path: '/var/tempo/wal' } } },
    },
    { head: renderedNote },
  ),
});

function datasourcesFile(platform: Platform, environment: Environment): Artifact {
  const tenants = environment.auth ? environment.tenants.map(({ id }) => id) : [undefined];
  return {
    path: 'compose/grafana-datasources.yaml',
    text: yamlText(
      {
        apiVersion: 1,
        datasources: [
          ...tenants.map((tenant) => ({
            ...lokiDatasource(platform, {
              tenant,
              uid: tenant === undefined || tenant === environment.defaultTenant.id ? 'loki' : `loki-${tenant}`,
              url: 'http://loki:3100',
              user: undefined,
            }),
          })),
          { ...tempoDatasource(platform), url: 'http://tempo:3200' },
          { name: 'Prometheus', type: 'prometheus', uid: 'prometheus', access: 'proxy', url: 'http://prometheus:9090' },
        ],
      },
      { head: `There is no gateway here: this Loki believes every tenant. ${renderedNote}` },
    ),
  };
}
