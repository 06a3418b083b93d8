import { collection } from './phases/collection.ts';
import { cutOver } from './phases/cut-over.ts';
import { newLoki } from './phases/new-loki.ts';
import { type PlanFacts, variableOf } from './plan-facts.ts';
import type { Runbook } from './runbook.ts';

/** The phases of TR-010, in their order. */
const phases = [newLoki, collection, cutOver] as const;

/** The runbook of the migration of one environment. */
export function planMigration(facts: PlanFacts): Runbook {
  const { platform, environment, old, platformFile } = facts;
  const passwords = environment.auth
    ? platform.users
        .filter(({ environments }) => environments.includes(environment.name))
        .map(({ name }) => variableOf(name))
    : [];
  return {
    title: `${platform.title}, ${environment.name}: from Loki 2.9 and Promtail to Loki ${environment.chart.lokiVersion} and Alloy`,
    introduction: [
      `Written by \`cordwood migrate plan\` from \`${platformFile}\`; write it again when the definition changes. Every step has a check. Nobody goes on before it shows what it has to; until "Dual-write off" every step can be taken back without losing a line.`,
      ...(passwords.length === 0
        ? []
        : [
            `The commands read the passwords of the gateway's users from ${passwords.map((name) => `\`$${name}\``).join(', ')}.`,
          ]),
    ].join('\n\n'),
    facts: [
      ['old Loki', `${old.url}, tenant ${old.tenant}, retention ${old.retention}`],
      ['old collection', `DaemonSet ${old.daemonSet} in ${old.namespace}`],
      ['new Loki', `${environment.gatewayUrl}, ${environment.topology}, chart ${environment.chart.version}`],
      ['new collection', `DaemonSet ${platform.names.alloyRelease} in ${platform.names.alloyNamespace}`],
      ['cluster', `${environment.cluster}, ${environment.region}`],
      ...environment.tenants.map(
        ({ id, namespaces, retention, audit }) =>
          [
            `tenant ${id}`,
            `${namespaces.join(', ') || 'no namespace of its own'}${audit ? ', audit lines of all' : ''}; ${retention}`,
          ] as const,
      ),
    ],
    phases: phases.map((phase) => phase(facts)),
  };
}
