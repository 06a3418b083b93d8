import { listType, optional, requiredBlock, schema, unsupported } from '@cordwood/alloy';
import type { OtlpLogs } from '../../codec/otlp-logs.ts';
import type { Receipt } from '../receipt.ts';
import { type OtlpLogsConsumer, otelcolConsumerType } from './logs-consumer.ts';

const onlyLogs = 'Cordwood carries logs; metrics and traces have their own collectors';

/** The block `output` of receivers and processors. */
export const outputBlock = requiredBlock(
  schema({
    attributes: {
      logs: optional(listType(otelcolConsumerType), []),
      metrics: unsupported(listType(otelcolConsumerType), [], onlyLogs),
      traces: unsupported(listType(otelcolConsumerType), [], onlyLogs),
    },
  }),
);

/** Hands records to consumers one after another. */
export async function forwardLogs(
  consumers: readonly OtlpLogsConsumer[],
  logs: OtlpLogs,
  receipt: Receipt,
): Promise<void> {
  for (const consumer of consumers) await consumer.consumeLogs(logs, receipt);
}
