import type { ByteReader } from '../byte-reader.ts';
import type { ByteWriter } from '../byte-writer.ts';
import type { ValueColumn, ValueList, ValueTimes } from './value-column.ts';

/** One way to store a column. Stateless. */
export interface ValueCodec {
  /** Written to disk: never renumber, never reuse. */
  readonly id: number;
  readonly name: string;
  /** Writes the column, or answers false and has written nothing when it does not fit (or would not pay). */
  encode(values: ValueList, writer: ByteWriter): boolean;
  /** Throws MalformedBytes. `times`: of the same values as given to encode. */
  decode(reader: ByteReader, count: number, times: () => ValueTimes): ValueColumn;
}
