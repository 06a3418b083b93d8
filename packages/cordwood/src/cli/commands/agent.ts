import { parseEndpoint } from '../../agent/http/endpoint.ts';
import { renderDiagnostic } from '../../model/diagnostic.ts';
import { stabilityFromOptions, stabilityOption } from '../alloy-files.ts';
import { defineCommand, exitCode, UsageError } from '../command.ts';
import { createLogOutput, type LogLevel, logLevels } from '../log-output.ts';
import { aborted, stopWithin } from '../until-aborted.ts';

const stopLimitMs = 5000;
const noAddress = 'off';

export const agent = defineCommand({
  name: 'agent',
  summary: 'Run a config.alloy: collect, process and ship logs.',
  operands: '',
  operandCount: [0, 0],
  describe: `The file is the one that production Alloy gets. Components or arguments that Cordwood does not run are refused with their place.
Its own address answers /agent (the graph, live), /metrics, /-/ready, /-/healthy and /-/reload; SIGHUP reloads too. A file that cannot
be loaded changes nothing: what runs goes on.`,
  options: {
    config: {
      type: 'string',
      value: 'FILE',
      short: 'c',
      default: 'config.alloy',
      describe: 'a file, or a folder of *.alloy files',
    },
    data: { type: 'string', value: 'DIR', default: 'data-agent', describe: 'positions and buffers' },
    'server.http.listen-addr': {
      type: 'string',
      value: 'ADDRESS',
      default: '127.0.0.1:12345',
      describe: `where the agent itself answers; '${noAddress}': nowhere`,
    },
    ...stabilityOption,
    'log-level': {
      type: 'string',
      value: 'LEVEL',
      describe: 'debug, info, warn or error; by default what the logging block says',
    },
  },
  examples: [
    ['cordwood agent --config config.alloy --data /var/lib/cordwood-agent', 'as Alloy would run it'],
    ['curl -X POST http://127.0.0.1:12345/-/reload', 'takes the changed file'],
  ],
  async run({ options, terminal, env, signal }) {
    const level = logLevel(options['log-level']);
    const address = listenAddress(options['server.http.listen-addr']);
    // Loaded here, so that `query` and the other small commands start without the agent's modules.
    const { AgentProcess } = await import('../agent-process.ts');
    let output = createLogOutput(level ?? 'info', 'logfmt', terminal.note);
    const running = await AgentProcess.start({
      config: options.config,
      dataDirectory: options.data,
      env,
      log: (...message) => output(...message),
      stability: stabilityFromOptions(options),
      onLogging: ({ level: configured, format }) => {
        output = createLogOutput(level ?? configured, format, terminal.note);
      },
      address,
    });
    for (const warning of running.warnings) terminal.note(renderDiagnostic(warning));
    const where = running.url === undefined ? '' : `; ${running.url}/agent shows them`;
    terminal.note(`cordwood runs ${running.files.join(', ')} with ${running.componentCount} components${where}`);
    const reload = () => void running.reload();
    process.on('SIGHUP', reload);
    await aborted(signal);
    process.off('SIGHUP', reload);
    const clean = await stopWithin(stopLimitMs, () => running.stop());
    if (!clean)
      terminal.note('stopped before everything was delivered; it will be read again from the stored positions');
    return exitCode.ok;
  },
});

function logLevel(text: string | undefined): LogLevel | undefined {
  const found = logLevels.find((name) => name === text);
  if (found === undefined && text !== undefined)
    throw new UsageError(`--log-level is ${logLevels.join(', ')}, not '${text}'`);
  return found;
}

function listenAddress(text: string): { host: string; port: number } | undefined {
  if (text === noAddress) return undefined;
  const address = parseEndpoint(text);
  if (address === undefined)
    throw new UsageError(`--server.http.listen-addr is HOST:PORT or '${noAddress}', not '${text}'`);
  return address;
}
