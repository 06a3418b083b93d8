import type { ByteReader } from '../byte-reader.ts';
import type { ByteWriter } from '../byte-writer.ts';
import type { ValueColumn, ValueList, ValueTimes } from './value-column.ts';

/** One way to store a column. Stateless. */
export interface ValueCodec {
  /** Written to disk: never renumber, never reuse. */
  readonly id: number;
  readonly name: string;
  /**
   * Writes the column, or answers false when it does not fit (or would not pay). What tells without the values themselves
   * whether a literal may be in one goes into `header`, which is read for every query; the rest goes into `data`.
   */
  encode(values: ValueList, header: ByteWriter, data: ByteWriter): boolean;
  /** `data` is read when a value is first asked for. Both throw MalformedBytes. */
  decode(header: ByteReader, source: ValueSource): ValueColumn;
}

export interface ValueSource {
  readonly count: number;
  data(): ByteReader;
  /** Of the same values as given to encode. */
  times(): ValueTimes;
}
