import { listType, optional, requiredBlock, schema, unsupported } from '@cordwood/alloy';
import { type LogsConsumer, logsConsumerType, type OtelLogs } from './logs-consumer.ts';

const onlyLogs = 'Cordwood carries logs; metrics and traces have their own collectors';

/** The block `output` of receivers and processors. */
export const outputBlock = requiredBlock(
  schema({
    attributes: {
      logs: optional(listType(logsConsumerType), []),
      metrics: unsupported(listType(logsConsumerType), [], onlyLogs),
      traces: unsupported(listType(logsConsumerType), [], onlyLogs),
    },
  }),
);

/** Hands records to consumers one after another. */
export async function forwardLogs(consumers: readonly LogsConsumer[], batch: OtelLogs): Promise<void> {
  for (const consumer of consumers) await consumer.consumeLogs(batch);
}
