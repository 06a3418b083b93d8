import {
  type BlockSchema,
  booleanType,
  enumType,
  listType,
  optional,
  schema,
  stringType,
  unsupported,
} from '@cordwood/alloy';
import { logsReceiverType } from './receiver.ts';

export interface LoggingSettings {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'logfmt' | 'json';
}

/** Blocks that configure the agent itself. What they ask for and Cordwood does not do is refused at its place. */
export const settingSchemas: ReadonlyMap<string, BlockSchema<unknown>> = new Map<string, BlockSchema<unknown>>([
  [
    'logging',
    schema({
      attributes: {
        level: optional(enumType('debug', 'info', 'warn', 'error'), 'info'),
        format: optional(enumType('logfmt', 'json'), 'logfmt'),
        destination: unsupported(stringType, 'stderr', 'Cordwood logs to standard error'),
        write_to: unsupported(
          listType(logsReceiverType),
          [],
          'the log of the agent is not fed back into its pipelines',
        ),
      },
    }),
  ],
  ['livedebugging', schema({ attributes: { enabled: optional(booleanType, false) } })],
]);
