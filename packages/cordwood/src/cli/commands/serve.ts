import { renderDiagnostic } from '../../model/diagnostic.ts';
import { defineCommand, exitCode } from '../command.ts';
import { createLogOutput } from '../log-output.ts';
import { aborted, stopWithin } from '../until-aborted.ts';
import { positiveInteger } from './query.ts';

const stopLimitMs = 5000;

export const serve = defineCommand({
  name: 'serve',
  summary: 'Run store, API, ruler and page from a loki.yaml.',
  operands: '',
  operandCount: [0, 0],
  describe:
    'The file is the one that production Loki gets. Settings that Cordwood does not act on are named, never ignored in silence.',
  options: {
    config: { type: 'string', value: 'FILE', short: 'c', default: 'loki.yaml', describe: 'loki.yaml' },
    'expand-env': { type: 'boolean', describe: "replace ${VAR} in the file, as Loki's -config.expand-env" },
    port: { type: 'string', value: 'N', describe: 'instead of server.http_listen_port' },
    data: { type: 'string', value: 'DIR', describe: 'instead of common.path_prefix' },
    'query-workers': {
      type: 'string',
      value: 'N',
      describe: 'threads for heavy queries, 0 for none (default: processors, at most querier.max_concurrent)',
    },
    'local-storage': {
      type: 'boolean',
      describe: 'keep chunks in the data folder only, although the file names an object store',
    },
    'otlp-grpc-port': { type: 'string', value: 'N', describe: 'take OTLP logs over gRPC too; 4317 is the usual port' },
  },
  examples: [
    ['cordwood serve --config loki.yaml', 'as the file says'],
    ['cordwood serve --port 3200 --data /tmp/logs', 'beside another one'],
  ],
  async run({ options, terminal, env, signal }) {
    // Loaded here, so that `query` and the other small commands start without the server's modules.
    const { runServer } = await import('../run-server.ts');
    const server = await runServer({
      configFile: options.config,
      expandEnv: options['expand-env'],
      env,
      port: wholeNumber(options.port, '--port'),
      dataDirectory: options.data,
      localStorage: options['local-storage'],
      queryWorkers: wholeNumber(options['query-workers'], '--query-workers'),
      otlpGrpcPort: wholeNumber(options['otlp-grpc-port'], '--otlp-grpc-port'),
      createLog: (config) => createLogOutput(config.server.logLevel, config.server.logFormat, terminal.note),
    });
    for (const warning of server.warnings) terminal.note(renderDiagnostic(warning));
    terminal.note(
      `cordwood serves ${server.url}, data in ${server.dataDirectory}${server.bucketName === undefined ? '' : `, chunks in ${server.bucketName}`}`,
    );
    await Promise.race([aborted(signal), server.terminated]);
    const clean = await stopWithin(stopLimitMs, () => server.stop());
    if (!clean) terminal.note('stopped before everything was written into chunks; the WAL has it');
    return exitCode.ok;
  },
});

function wholeNumber(text: string | undefined, option: string): number | undefined {
  return text === undefined ? undefined : positiveInteger(text, option, 0);
}
