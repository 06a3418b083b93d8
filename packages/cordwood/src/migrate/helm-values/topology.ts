/**
 * What follows the simple scalable deployment, which Loki 4.0 does not have: every component in one binary, three times
 * (`ha-monolithic`), or each apart (`distributed`). The change is made in two steps: first both run on one ring and
 * bucket, then the old ones go.
 */
import type { ReportChange } from '../settings-file/rule-pack.ts';
import type { Subtree } from '../settings-file/subtree.ts';

export type Topology = 'ha-monolithic' | 'distributed';
export type Phase = 'transition' | 'final';

/** Below three replicas no write survives the loss of one. */
const replicasMin = 3;

const scalable = ['write', 'read', 'backend'] as const;

export function changeTopology(file: Subtree, topology: Topology, phase: Phase, report: ReportChange): void {
  if (file.text(['loki', 'storage', 'type']) === 'filesystem') {
    report({
      severity: 'error',
      key: 'loki.storage.type',
      before: 'filesystem',
      after: undefined,
      why: 'several replicas need a bucket that all of them see',
    });
  }
  const set = (path: readonly string[], value: unknown, why: string) => {
    const before = file.has(path) ? file.text(path) : undefined;
    if (file.has(path) && file.get(path) === value) return;
    file.set(path, value);
    const after = typeof value === 'object' ? JSON.stringify(value) : String(value);
    report({ severity: 'change', key: path.join('.'), before, after, why });
  };
  set(['deploymentMode'], modes[topology][phase], 'the components that run');
  if (topology === 'ha-monolithic') setMonolithic(file, set);
  else setDistributed(file, set, report);
  if (phase === 'transition') setTransition(file, set);
  else removeScalable(file, set);
}

type SetValue = (path: readonly string[], value: unknown, why: string) => void;

const modes: Readonly<Record<Topology, Readonly<Record<Phase, string>>>> = {
  'ha-monolithic': { transition: 'Monolithic<->SimpleScalable', final: 'Monolithic' },
  distributed: { transition: 'SimpleScalable<->Distributed', final: 'Distributed' },
};

function replicasOf(file: Subtree, component: string, otherwise: number): number {
  const replicas = file.get([component, 'replicas']);
  return typeof replicas === 'number' ? replicas : otherwise;
}

function setMonolithic(file: Subtree, set: SetValue): void {
  set(['singleBinary', 'replicas'], Math.max(replicasMin, replicasOf(file, 'write', replicasMin)), 'as many as wrote');
  for (const key of ['persistence', 'resources', 'nodeSelector', 'tolerations', 'affinity']) {
    const value = file.get(['write', key]);
    if (value !== undefined && !file.has(['singleBinary', key]))
      set(['singleBinary', key], value, 'what the writers had');
  }
  const factor = ['loki', 'commonConfig', 'replication_factor'];
  if (Number(file.get(factor) ?? replicasMin) < replicasMin) set(factor, replicasMin, 'one of three may be lost');
}

/** How many of each: writers become ingesters and distributors, readers become queriers, the backend is cut up. */
function setDistributed(file: Subtree, set: SetValue, report: ReportChange): void {
  const write = replicasOf(file, 'write', replicasMin);
  const readMax = file.get(['read', 'autoscaling', 'maxReplicas']);
  const read = typeof readMax === 'number' ? readMax : replicasOf(file, 'read', 2);
  const counts = {
    ingester: Math.max(replicasMin, write),
    distributor: write,
    querier: read,
    queryFrontend: 2,
    queryScheduler: 2,
    indexGateway: 2,
    compactor: 1,
    ruler: Math.max(1, replicasOf(file, 'backend', 1)),
  };
  for (const [component, replicas] of Object.entries(counts)) {
    if (!file.has([component, 'replicas']))
      set([component, 'replicas'], replicas, 'a part of what write, read and backend did');
  }
  const size = file.get(['write', 'persistence', 'size']);
  if (size === undefined || file.has(['ingester', 'persistence'])) return;
  report({
    severity: 'warning',
    key: 'ingester.persistence',
    before: undefined,
    after: undefined,
    why: `the writers had volumes of ${String(size)}: give the ingesters as much in ingester.persistence`,
  });
}

/** Both kinds run: they must meet in one ring, and the old ones must hand over what they hold. */
function setTransition(file: Subtree, set: SetValue): void {
  set(['loki', 'ingester', 'wal', 'flush_on_shutdown'], true, 'what a writer holds goes to the bucket when it ends');
  set(['loki', 'ingester', 'lifecycler', 'unregister_on_shutdown'], true, 'a writer that is gone leaves the ring');
  const label = ['loki', 'extraMemberlistConfig', 'cluster_label'];
  if (!file.has(label) && !file.has(['loki', 'memberlistConfig'])) {
    set(label, 'loki', 'no other ring in the cluster may join this one');
  }
}

function removeScalable(file: Subtree, set: SetValue): void {
  for (const component of scalable) {
    set([component, 'replicas'], 0, 'its work is done elsewhere');
    if (file.get([component, 'autoscaling', 'enabled']) === true) {
      set([component, 'autoscaling', 'enabled'], false, 'its work is done elsewhere');
    }
  }
}
