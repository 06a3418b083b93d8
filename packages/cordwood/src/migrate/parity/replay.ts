/**
 * Runs a configuration over the logs of a node, without a node: components that reach outside are replaced by ones that read
 * the folder (or, at the other end, keep what they get; `node-components.ts`); everything between is the agent as it runs in
 * production. Each line carries its origin with it, so that what came out is traced to what went in.
 *
 * A Promtail side reads files by Promtail's rules: a carriage return and a byte order mark are part of the line, and a last
 * line without its newline does not exist yet.
 */
import type { Diagnostic, SourceFile } from '@cordwood/alloy';
import { createAgent } from '../../agent/agent.ts';
import type { LogEntry } from '../../agent/log-entry.ts';
import type { LogsReceiver } from '../../agent/receiver.ts';
import { seededRandom } from '../../world/random.ts';
import { SimulatedClock } from '../../world/simulated-clock.ts';
import { SimulatedDisk } from '../../world/simulated-disk.ts';
import { Attribution } from './attribution.ts';
import { replaceForeign } from './foreign-components.ts';
import { NodeComponents } from './node-components.ts';
import type { NodeLogs } from './node-logs.ts';
import type { Origin } from './origin.ts';

export interface ReplayOptions {
  readonly source: SourceFile;
  readonly logs: NodeLogs;
  /** Whose rules of reading files hold. */
  readonly rules: 'promtail' | 'alloy';
  readonly environment: Readonly<Record<string, string>>;
  /** What the clock shows when the first line is read. */
  readonly startNs: bigint;
}

/** An entry as it would have been pushed. */
export interface DeliveredEntry {
  /** The lines it was made of; more than one after stage.multiline. */
  readonly origins: readonly Origin[];
  readonly writer: string;
  readonly tenant: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly line: string;
  /** Undefined for the time of reading, which is no property of the line. */
  readonly timestampNs: bigint | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Replay {
  /** Every line that was read, once for each component that read it. */
  readonly origins: readonly Origin[];
  readonly delivered: readonly DeliveredEntry[];
  /** Writers of the configuration, in its order. */
  readonly writers: readonly string[];
  /** Components that got no input here: receivers of the network, and what the agent does not run. */
  readonly idle: readonly string[];
  readonly attribution: Attribution;
}

/** What DaemonSets call the variable that has the name of their node. */
const nodeVariables = new Set(['HOSTNAME', 'NODE_NAME', 'K8S_NODE_NAME']);
/** Lines that are handed on at once. */
const batchLines = 512;
/** What stages keep for later (multiline, partial lines) is given out long before. */
const settleMs = 120_000;

export async function replay(
  options: ReplayOptions,
): Promise<{ replay: Replay } | { diagnostics: readonly Diagnostic[] }> {
  const clock = new SimulatedClock(options.startNs);
  const attribution = new Attribution();
  const node = new NodeComponents(options);
  const foreign = replaceForeign(options.source, options.logs.targets, (id) => node.idle.push(id));
  const { agent, diagnostics } = createAgent({
    files: [foreign.source],
    dataDirectory: '/data',
    disk: new SimulatedDisk({ seed: 1 }),
    random: seededRandom(1),
    clock,
    log: () => {},
    stability: 'experimental',
    environment: {
      variable: (name) => options.environment[name] ?? (nodeVariables.has(name) ? nodeName(options.logs) : undefined),
      hostname: nodeName(options.logs),
      os: 'linux',
      arch: 'amd64',
      version: 'parity',
    },
    observe: (...observed) => attribution.observe(...observed),
    extraDefinitions: [...node.definitions(), ...foreign.definitions],
  });
  if (agent === undefined) return { diagnostics };
  await agent.start();
  // Files that were found go through rules, and may give patterns to look for, before anything reads.
  do await clock.advance(1000);
  while (await node.lookUp());
  for (const { forwardTo, entries } of node.inputs()) {
    for (let start = 0; start < entries.length; start += batchLines) {
      await feed(forwardTo, entries.slice(start, start + batchLines), clock);
    }
  }
  await clock.advance(settleMs);
  await agent.stop();
  const { delivered, idle, origins, writers } = node;
  return { replay: { delivered, idle, origins, writers, attribution } };
}

/** Waiting stages (limit) need the clock to go on while they wait. */
async function feed(
  receivers: readonly LogsReceiver[],
  entries: readonly LogEntry[],
  clock: SimulatedClock,
): Promise<void> {
  for (const receiver of receivers) {
    let done = false;
    const running = receiver.consume(entries).then(() => {
      done = true;
    });
    for (let turn = 0; !done; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (!done && turn > 2) await clock.advance(10);
    }
    await running;
  }
}

function nodeName({ pods }: NodeLogs): string {
  return pods.find(({ spec }) => spec.nodeName !== undefined)?.spec.nodeName ?? 'node';
}
