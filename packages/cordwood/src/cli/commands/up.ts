import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AgentHttp } from '../../agent/status/agent-http.ts';
import type { LogMessage } from '../../model/log-message.ts';
import { defineCommand, exitCode } from '../command.ts';
import { ConfigError } from '../config-error.ts';
import { createLogOutput } from '../log-output.ts';
import type { Terminal } from '../terminal.ts';
import { aborted, stopWithin } from '../until-aborted.ts';
import { warningLines } from '../warning-lines.ts';
import { positiveInteger } from './query.ts';

const stopLimitMs = 5000;

/** What `services/runner/demo.ts` of a platform folder gives: child processes that write container logs. */
interface Demo {
  services(): readonly { readonly name: string; readonly namespace: string }[];
  stop(): Promise<void>;
}
interface DemoModule {
  startDemo(options: { podsDirectory: string; log: LogMessage }): Promise<Demo>;
}

export const up = defineCommand({
  name: 'up',
  summary: 'Run a whole platform folder: loki.yaml, config.alloy, rules.',
  operands: '[DIR|FILE]',
  operandCount: [0, 1],
  describe:
    'Store, API, ruler, page and agent in one process, from the files that production gets. Chunks stay in the data folder, also when loki.yaml names a bucket.',
  options: {
    demo: {
      type: 'boolean',
      describe: "start the folder's demo services, which write real logs; DIR is greenlang by default",
    },
    env: {
      type: 'string',
      value: 'NAME',
      short: 'e',
      describe: 'an environment of the platform.ts here or named: renders what is stale of it and runs it',
    },
    port: { type: 'string', value: 'N', describe: 'instead of server.http_listen_port' },
    data: { type: 'string', value: 'DIR', describe: 'instead of common.path_prefix' },
    'log-level': { type: 'string', value: 'LEVEL', default: 'warn', describe: 'debug, info, warn or error' },
  },
  examples: [
    ['cordwood up --demo', 'the GreenLang platform with its services; also: npm start'],
    ['cordwood up .', 'the platform of this folder'],
    ['cordwood up --env dev', 'the environment dev of platform.ts, from its rendered files'],
  ],
  async run({ options, positionals, terminal, env, signal }) {
    // Loaded here, so that `query` and the other small commands start without the server's modules.
    const { runServer } = await import('../run-server.ts');
    const { runAgent } = await import('../run-agent.ts');
    const { otlpEndpoints } = await import('../../agent/components/otelcol-receiver-otlp.ts');
    const { directory, dataDirectory } = await findPlatform(positionals[0], options, terminal);
    // Relative paths in the files mean the platform's folder, wherever the command was typed.
    process.chdir(directory);
    const configFile = 'loki.yaml';
    const alloyFile = 'config.alloy';
    if (!existsSync(configFile))
      throw new ConfigError(`${configFile}: there is no such file. 'cordwood up DIR' names the platform's folder.`);
    const level = (['debug', 'info', 'warn', 'error'] as const).find((name) => name === options['log-level']) ?? 'warn';
    const log = createLogOutput(level, 'logfmt', terminal.note);
    let agentPage: AgentHttp['answer'] | undefined;
    const server = await runServer({
      configFile,
      expandEnv: false,
      env,
      port: options.port === undefined ? undefined : positiveInteger(options.port, '--port', 0),
      dataDirectory,
      // Who tries a platform on a laptop does not mean to take over the bucket of production.
      localStorage: true,
      log,
      morePages: (path) => agentPage?.(path),
    });
    const readyMs = performance.now();
    const podsDirectory =
      env['CORDWOOD_PODS'] ?? (options.demo ? join(`${server.dataDirectory}-demo`, 'pods') : '/var/log/pods');
    const stops: (() => Promise<void>)[] = [() => server.stop()];
    const stopAll = async () => {
      for (const stop of stops.toReversed()) await stop();
    };
    try {
      if (options.demo) createFolder(podsDirectory);
      const agentEnv = {
        ...env,
        CORDWOOD_PODS: podsDirectory,
        CORDWOOD_LOKI_URL: env['CORDWOOD_LOKI_URL'] ?? `${server.url}/loki/api/v1/push`,
      };
      const agent = existsSync(alloyFile)
        ? await runAgent({ config: alloyFile, dataDirectory: join(server.dataDirectory, 'agent'), env: agentEnv, log })
        : undefined;
      if (agent) {
        stops.push(() => agent.stop());
        // What the API has itself (/metrics, /ready) stays the store's.
        agentPage = (path) => (path.startsWith('/agent') ? agent.http.answer(path) : undefined);
      }
      await terminal.out(
        banner(terminal, [
          ['page', `${server.url}/`],
          ...(agent ? ([['agent', `${server.url}/agent`]] as const) : []),
          ['Loki API', `${server.url}/loki/api/v1/…`],
          ['OTLP', agent ? otlpAddresses(otlpEndpoints(agent.agent.nodes())) : `${server.url}/otlp/v1/logs`],
          ['data', shown(server.dataDirectory)],
          [
            'tenants',
            server.config.authEnabled
              ? [...new Set([...server.limits.tenants(), ...server.store.tenants()])].join(', ') ||
                '(any, X-Scope-OrgID names it)'
              : 'fake (auth is off)',
          ],
          [
            'files',
            [
              configFile,
              ...server.config.runtimeConfig.files,
              ...(agent?.files ?? []),
              ...(server.ruler ? [`${server.config.ruler.directory}/`] : []),
            ].join(', '),
          ],
          ['pod logs', podsDirectory.startsWith('/var') ? podsDirectory : shown(podsDirectory)],
          ['ready', `${(readyMs / 1000).toFixed(2)} s after the start of the process`],
        ]),
      );
      const warnings = warningLines([...server.warnings, ...(agent?.agent.warnings ?? [])]);
      for (const line of warnings.slice(0, warningLinesMax)) terminal.note(terminal.style('yellow', line));
      if (warnings.length > warningLinesMax)
        terminal.note(
          terminal.style(
            'yellow',
            `and ${warnings.length - warningLinesMax} more: cordwood serve --config ${configFile} and cordwood check show all`,
          ),
        );
      if (options.demo) {
        // Eight processes take a few seconds to start; the API answers meanwhile.
        const starting = startDemo(podsDirectory, log);
        stops.push(async () => (await starting).stop());
        const demo = await Promise.race([starting, aborted(signal)]);
        const services = demo?.services().map(({ name, namespace }) => `${name} (${namespace})`) ?? [];
        if (demo)
          await terminal.out(
            `\n${terminal.styleOut('green', `${services.length} services are logging:`)} ${services.join(', ')}\n`,
          );
      }
      await terminal.out(`\n${terminal.styleOut('dim', 'Ctrl-C stops.')}\n`);
      await Promise.race([aborted(signal), server.terminated]);
    } finally {
      const clean = await stopWithin(stopLimitMs, stopAll);
      terminal.note(clean ? 'stopped' : 'stopped before everything was written into chunks; the WAL has it');
    }
    return exitCode.ok;
  },
});

interface Folders {
  readonly directory: string;
  /** Undefined: what `loki.yaml` says. */
  readonly dataDirectory: string | undefined;
}

/** The folder with `loki.yaml`: the one named, or that of an environment of a definition. */
async function findPlatform(
  operand: string | undefined,
  options: { readonly env: string | undefined; readonly demo: boolean; readonly data: string | undefined },
  terminal: Terminal,
): Promise<Folders> {
  const dataDirectory = options.data === undefined ? undefined : resolve(options.data);
  const directory = operand ?? (options.demo ? 'greenlang' : '.');
  const hasFiles = existsSync(join(directory, 'loki.yaml'));
  const isDefinition = /[.][mc]?[jt]s$/.test(directory) || existsSync(join(directory, 'platform.ts'));
  if (options.env === undefined && (hasFiles || !isDefinition)) {
    if (!existsSync(directory))
      throw new ConfigError(`${directory}: there is no such folder. 'cordwood up DIR' names the platform's folder.`);
    return { directory, dataDirectory };
  }
  const { localEnvironment } = await import('../local-environment.ts');
  const environment = await localEnvironment(operand, options.env);
  if (environment.renewed.length > 0)
    terminal.note(`rendered ${environment.name} anew: ${environment.renewed.join(', ')}`);
  return { directory: environment.directory, dataDirectory: dataDirectory ?? environment.dataDirectory };
}

/** One screen: a start must not scroll away what matters. */
const warningLinesMax = 8;

function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : `./${short}`;
}

function banner(terminal: Terminal, rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, text]) => `  ${terminal.styleOut('bold', name.padEnd(width))}  ${text}`);
  return `\n${terminal.styleOut('green', 'Cordwood is up.')}\n\n${lines.join('\n')}\n`;
}

function otlpAddresses(endpoints: readonly string[]): string {
  return endpoints.length > 0
    ? `${endpoints.join(', ')} (through the agent)`
    : 'no otelcol.receiver.otlp in the configuration';
}

function createFolder(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK);
  } catch (error) {
    throw new ConfigError(
      `${directory} cannot be written: ${(error as Error).message}. --data DIR chooses another folder.`,
    );
  }
}

async function startDemo(podsDirectory: string, log: LogMessage): Promise<Demo> {
  const file = resolve('services/runner/demo.ts');
  if (!existsSync(file)) throw new ConfigError(`this platform has no demo: there is no ${file}`);
  const { startDemo: start } = (await import(pathToFileURL(file).href)) as DemoModule;
  return start({ podsDirectory, log });
}
