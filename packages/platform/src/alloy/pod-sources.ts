/** Where the lines of pods come from: files of the node (or the Kubernetes API) in a cluster, a folder on one machine. */
import type { Platform } from '../platform.ts';
import { block, comment, map, spaced, text } from './alloy-text.ts';

/** The general job: what a line is before a more specific one takes it. */
const generalJob = (platform: Platform): string =>
  platform.scrapeJobs.find(
    ({ source, select, audit }) =>
      source === 'pods' && !audit && (select === undefined || Object.keys(select).length === 0),
  )!.name;

/** Stages over a container's lines. */
function containerStages(platform: Platform, cri: boolean, more: string | undefined): string {
  return spaced(
    cri
      ? `${comment('Joins what the runtime split at 16 KiB, and takes the time at which the container wrote the line.')}\n${block('stage.cri')}`
      : undefined,
    more,
    ...platform.pipeline.drop.map(({ reason, expression }) =>
      block('stage.drop', `expression = ${text(expression)}`, `drop_counter_reason = ${text(reason)}`),
    ),
  );
}

const fileSource = block(
  'loki.source.file "pods"',
  'targets = local.file_match.pods.targets',
  'forward_to = [loki.process.pods.receiver]',
);

const podsProcess = (stages: string): string =>
  block('loki.process "pods"', 'forward_to = [loki.process.redact.receiver]', '\n', stages);

/** A folder that is laid out like /var/log/pods. */
export function folderPods(platform: Platform): string {
  return spaced(
    comment(
      "The kubelet's layout: <namespace>_<pod>_<uid>/<container>/<restarts>.log. Rotated files are renamed to 0.log.<time> and no\nlonger match, so that nothing is read twice.",
    ),
    block(
      'local.file_match "pods"',
      `path_targets = [{
        "__path__" = coalesce(sys.env("CORDWOOD_PODS"), "/var/log/pods") + "/*/*/*.log",
        "job" = ${text(generalJob(platform))},
      }]`,
      'sync_period = "2s"',
    ),
    fileSource,
    podsProcess(
      containerStages(
        platform,
        true,
        spaced(
          block(
            'stage.regex',
            'source = "filename"',
            `expression = ${text('/(?P<namespace>[^/_]+)_(?P<pod>[^/_]+)_[^/_]+/(?P<container>[^/]+)/[^/]+$')}`,
          ),
          block('stage.labels', `values = ${map({ namespace: '', pod: '', container: '', service: 'container' })}`),
        ),
      ),
    ),
  );
}

/** Pods of this node. Without the field selector every collector of the DaemonSet would read every pod (trap T44). */
export function clusterPods(platform: Platform): string {
  const api = platform.pipeline.podSource === 'api';
  return spaced(
    comment('Only pods of this node: every node has its own Alloy.'),
    block(
      'discovery.kubernetes "pods"',
      'role = "pod"',
      '\n',
      block('selectors', 'role = "pod"', 'field = "spec.nodeName=" + sys.env("NODE_NAME")'),
    ),
    block(
      'discovery.relabel "pods"',
      'targets = discovery.kubernetes.pods.targets',
      '\n',
      spaced(...relabelRules(platform, api)),
    ),
    ...(api
      ? [
          block(
            'loki.source.kubernetes "pods"',
            'targets = discovery.relabel.pods.output',
            'forward_to = [loki.process.pods.receiver]',
          ),
        ]
      : [block('local.file_match "pods"', 'path_targets = discovery.relabel.pods.output'), fileSource]),
    podsProcess(containerStages(platform, !api, undefined)),
  );
}

function relabelRules(platform: Platform, api: boolean): string[] {
  const meta = (name: string) => `__meta_kubernetes_${name}`;
  const take = (sources: readonly string[], target: string, ...more: readonly string[]) =>
    block(
      'rule',
      `source_labels = [${sources.map((source) => text(meta(source))).join(', ')}]`,
      ...more,
      `target_label = ${text(target)}`,
    );
  const namespaces = platform.tenants.flatMap((tenant) => tenant.namespaces);
  return [
    block('rule', `source_labels = [${text(meta('pod_phase'))}]`, 'regex = "Succeeded|Failed"', 'action = "drop"'),
    ...(platform.pipeline.onlyTenantNamespaces
      ? [
          block(
            'rule',
            `source_labels = [${text(meta('namespace'))}]`,
            `regex = ${text(namespaces.join('|'))}`,
            'action = "keep"',
          ),
        ]
      : []),
    take(['namespace'], 'namespace'),
    take(['pod_name'], 'pod'),
    take(['pod_container_name'], 'container'),
    take(['pod_node_name'], 'node'),
    `${comment("The service is what the pod's labels call it, else its container. Loki's own service_name follows from it.")}\n${take(['pod_container_name'], 'service')}`,
    take(['pod_label_app'], 'service', 'regex = "(.+)"'),
    take(['pod_label_app_kubernetes_io_name'], 'service', 'regex = "(.+)"'),
    block('rule', `replacement = ${text(generalJob(platform))}`, 'target_label = "job"'),
    ...platform.scrapeJobs.flatMap((job) => {
      const annotation = job.select?.annotation;
      if (annotation === undefined) return [];
      return [
        take(
          [`pod_annotation_${annotation.replace(/[^a-zA-Z0-9_]/g, '_')}`],
          'job',
          'regex = "true"',
          `replacement = ${text(job.name)}`,
        ),
      ];
    }),
    ...(api
      ? []
      : [
          take(
            ['pod_uid', 'pod_container_name'],
            '__path__',
            'separator = "/"',
            `replacement = ${text('/var/log/pods/*$1/*.log')}`,
          ),
          `${comment("Of a static pod the kubelet's folder has the hash of its file, not the uid that the API shows.")}\n${take(
            ['pod_annotation_kubernetes_io_config_hash', 'pod_container_name'],
            '__path__',
            'separator = "/"',
            'regex = "(.+/.+)"',
            `replacement = ${text('/var/log/pods/*$1/*.log')}`,
          )}`,
        ]),
  ];
}
