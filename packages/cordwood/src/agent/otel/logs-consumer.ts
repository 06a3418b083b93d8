import { capsuleType, capsuleValue, type Value } from '@cordwood/alloy';
import type { OtlpLogs } from '../../codec/otlp-logs.ts';
import type { Receipt } from '../receipt.ts';

/** Log records on their way between `otelcol` components. */
export interface OtelLogs {
  readonly logs: OtlpLogs;
  /** Held at offset 0 by whoever keeps the records after `consumeLogs` has returned. */
  readonly receipt: Receipt;
}

/** Takes log records. The same rules as for `LogsReceiver.consume`: see receiver.ts. */
export interface LogsConsumer {
  readonly componentId: string;
  consumeLogs(batch: OtelLogs): Promise<void>;
}

const capsule = 'otelcol.Consumer';
export const logsConsumerType = capsuleType<LogsConsumer>(capsule);

export function consumerValue(consumer: LogsConsumer): Value {
  return capsuleValue(capsule, consumer);
}

/** Number of records. */
export function recordCount(logs: OtlpLogs): number {
  let count = 0;
  for (const resource of logs.resourceLogs) for (const scope of resource.scopeLogs) count += scope.records.length;
  return count;
}
