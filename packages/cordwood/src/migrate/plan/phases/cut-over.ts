import { parsePrometheusDurationMs } from '../../../config/duration.ts';
import { type PlanFacts, verifyCommand } from '../plan-facts.ts';
import type { Phase, Step } from '../runbook.ts';

/** Phase 3 of TR-010: people and alerts look at the new Loki; the old one is read-only, then gone. */
export function cutOver(facts: PlanFacts): Phase {
  return {
    title: 'Cut over',
    goal: 'Grafana, alerts and every other client use the new Loki, dual-write is off, and the old one is gone.',
    steps: [accept(facts), dashboards(facts), dualWriteOff(facts), readOnly(facts), decommission(facts)],
  };
}

function accept(facts: PlanFacts): Step {
  const { platform, artifacts, old } = facts;
  const { prometheus, alertmanager } = platform.neighbours;
  // What the load test writes cannot be deleted where deletes are off: it belongs where it is forgotten soonest.
  const shortest = facts.environment.tenants.reduce((a, b) =>
    parsePrometheusDurationMs(b.retention)! < parsePrometheusDurationMs(a.retention)! ? b : a,
  );
  return {
    title: 'Accept the new platform',
    commands: [],
    checks: [
      {
        command: verifyCommand(
          facts,
          '1,2,3,4,5,6,7,8,9,10,11,13',
          `--prometheus ${prometheus.url} --alertmanager ${alertmanager.url} --artifacts ${artifacts}`,
          `--pods pods.json --otlp http://${platform.names.alloyRelease}.${platform.names.alloyNamespace}.svc:4318`,
          `--old-loki ${old.url} --old-tenant ${old.tenant} --strict --report acceptance.md`,
        ),
        expect: 'exit code 0: all criteria are ok. acceptance.md goes into the change ticket',
      },
      {
        command: verifyCommand(
          facts,
          '12',
          `--ingest-rate 20MB --ingest-for 10m --own-tenant ${shortest.id} --budget-time 30m`,
        ),
        expect: `ok; outside of business hours: it is real load. ${shortest.id} forgets it after ${shortest.retention}; for that hour it needs ingestionRateMb 25 in the definition`,
      },
    ],
    rollback: [],
    watch: [],
  };
}

function dashboards({ platform, artifacts, environment, old }: PlanFacts): Step {
  return {
    title: "Grafana's datasource",
    why: 'The uid stays `loki`, so every dashboard and bookmark goes on working; the old Loki becomes a second datasource for what was before.',
    commands: [
      `cp ${artifacts}/monitoring/grafana/datasources-${environment.name}.yaml grafana/provisioning/datasources/loki.yaml`,
      `kubectl -n ${platform.neighbours.grafana.namespace} rollout restart deployment/grafana`,
    ],
    checks: [
      {
        command: 'curl -su "$GRAFANA_USER" "$GRAFANA/api/datasources/uid/loki/health"',
        expect: '"status":"OK"',
      },
      {
        command: `kubectl get services,configmaps,deployments,daemonsets,statefulsets -A -o yaml | grep -c '${hostOf(old.url)}'`,
        expect:
          '0 outside of the old Loki itself: otel-collector, Fluent Bit and agents that push there have been moved',
      },
    ],
    rollback: [
      'git checkout HEAD~1 grafana/provisioning/datasources',
      `kubectl -n ${platform.neighbours.grafana.namespace} rollout restart deployment/grafana`,
    ],
    watch: ['Query latency on "Loki operations"; 4xx of the gateway by user.'],
  };
}

function dualWriteOff({ platform, platformFile, environment, artifacts }: PlanFacts): Step {
  const { alloyNamespace, alloyRelease } = platform.names;
  const chart = `${artifacts}/helm/alloy`;
  return {
    title: 'Dual-write off',
    why: 'A week after the datasource was switched, when nobody has asked for the old one.',
    file: { name: platformFile, language: 'ts', text: '  // dualWrite: remove the entry' },
    commands: [
      `cordwood render ${platformFile} --diff`,
      `cordwood render ${platformFile}`,
      `cordwood lint ${platformFile}`,
      `helm upgrade ${alloyRelease} ${chart} --namespace ${alloyNamespace} -f ${chart}/values.yaml -f ${chart}/values-${environment.name}.yaml --wait`,
    ],
    checks: [
      {
        command: `grep -c 'loki.write "legacy"' ${chart}/files/*.alloy ${artifacts}/local/${environment.name}/config.alloy`,
        expect: '0 in each',
      },
    ],
    rollback: ['git revert HEAD', `helm -n ${alloyNamespace} rollback ${alloyRelease}`],
    watch: ['From here on a rollback to the old Loki leaves a gap in it: that is the point of no return.'],
  };
}

function readOnly({ old }: PlanFacts): Step {
  return {
    title: `The old Loki is read-only for ${old.retention}`,
    why: 'So long it holds lines that nobody else has.',
    commands: [
      `kubectl -n ${old.namespace} apply -f - <<'YAML'\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: ${old.statefulSet}-readers-only\nspec:\n  podSelector: {matchLabels: {app: ${old.statefulSet}}}\n  policyTypes: [Ingress]\n  ingress:\n    - from: [{podSelector: {matchLabels: {app.kubernetes.io/name: grafana}}}]\n      ports: [{port: 3100}]\nYAML`,
    ],
    checks: [
      {
        command: `cordwood query 'sum(count_over_time({job=~".+"}[10m]))' --instant --addr ${old.url}`,
        expect: 'nothing after ten minutes',
      },
    ],
    rollback: [`kubectl -n ${old.namespace} delete networkpolicy ${old.statefulSet}-readers-only`],
    watch: [],
  };
}

function decommission({ old }: PlanFacts): Step {
  return {
    title: 'Decommission Loki 2.9.2',
    commands: [
      `kubectl -n ${old.namespace} get statefulset,configmap,service,pvc -l app=${old.statefulSet} -o yaml > loki-2.9.yaml`,
      `kubectl -n ${old.namespace} delete statefulset,configmap,service -l app=${old.statefulSet}`,
      `kubectl -n ${old.namespace} delete pvc -l app=${old.statefulSet}   # the last copy of the old lines: with the compliance officer's word`,
    ],
    checks: [
      { command: `kubectl -n ${old.namespace} get all,pvc -l app=${old.statefulSet}`, expect: 'No resources found' },
    ],
    rollback: ['kubectl apply -f loki-2.9.yaml   # without its data once the volume is gone'],
    watch: [],
  };
}

function hostOf(url: string): string {
  return new URL(url).host;
}
