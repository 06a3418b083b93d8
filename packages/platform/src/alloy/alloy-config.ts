import assert from 'node:assert/strict';
import { format } from '@cordwood/alloy';
import { type Environment, type Platform, usersOf } from '../platform.ts';
import { renderedNote } from '../render/rendered-note.ts';
import { quantityBytes } from '../units.ts';
import { block, comment, map, spaced, text } from './alloy-text.ts';
import { clusterJournals, machineFiles } from './node-sources.ts';
import { otlpSource } from './otlp-source.ts';
import { clusterPods, folderPods } from './pod-sources.ts';
import { redactionProcess } from './redaction-stages.ts';
import { schemaProcess } from './schema-stages.ts';

/**
 * `config.alloy` of an environment: sources → redaction → schema (labels, metadata, tenant) → Loki.
 *
 * On one machine (`machine`) pods are a folder, the journal is files and Loki is next door; redaction and schema are the
 * cluster's, word for word.
 */
export function alloyConfig(platform: Platform, environment: Environment, place: 'cluster' | 'machine'): string {
  const cluster = place === 'cluster';
  const dualWrite =
    cluster && platform.dualWrite?.environments.includes(environment.name) ? platform.dualWrite : undefined;
  const source = spaced(
    header(platform, environment, cluster),
    block('logging', 'level = "info"', 'format = "logfmt"'),
    section('pods'),
    cluster ? clusterPods(platform) : folderPods(platform),
    section('OTLP'),
    otlpSource(platform, environment, {
      grpc: cluster ? '"0.0.0.0:4317"' : 'coalesce(sys.env("CORDWOOD_OTLP_GRPC"), "127.0.0.1:4317")',
      http: cluster ? '"0.0.0.0:4318"' : 'coalesce(sys.env("CORDWOOD_OTLP_HTTP"), "127.0.0.1:4318")',
      ...(cluster ? { memoryLimit: otlpMemoryLimit(environment) } : {}),
    }),
    section(cluster ? 'the node' : 'the machine'),
    cluster ? clusterJournals(platform) : machineFiles(),
    section('redaction: every line passes here before its fields are read'),
    redactionProcess(
      platform,
      environment,
      dualWrite ? 'loki.process.schema.receiver, loki.process.legacy.receiver' : 'loki.process.schema.receiver',
    ),
    section('schema: time, labels, metadata, tenant'),
    schemaProcess(platform, environment, 'schema', 'loki.write.default.receiver', {
      structuredMetadata: true,
      tenant: 'by-namespace',
    }),
    cluster ? clusterWrite(platform, environment) : machineWrite(environment),
    ...(dualWrite
      ? [
          section('dual write: the Loki that is being replaced; it knows no structured metadata'),
          schemaProcess(platform, environment, 'legacy', 'loki.write.legacy.receiver', {
            structuredMetadata: false,
            tenant: dualWrite.tenant ?? environment.defaultTenant.id,
          }),
          // A component of its own: endpoints of one loki.write wait for each other.
          block(
            'loki.write "legacy"',
            block('endpoint', `url = ${text(dualWrite.url)}`),
            '\n',
            externalLabels(environment),
          ),
        ]
      : []),
  );
  const formatted = format({ name: 'config.alloy', text: `${source}\n` });
  assert.ok(
    formatted.text !== undefined,
    formatted.diagnostics.map(({ message, line }) => `${line}: ${message}`).join('\n'),
  );
  return formatted.text;
}

const section = (title: string): string => `// ---- ${title} ${'-'.repeat(Math.max(3, 116 - title.length))}`;

function header(platform: Platform, environment: Environment, cluster: boolean): string {
  const what = `${platform.title}'s log collection (INFRA-009 TR-002), environment ${environment.name}${cluster ? '' : ', on one machine'}: pods, OTLP and the ${cluster ? "node's" : "machine's"} own logs,\nredacted before anything leaves the agent, sent to the tenant of their namespace.\n${renderedNote}`;
  const variables = cluster
    ? 'NODE_NAME      the node that this Alloy reads\nREDACT_IPS_IN  services (a regular expression) in whose lines IP addresses are redacted too'
    : `The same file runs in Grafana Alloy and in \`cordwood agent\`.

CORDWOOD_PODS          where the container runtime keeps its logs (default /var/log/pods)
CORDWOOD_MACHINE_LOGS  the machine's own logs, a glob (default /var/log/*.log)
CORDWOOD_OTLP_GRPC     address for OTLP over gRPC (default 127.0.0.1:4317)
CORDWOOD_OTLP_HTTP     address for OTLP over HTTP (default 127.0.0.1:4318)
CORDWOOD_LOKI_URL      push endpoint of the store (default http://127.0.0.1:3100/loki/api/v1/push)
REDACT_IPS_IN          services (a regular expression) in whose lines IP addresses are redacted too`;
  return comment(`${what}\n\n${variables}`).replaceAll(/ +$/gm, '');
}

/** Part of the pod's memory at which OTLP has to wait, so that reading files goes on. */
const otlpMemoryShare = 0.75;

const otlpMemoryLimit = ({ resources }: Environment): string =>
  `${Math.floor((quantityBytes(resources.alloy.limits.memory) * otlpMemoryShare) / 2 ** 20)}MiB`;

/** Which cluster a line is from. On a laptop there is one. */
const externalLabels = ({ runsOn, cluster, name }: Environment): string | undefined =>
  runsOn === 'laptop' ? undefined : `external_labels = ${map({ cluster, environment: name })}`;

function clusterWrite(platform: Platform, environment: Environment): string {
  const user = usersOf(platform, environment).find(({ role }) => role === 'writer')?.name ?? 'alloy';
  return block(
    'loki.write "default"',
    block(
      'endpoint',
      `url = ${text(`${environment.gatewayUrl}/loki/api/v1/push`)}`,
      'batch_wait = "1s"',
      'batch_size = "1MiB"',
      '\n',
      ...retryForEver,
      ...(environment.auth
        ? [
            '\n',
            block(
              'basic_auth',
              `username = ${text(user)}`,
              `password_file = ${text(`/etc/alloy/credentials/${user}`)}`,
            ),
          ]
        : []),
    ),
    '\n',
    externalLabels(environment),
  );
}

function machineWrite(environment: Environment): string {
  return block(
    'loki.write "default"',
    block(
      'endpoint',
      'url = coalesce(sys.env("CORDWOOD_LOKI_URL"), "http://127.0.0.1:3100/loki/api/v1/push")',
      'batch_wait = "100ms"',
      '\n',
      ...retryForEver,
    ),
    '\n',
    externalLabels(environment),
  );
}

/** Ten attempts are the default: an outage of nine minutes would lose lines. */
const retryForEver = [
  comment('For ever: with files as the source, an outage delays lines instead of losing them.'),
  'max_backoff_retries = 0',
  'max_backoff_period = "10s"',
];
