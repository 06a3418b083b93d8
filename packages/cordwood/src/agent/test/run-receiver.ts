/** Components that take entries, on entries, without sources and sinks: for the tests beside the components. */
import { schema } from '@cordwood/alloy';
import { createLabels, labelsObject } from '../../model/labels.ts';
import type { Clock } from '../../world/clock.ts';
import { seededRandom } from '../../world/random.ts';
import { SimulatedClock } from '../../world/simulated-clock.ts';
import { createAgent } from '../agent.ts';
import type { ComponentDefinition } from '../component.ts';
import { LabelSet } from '../label-set.ts';
import { Chunk, LogEntry } from '../log-entry.ts';
import { noReceipt } from '../receipt.ts';
import { type LogsReceiver, receiverValue } from '../receiver.ts';

export interface PlainEntry {
  readonly line: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface ReceiverRun {
  readonly out: PlainEntry[];
  /** `/metrics`, sample lines only. */
  readonly samples: string[];
}

/**
 * Sends entries to the component `id` of a configuration, whose `forward_to` is `[test.sink.out.receiver]`. Lines are views of
 * a chunk, as those of a file are.
 */
export async function runReceiver(
  id: string,
  config: string,
  entries: readonly PlainEntry[],
  clock: Clock = new SimulatedClock(0n),
): Promise<ReceiverRun> {
  const out: PlainEntry[] = [];
  const { agent, diagnostics } = createAgent({
    files: [{ name: 'c.alloy', text: `test.sink "out" { }\n${config}` }],
    dataDirectory: '/nowhere',
    clock,
    random: seededRandom(1),
    log: () => {},
    stability: 'experimental',
    environment: { variable: () => undefined, hostname: '', os: '', arch: '', version: '' },
    extraDefinitions: [testSink(out)],
  });
  if (agent === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const receiver = agent.nodes().find(({ node }) => node.id === id)!.component as unknown as LogsReceiver;
  await receiver.consume(
    entries.map(({ line, labels = {}, metadata = {} }) => {
      const chunk = new Chunk(Buffer.from(line));
      const set = LabelSet.of(createLabels(labels));
      const entry = LogEntry.ofChunk(set, 0, 0, noReceipt, chunk, 0, chunk.bytes.length);
      entry.structuredMetadata = createLabels(metadata);
      return entry;
    }),
  );
  const samples = agent
    .metrics()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/component_id="[^"]*",component_path="[^"]*",?/, '').replace('{}', ''));
  return { out, samples };
}

function testSink(out: PlainEntry[]): ComponentDefinition {
  return {
    name: 'test.sink',
    stability: 'generally-available',
    schema: schema({}),
    exports: ['receiver'],
    create(context) {
      const receiver: LogsReceiver = {
        componentId: context.id,
        async consume(entries) {
          for (const entry of entries) {
            out.push({
              line: entry.text,
              labels: labelsObject(entry.labels.labels),
              metadata: labelsObject(entry.structuredMetadata),
            });
          }
        },
      };
      const exports = new Map([['receiver', receiverValue(receiver)]]);
      return { exports, update: () => undefined, start() {}, async stop() {} };
    },
  };
}
