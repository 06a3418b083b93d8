import type { Check, CheckFinding } from '../../check.ts';

export const replicationFactor: Check = {
  id: 'topology/replication-factor',
  severity: 'error',
  title: 'There are enough ingesters for the copies, also while one is away',
  reason:
    'A push needs a majority of the copies: with three copies and two ingesters, one restart stops all writes ("at least 2 live replicas required"); with one, none is ever taken.',
  fix: 'Use three writers for three copies, or replicationFactor: 1 where the loss of what one writer holds is acceptable.',
  traps: ['T32'],
  find: ({ platform }) =>
    platform.environments.flatMap((environment) => {
      const { name, runsOn, ingesters, replicationFactor, highlyAvailable } = environment;
      if (runsOn === 'laptop') return [];
      const majority = Math.floor(replicationFactor / 2) + 1;
      const findings: CheckFinding[] = [];
      const at = `environments.${name}.replicationFactor`;
      if (ingesters < replicationFactor)
        findings.push({ message: `${name}: ${replicationFactor} copies, but only ${ingesters} ingesters`, at });
      else if (highlyAvailable && ingesters - 1 < majority)
        findings.push({
          message: `${name}: with one of ${ingesters} ingesters away, ${majority} copies cannot be written`,
          at,
        });
      if (highlyAvailable && replicationFactor < 3)
        findings.push({
          message: `${name}: highly available with ${replicationFactor} copies: the loss of one writer loses lines`,
          at,
        });
      return findings;
    }),
};
