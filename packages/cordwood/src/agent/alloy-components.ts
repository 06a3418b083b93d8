/** Components and settings that Grafana Alloy 1.19 has and Cordwood does not run: a message about one must not guess at a typing error. */
const families: Readonly<Record<string, string>> = {
  'discovery.':
    'azure consul consulagent digitalocean dns docker dockerswarm ec2 eureka file gce hetzner http ionos kubelet kuma lightsail linode marathon nerve nomad openstack ovhcloud process puppetdb scaleway serverset triton uyuni',
  'loki.source.':
    'awsfirehose azure_event_hubs cloudflare docker gcplog gelf heroku kafka kubernetes_events podlogs windowsevent',
  'otelcol.auth.': 'headers oauth2 sigv4',
  'otelcol.connector.': 'count host_info servicegraph spanlogs spanmetrics',
  'otelcol.exporter.':
    'awss3 datadog debug faro file googlecloud googlecloudpubsub kafka loadbalancing logging otlp prometheus splunkhec syslog',
  'otelcol.processor.':
    'cumulativetodelta deltatocumulative discovery filter groupbyattrs interval k8sattributes metric_start_time probabilistic_sampler resourcedetection span tail_sampling transform',
  'otelcol.receiver.':
    'awscloudwatch cloudflare datadog faro file_stats filelog fluentforward googlecloudpubsub influxdb jaeger kafka loki opencensus prometheus solace splunkhec syslog tcplog vcenter zipkin',
  'remote.': 'http s3 vault kubernetes.configmap kubernetes.secret',
  'prometheus.': 'enrich receive_http write.queue',
  '': 'loki.rules.kubernetes otelcol.storage.file otelcol.extension.jaeger_remote_sampling tracing http remotecfg',
};
const wholeFamilies =
  /^(prometheus\.(exporter\.(?!self$)|operator\.|mapping\.)|(pyroscope|mimir|beyla|faro|database_observability)\.)/;

const names: ReadonlySet<string> = new Set(
  Object.entries(families).flatMap(([prefix, text]) => text.split(' ').map((name) => prefix + name)),
);

/** Is this the name of something that Alloy runs and Cordwood does not? */
export function isOnlyInAlloy(name: string): boolean {
  return names.has(name) || wholeFamilies.test(name);
}
