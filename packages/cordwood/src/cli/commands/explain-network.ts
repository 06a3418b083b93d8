import { defineCommand, exitCode, UsageError } from '../command.ts';

export const explainNetwork = defineCommand({
  name: 'explain network',
  summary: "Say whether one part of a platform may connect to another, and which NetworkPolicy's rule decides.",
  operands: '<FROM> [TO]',
  operandCount: [1, 2],
  describe: `Reads the definition and the policies that are rendered from it. A connection needs the consent of both ends. Names are those of pods
(loki-write, alloy, grafana, NAMESPACE/any) and of what is outside (s3, kube-apiserver, instance-metadata, internet);
an unknown name lists them all. Exit code with --port: 0 allowed, 1 denied.`,
  options: {
    env: { type: 'string', value: 'NAME', short: 'e', describe: 'only this environment' },
    port: {
      type: 'string',
      value: 'N',
      short: 'p',
      describe: 'of the pod, not of its service (default: those it listens on)',
    },
    platform: { type: 'string', value: 'FILE', describe: 'platform.ts, or its folder' },
    format: { type: 'string', value: 'FORM', default: 'text', describe: 'text or json' },
  },
  examples: [
    ["cordwood explain network 'loki-read -> loki-write'", 'all ports, with the rules at both ends (quote the arrow)'],
    ['cordwood explain network loki-write', 'all that may reach the writers, and what they may reach'],
    ['cordwood explain network grafana loki-read --port 3100 -e prod', 'can Grafana walk around the gateway?'],
  ],
  async run({ options, positionals, terminal }) {
    const { from, to } = connectionOf(positionals);
    const port = options.port === undefined ? undefined : Number(options.port);
    if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536))
      throw new UsageError(`--port ${options.port} is no port`);
    if (!['text', 'json'].includes(options.format)) throw new UsageError('--format is text or json');
    const { loadPlatform } = await import('../platform-file.ts');
    const { checkInput, clusters, explainConnection, neighbourhoodOf, renderedPolicies, renderPlatform } = await import(
      '@cordwood/platform'
    );
    const { platform } = await loadPlatform(options.platform);
    const environments = clusters(platform).filter(({ name }) => options.env === undefined || name === options.env);
    if (environments.length === 0)
      throw new UsageError(
        `there is no ${options.env ?? 'environment'} on Kubernetes; there are: ${clusters(platform)
          .map(({ name }) => name)
          .join(', ')}`,
      );
    const { documents } = checkInput(platform, renderPlatform(platform));
    if (to === undefined) {
      const asked = environments.map((environment) => {
        const around = neighbourhoodOf(platform, environment, renderedPolicies(documents, environment), from);
        if ('known' in around) throw unknownName(from, environment.name, around.known);
        return { environment: environment.name, name: from, ...around };
      });
      if (options.format === 'json') await terminal.out(`${JSON.stringify(asked, null, 2)}\n`);
      else
        for (const { environments: which, text } of together(asked.map(neighbourText)))
          await terminal.out(`${which.join(', ')}: ${from}\n${text}`);
      return exitCode.ok;
    }
    const answers = environments.map((environment) => {
      const policies = renderedPolicies(documents, environment);
      const answer = explainConnection(platform, environment, policies, { from, to, port });
      if ('unknown' in answer) throw unknownName(answer.unknown, environment.name, answer.known);
      return { environment: environment.name, from, to, ports: answer.ports };
    });
    if (options.format === 'json') await terminal.out(`${JSON.stringify(answers, null, 2)}\n`);
    else
      for (const { environments: which, text } of together(answers.map(connectionText)))
        await terminal.out(`${which.join(', ')}: ${from} -> ${to}\n${text}`);
    const denied = answers.some(({ ports }) => ports.some(({ allowed }) => !allowed));
    return port !== undefined && denied ? exitCode.failed : exitCode.ok;
  },
});

const unknownName = (name: string, environment: string, known: readonly string[]): UsageError =>
  new UsageError(`nothing is called ${name} in ${environment}; there are: ${known.join(', ')}`);

/** `a b`, or `a -> b` in one word; one name asks for all around it. */
function connectionOf(words: readonly string[]): { readonly from: string; readonly to: string | undefined } {
  const [from, to, ...more] = words
    .join(' ')
    .split(/\s*->\s*|\s+/)
    .filter(Boolean);
  if (from === undefined || to === '-' || more.length > 0)
    throw new UsageError(
      to === '-'
        ? "the shell has taken the > of the arrow: quote it, 'loki-read -> loki-write', or leave it out"
        : "say from where to where: 'loki-read -> loki-write'",
    );
  return { from, to };
}

interface Answer {
  readonly environment: string;
  readonly text: string;
}

interface ConnectionAnswer {
  readonly environment: string;
  readonly ports: readonly {
    readonly port: number;
    readonly allowed: boolean;
    readonly expected: 'needed' | 'forbidden' | undefined;
    readonly why: string | undefined;
    readonly egress: { readonly allowed: boolean; readonly because: string };
    readonly ingress: { readonly allowed: boolean; readonly because: string };
  }[];
}

const connectionText = ({ environment, ports }: ConnectionAnswer): Answer => ({
  environment,
  text: ports
    .map(({ port, allowed, expected, why, egress, ingress }) => {
      const reason = expected === undefined ? '' : ` (${expected}: ${why})`;
      return `  ${port}/TCP ${allowed ? 'allowed' : 'denied'}${reason}\n    out: ${egress.because}\n    in:  ${ingress.because}\n`;
    })
    .join(''),
});

interface NeighbourAnswer {
  readonly environment: string;
  readonly from: readonly { readonly name: string; readonly ports: readonly number[] }[];
  readonly to: readonly { readonly name: string; readonly ports: readonly number[] }[];
}

function neighbourText({ environment, from, to }: NeighbourAnswer): Answer {
  const rows = (title: string, peers: NeighbourAnswer['from']) =>
    peers.length === 0
      ? `  ${title} nobody\n`
      : `  ${title}\n${peers.map(({ name, ports }) => `    ${name} ${ports.join(', ')}\n`).join('')}`;
  return { environment, text: `${rows('may be reached by', from)}${rows('may reach', to)}` };
}

/** Environments with the same answer are told once. */
function together(
  answers: readonly Answer[],
): readonly { readonly environments: readonly string[]; readonly text: string }[] {
  const byText = new Map<string, string[]>();
  for (const { environment, text } of answers) byText.set(text, [...(byText.get(text) ?? []), environment]);
  return [...byText].map(([text, environments]) => ({ environments, text }));
}
