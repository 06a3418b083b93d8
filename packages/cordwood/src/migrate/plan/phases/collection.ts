import { betweenLokis, type PlanFacts, verifyCommand } from '../plan-facts.ts';
import type { Phase, Step } from '../runbook.ts';

/** Phase 2 of TR-010: Promtail goes, node by node. */
export function collection(facts: PlanFacts): Phase {
  return {
    title: 'Promtail to Alloy',
    goal: 'no Promtail runs, every pod is collected by Alloy, and no line is missing.',
    steps: [oneNode(facts), allNodes(facts), remove(facts)],
  };
}

function selectorPatch(daemonSet: string, namespace: string, selector: string): string {
  return `kubectl -n ${namespace} patch daemonset ${daemonSet} --type merge -p '${JSON.stringify({ spec: { template: { spec: { nodeSelector: JSON.parse(selector) } } } })}'`;
}

function oneNode(facts: PlanFacts): Step {
  const { old, platform } = facts;
  const { alloyNamespace, alloyRelease } = platform.names;
  return {
    title: 'One node without Promtail',
    why: 'Alloy has been reading every file since phase 1, from its own positions. Promtail keeps its positions in /tmp of a container with a read-only root, so there are none to take over (trap of the current state): nothing is read again.',
    commands: [
      'kubectl label nodes --all promtail=on',
      selectorPatch(old.daemonSet, old.namespace, '{"promtail":"on"}'),
      'kubectl label node "$NODE" promtail=off --overwrite',
    ],
    checks: [
      {
        command: `kubectl -n ${old.namespace} get pods -o wide --field-selector spec.nodeName="$NODE"`,
        expect: `no pod of ${old.daemonSet}`,
      },
      {
        command: `kubectl -n ${alloyNamespace} logs daemonset/${alloyRelease} --since=10m | grep -c level=error`,
        expect: '0',
      },
      {
        command: `kubectl get pods -A -o json > pods.json && ${verifyCommand(facts, '2', '--pods pods.json')}`,
        expect: 'ok',
      },
    ],
    rollback: ['kubectl label node "$NODE" promtail=on --overwrite'],
    watch: ['Lines per service and minute of that node, before and after: dashboard "Log exploration".'],
  };
}

function allNodes(facts: PlanFacts): Step {
  const { environment, old } = facts;
  return {
    title: 'All nodes',
    commands: ['kubectl label nodes --all promtail=off --overwrite'],
    checks: [
      { command: `kubectl -n ${old.namespace} get daemonset ${old.daemonSet}`, expect: 'DESIRED 0' },
      {
        command: betweenLokis(
          facts,
          'compare',
          `--since 2h --settle 10m --by namespace --by service --only '{cluster="${environment.cluster}"}' --lines-only`,
        ),
        expect: 'exit code 0, two hours after the last node',
      },
    ],
    rollback: [
      'kubectl label nodes --all promtail=on --overwrite   # Promtail reads on; lines of the time between are in both Lokis, from Alloy',
    ],
    watch: [
      'Alerts over logs: AuditLogGap and ServiceSilent must not fire.',
      "Alloy's memory on the busiest node against its limit.",
    ],
  };
}

function remove({ old }: PlanFacts): Step {
  return {
    title: 'Remove the DaemonSet',
    why: 'A day after the last node: until then it is one label away.',
    commands: [
      `kubectl -n ${old.namespace} get daemonset ${old.daemonSet} -o yaml > promtail-daemonset.yaml`,
      `kubectl -n ${old.namespace} delete daemonset ${old.daemonSet}`,
      'kubectl label nodes --all promtail-',
    ],
    checks: [{ command: `kubectl get daemonset -A | grep -c ${old.daemonSet}`, expect: '0' }],
    rollback: ['kubectl apply -f promtail-daemonset.yaml'],
    watch: [],
  };
}
