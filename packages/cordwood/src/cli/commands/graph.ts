import {
  agentEnvironment,
  readAlloyFiles,
  stabilityFromOptions,
  stabilityOption,
  withSources,
} from '../alloy-files.ts';
import { defineCommand, exitCode } from '../command.ts';
import { ConfigError } from '../config-error.ts';

export const graph = defineCommand({
  name: 'graph',
  summary: 'Draw the components of a config.alloy as a Mermaid flow chart.',
  operands: 'FILE|DIR',
  operandCount: [1, 1],
  describe:
    'Arrows point in the direction in which entries and targets flow. GitHub, GitLab and most wikis draw Mermaid.',
  options: { ...stabilityOption },
  examples: [['cordwood graph config.alloy > pipeline.mmd', 'a text that draws itself where Markdown is shown']],
  async run({ options, positionals, terminal, env }) {
    const { createAgent } = await import('../../agent/agent.ts');
    const { graphMermaid } = await import('../../agent/graph-mermaid.ts');
    const { SimulatedClock } = await import('../../world/simulated-clock.ts');
    const files = readAlloyFiles(positionals[0]!);
    const { agent, diagnostics } = createAgent({
      files,
      dataDirectory: '',
      isDryRun: true,
      clock: new SimulatedClock(0n),
      log: () => {},
      environment: agentEnvironment(env),
      stability: stabilityFromOptions(options),
    });
    if (agent === undefined) throw new ConfigError(`${positionals[0]} has no graph`, withSources(diagnostics, files));
    await terminal.out(graphMermaid(agent));
    return exitCode.ok;
  },
});
