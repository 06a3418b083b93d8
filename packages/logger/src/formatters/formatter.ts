import type { LogRecord } from '../record.ts';
import { formatLogfmt } from './logfmt.ts';
import { createPrettyFormatter } from './pretty.ts';

/** A record, already redacted and safe, to the text of one line (pretty: several). */
export type Formatter = (record: LogRecord) => string;

export const formatNames = ['json', 'logfmt', 'pretty'] as const;
export type FormatName = (typeof formatNames)[number];

/** Undefined for `json`: lines are made as JSON, the others are made from it. */
export function formatterNamed(name: FormatName, colours: boolean): Formatter | undefined {
  switch (name) {
    case 'json':
      return undefined;
    case 'logfmt':
      return formatLogfmt;
    case 'pretty':
      return createPrettyFormatter({ colours });
  }
}
