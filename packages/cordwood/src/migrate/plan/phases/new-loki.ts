import { betweenLokis, lines, type PlanFacts, verifyCommand } from '../plan-facts.ts';
import type { Phase, Step } from '../runbook.ts';

/** Phase 1 of TR-010: the new Loki beside the old one, the same lines in both, and proof of it. */
export function newLoki(facts: PlanFacts): Phase {
  return {
    title: 'Loki 3.x beside Loki 2.9.2',
    goal: 'the new Loki takes every line that the old one takes, and `cordwood migrate compare` finds no difference over 24 hours.',
    steps: [rehearse(facts), storage(facts), deploy(facts), dualWriteOn(facts), parity(facts), history(facts)],
  };
}

function rehearse({ platformFile, environment, old, artifacts }: PlanFacts): Step {
  return {
    title: 'Rehearse on one machine',
    why: 'What is deployed is what was tested: the files are rendered from the definition, checked against each other and run.',
    commands: [
      `cordwood lint ${platformFile}`,
      `cordwood render ${platformFile} --check`,
      `cordwood migrate parity --from ${old.promtailConfig} --to ${artifacts}/local/${environment.name}/config.alloy --logs node1/`,
    ],
    checks: [
      { command: `cordwood check ${artifacts}/local/${environment.name}/config.alloy`, expect: 'no problem' },
      {
        command: `cordwood migrate parity --from ${old.promtailConfig} --to ${artifacts}/local/${environment.name}/config.alloy --logs node1/ --accept ${old.acceptedDifferences}`,
        expect:
          'exit code 0: every difference is one that the file of accepted ones explains (labels that became structured metadata, redaction)',
      },
    ],
    rollback: [],
    watch: [
      'Nothing runs yet. `node1/` is a copy of /var/log of one node: it is not redacted, so it stays on the machine.',
    ],
  };
}

function storage({ environment, artifacts }: PlanFacts): Step {
  const root = `${artifacts}/terraform/environments/${environment.name}`;
  return {
    title: 'Buckets, key and role',
    commands: [
      `terraform -chdir=${root} init`,
      `terraform -chdir=${root} plan -out=storage.plan`,
      `terraform -chdir=${root} apply storage.plan`,
    ],
    checks: [
      {
        command: `aws s3api get-bucket-encryption --bucket ${environment.chunksBucket}`,
        expect: `aws:kms; the same for ${environment.rulerBucket}`,
      },
    ],
    rollback: [`terraform -chdir=${root} destroy   # only while both buckets are empty`],
    watch: ['`terraform plan` adds and changes nothing that exists: the old Loki has no part in this root.'],
  };
}

function deploy(facts: PlanFacts): Step {
  const { platform, environment, artifacts, old } = facts;
  const { lokiNamespace, lokiRelease, gatewaySecret } = platform.names;
  const chart = `${artifacts}/helm/loki`;
  return {
    title: `Deploy Loki ${environment.chart.lokiVersion} (${environment.topology})`,
    why: 'Into a namespace of its own. Nobody is sent to it yet.',
    commands: [
      `kubectl apply -k ${artifacts}/kubernetes/overlays/${environment.name}`,
      `kubectl -n ${lokiNamespace} get secret ${gatewaySecret}   # made beforehand, from the vault`,
      `helm dependency build ${chart}`,
      lines(
        `helm upgrade --install ${lokiRelease} ${chart} --namespace ${lokiNamespace}`,
        `-f ${chart}/values.yaml -f ${chart}/values-${environment.name}.yaml --wait --timeout 15m`,
      ),
    ],
    checks: [
      { command: `kubectl -n ${lokiNamespace} get pods`, expect: 'all Running and ready, twice, five minutes apart' },
      { command: verifyCommand(facts, '1,3,9', `--artifacts ${artifacts}`), expect: 'nothing FAIL' },
    ],
    rollback: [
      `helm -n ${lokiNamespace} uninstall ${lokiRelease}`,
      `kubectl delete -k ${artifacts}/kubernetes/overlays/${environment.name}`,
    ],
    watch: [
      'S3 errors and WAL size on the dashboard "Loki operations"; memory of the writers against their limit.',
      `The old Loki in ${old.namespace} is not touched.`,
    ],
  };
}

function dualWriteOn(facts: PlanFacts): Step {
  const { platform, environment, platformFile, artifacts, old } = facts;
  const { alloyNamespace, alloyRelease } = platform.names;
  const chart = `${artifacts}/helm/alloy`;
  const upgrade = lines(
    `helm upgrade --install ${alloyRelease} ${chart} --namespace ${alloyNamespace}`,
    `-f ${chart}/values.yaml -f ${chart}/values-${environment.name}.yaml --wait`,
  );
  return {
    title: 'Dual-write on: Alloy writes to both',
    why: "TR-010 dual-writes from Alloy before phase 2 deploys it. So Alloy comes now, beside Promtail. Its lines arrive at the old Loki in streams with other labels than Promtail's, so nothing there is mixed up; the old Loki gets them without structured metadata, which 2.9 refuses.",
    file: {
      name: platformFile,
      language: 'ts',
      text: `  dualWrite: {\n    environments: ['${environment.name}'],\n    url: '${old.url}/loki/api/v1/push',\n    tenant: '${old.tenant}',\n  },`,
    },
    commands: [`cordwood render ${platformFile} --diff`, `cordwood render ${platformFile}`, upgrade],
    checks: [
      {
        command: `kubectl -n ${alloyNamespace} rollout status daemonset/${alloyRelease} --timeout=10m`,
        expect: 'successfully rolled out',
      },
      {
        command: `kubectl get pods -A -o json > pods.json && ${verifyCommand(facts, '2,4,5,10', '--pods pods.json', `--otlp http://${alloyRelease}.${alloyNamespace}.svc:4318`)}`,
        expect: 'nothing FAIL: every pod is collected, records follow the schema, planted secrets are redacted',
      },
    ],
    rollback: [
      `git revert HEAD   # the change of ${platformFile} and what was rendered from it`,
      `helm -n ${alloyNamespace} uninstall ${alloyRelease}   # Promtail never stopped`,
    ],
    watch: [
      '`rate(loki_write_dropped_entries_total[5m])` of Alloy stays 0, for both endpoints.',
      'Ingestion of the old Loki doubles while Promtail and Alloy both write: its disk and `loki_discarded_samples_total`.',
    ],
  };
}

function parity(facts: PlanFacts): Step {
  const { environment, old } = facts;
  const compare = betweenLokis(
    facts,
    'compare',
    `--since 24h --settle 10m --by namespace --by service --only '{cluster="${environment.cluster}"}' --lines-only`,
  );
  return {
    title: 'Data parity',
    why: 'Over closed intervals: the newest ten minutes may be under way. Streams are compared by what both pipelines agree on.',
    commands: [],
    checks: [
      {
        command: compare,
        expect: 'exit code 0, `equal`, for 24 hours in a row; keep the output for the change ticket',
      },
      { command: verifyCommand(facts, '13', `--old-loki ${old.url} --old-tenant ${old.tenant}`), expect: 'ok' },
    ],
    rollback: [],
    watch: [
      "A `missing` line: look for its service in Alloy's log (`loki_write_dropped_entries_total`, reasons of `loki_process_dropped_lines_total`).",
      'An `extra` line: it was read twice, or the old Loki refused it (`loki_discarded_samples_total` there says why).',
    ],
  };
}

function history(facts: PlanFacts): Step {
  const { platform, environment, old } = facts;
  const audit = environment.tenants.find(({ audit: isAudit }) => isAudit);
  const auditJob = platform.scrapeJobs.find(({ audit: isAudit }) => isAudit);
  const only = audit !== undefined && auditJob !== undefined ? ` --only '{job="${auditJob.name}"}'` : '';
  const copy = (more: string) =>
    betweenLokis(
      facts,
      'copy',
      `--since ${old.retention} --add-label origin=loki-2 --rate 5MB --state copy-state${only}${more}`,
    );
  return {
    title: 'Copy the history that must outlive the old Loki',
    why: `${only === '' ? 'The whole history' : `The audit trail is kept for ${audit!.retention}, the old Loki only for ${old.retention}; everything else stays readable there until then (leave out --only to copy it too)`}. In streams of their own (\`origin="loki-2"\`): Loki refuses what is more than an hour older than the newest line of its stream. While it runs, the tenants need \`reject_old_samples: false\`.`,
    commands: [copy(' --dry-run'), copy('')],
    checks: [
      {
        command: betweenLokis(facts, 'compare', `--since ${old.retention} --ignore-label origin${only}`),
        expect: 'exit code 0 over the range that was copied (--start and --end are in copy-state/checkpoint.json)',
      },
    ],
    rollback: ['rm -r copy-state   # what was copied stays, marked origin="loki-2"; copying it again doubles nothing'],
    watch: [
      'It can be interrupted at any time; the same command goes on. Query latency of the old Loki: lower --rate if it suffers.',
    ],
  };
}
