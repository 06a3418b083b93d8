import { capsuleType, capsuleValue, type Value } from '@cordwood/alloy';
import type { OtlpLogs } from '../../codec/otlp-logs.ts';
import type { Receipt } from '../receipt.ts';

/** Takes OTLP logs: what `output { logs = [...] }` of otelcol components names. */
export interface OtlpLogsConsumer {
  readonly componentId: string;
  /** Resolves when more may come. Whoever keeps the logs afterwards holds the receipt (at offset 0). Never rejects. */
  consumeLogs(logs: OtlpLogs, receipt: Receipt): Promise<void>;
}

const capsule = 'otelcol.Consumer';
export const otelcolConsumerType = capsuleType<OtlpLogsConsumer>(capsule);

/** Number of records. */
export function recordCount(logs: OtlpLogs): number {
  let count = 0;
  for (const resource of logs.resourceLogs) for (const scope of resource.scopeLogs) count += scope.records.length;
  return count;
}

export function otelcolConsumerValue(consumer: OtlpLogsConsumer): Value {
  return capsuleValue(capsule, consumer);
}
