import { renderDiagnostic } from '../../model/diagnostic.ts';
import { stabilityFromOptions, stabilityOption } from '../alloy-files.ts';
import { defineCommand, exitCode } from '../command.ts';
import { createLogOutput } from '../log-output.ts';
import { aborted, stopWithin } from '../until-aborted.ts';

const stopLimitMs = 5000;

export const agent = defineCommand({
  name: 'agent',
  summary: 'Run a config.alloy: collect, process and ship logs.',
  operands: '',
  operandCount: [0, 0],
  describe:
    'The file is the one that production Alloy gets. Components or arguments that Cordwood does not run are refused with their place.',
  options: {
    config: {
      type: 'string',
      value: 'FILE',
      short: 'c',
      default: 'config.alloy',
      describe: 'a file, or a folder of *.alloy files',
    },
    data: { type: 'string', value: 'DIR', default: 'data-agent', describe: 'positions and buffers' },
    ...stabilityOption,
    'log-level': { type: 'string', value: 'LEVEL', default: 'info', describe: 'debug, info, warn or error' },
  },
  examples: [['cordwood agent --config config.alloy --data /var/lib/cordwood-agent', 'as Alloy would run it']],
  async run({ options, terminal, env, signal }) {
    // Loaded here, so that `query` and the other small commands start without the server's modules.
    const { runAgent } = await import('../run-agent.ts');
    const level = (['debug', 'info', 'warn', 'error'] as const).find((name) => name === options['log-level']) ?? 'info';
    const log = createLogOutput(level, 'logfmt', terminal.note);
    const running = await runAgent({
      config: options.config,
      dataDirectory: options.data,
      env,
      log,
      stability: stabilityFromOptions(options),
    });
    for (const warning of running.agent.warnings) terminal.note(renderDiagnostic(warning));
    terminal.note(`cordwood runs ${running.files.join(', ')} with ${running.agent.components().length} components`);
    await aborted(signal);
    const clean = await stopWithin(stopLimitMs, () => running.agent.stop());
    if (!clean)
      terminal.note('stopped before everything was delivered; it will be read again from the stored positions');
    return exitCode.ok;
  },
});
