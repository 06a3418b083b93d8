import { createLokiClient, type QueryData } from '../../../client/loki-client.ts';
import type { Tenant } from '../../../model/tenant.ts';
import { defineCommand, exitCode, UsageError } from '../../command.ts';
import { createLogOutput } from '../../log-output.ts';
import { lokiOptions } from '../../loki-options.ts';
import type { RuleQueries } from '../../server-ruler.ts';
import { aborted, stopWithin } from '../../until-aborted.ts';

const stopLimitMs = 5000;

export const run = defineCommand({
  name: 'rules run',
  summary: 'A ruler of its own: rules of a loki.yaml, evaluated by any Loki.',
  operands: '',
  operandCount: [0, 0],
  describe:
    'Reads `ruler:` of the file: rules, Alertmanagers, remote write. Evaluates by instant queries of --url instead of an engine of its own; one client per tenant, named in X-Scope-OrgID. `cordwood serve` runs the same ruler on the embedded engine. Unlike that of Loki it knows {{ $lines }}.',
  options: {
    config: { type: 'string', value: 'FILE', short: 'c', default: 'loki.yaml', describe: 'loki.yaml' },
    'expand-env': { type: 'boolean', describe: "replace ${VAR} in the file, as Loki's -config.expand-env" },
    data: { type: 'string', value: 'DIR', default: './ruler-data', describe: 'state of alerts, samples that wait' },
    url: { type: 'string', value: 'URL', env: 'LOKI_ADDR', describe: 'the Loki that is asked' },
    username: lokiOptions.username,
    password: lokiOptions.password,
    'bearer-token': lokiOptions['bearer-token'],
  },
  examples: [['cordwood rules run --config loki.yaml --url http://loki-gateway', 'alerts from a Loki without a ruler']],
  async run({ options, terminal, env, signal }) {
    if (options.url === undefined) throw new UsageError('--url is missing: the Loki that is asked');
    const { url, username, password, 'bearer-token': bearerToken } = options;
    const { readLokiConfig } = await import('../../run-server.ts');
    const { createServerRuler } = await import('../../server-ruler.ts');
    const { config } = readLokiConfig({ configFile: options.config, expandEnv: options['expand-env'], env });
    const log = createLogOutput(config.server.logLevel, config.server.logFormat, terminal.note);
    const ruler = createServerRuler({
      config,
      dataDirectory: options.data,
      queries: await lokiQueries((tenant) => createLokiClient({ url, tenant, username, password, bearerToken })),
      limitsFor: () => config.limits,
      log,
    });
    if (ruler === undefined) throw new UsageError(`${options.config} has no ruler whose rules are in files`);
    await ruler.start();
    log('info', 'ruler started', { url, groups: ruler.ruler.allGroups().length });
    await aborted(signal);
    return (await stopWithin(stopLimitMs, ruler.stop)) ? exitCode.ok : exitCode.failed;
  },
});

async function lokiQueries(clientFor: (tenant: Tenant) => ReturnType<typeof createLokiClient>): Promise<RuleQueries> {
  const { instantSamples } = await import('../../../proof/loki-samples.ts');
  const ns = (timeMs: number) => BigInt(Math.round(timeMs * 1e6));
  return {
    samples: (tenant, expression, timeMs, signal) => instantSamples(clientFor(tenant), expression, ns(timeMs), signal),
    async lines(tenant, query, { startMs, endMs, limit }, signal) {
      const parameters = {
        query,
        start: String(ns(startMs) + 1n),
        // The end is exclusive.
        end: String(ns(endMs) + 1n),
        limit: String(limit),
        direction: 'backward',
      };
      const { data } = (await clientFor(tenant).get('/loki/api/v1/query_range', parameters, signal)) as {
        data: QueryData;
      };
      if (data.resultType !== 'streams') return [];
      return data.result
        .flatMap(({ values }) => values)
        .sort(([a], [b]) => (BigInt(a) < BigInt(b) ? 1 : -1))
        .map(([, line]) => line);
    },
  };
}
