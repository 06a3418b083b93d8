import { schema } from '@cordwood/alloy';
import { labelsObject } from '../../model/labels.ts';
import type { ComponentDefinition } from '../component.ts';
import { type LogsReceiver, receiverValue } from '../receiver.ts';

/** Logs every entry that it gets. */
export const lokiEcho: ComponentDefinition<unknown> = {
  name: 'loki.echo',
  stability: 'generally-available',
  schema: schema({}),
  exports: ['receiver'],
  create(context) {
    const receiver: LogsReceiver = {
      componentId: context.id,
      async consume(entries) {
        for (const entry of entries) {
          context.log('info', 'received log entry', {
            receiver: context.id,
            entry: entry.text,
            entry_timestamp: new Date(entry.seconds * 1000 + Math.floor(entry.nanos / 1e6)).toISOString(),
            labels: entry.labels.text(),
            structured_metadata: JSON.stringify(labelsObject(entry.structuredMetadata)),
          });
        }
      },
    };
    return {
      exports: new Map([['receiver', receiverValue(receiver)]]),
      update: () => undefined,
      start() {},
      async stop() {},
    };
  },
};
