import type { Labels } from '../model/labels.ts';
import { ProtobufWriter } from './protobuf.ts';

/** One value of a series. */
export interface Sample {
  /** With `__name__`. */
  readonly labels: Labels;
  readonly value: number;
  readonly timestampMs: number;
  /** The series has ended; the value means nothing. */
  readonly stale: boolean;
}

/** The NaN that says "this series has ended" (https://prometheus.io/docs/specs/prw/remote_write_spec/#stale-markers). */
const staleBits = 0x7ff0000000000002n;
/** Any other NaN, as Prometheus normalises it. */
const nanBits = 0x7ff8000000000001n;

/**
 * Samples as prometheus.WriteRequest of remote write 1.0: each sample a series of its own, in the order given, labels sorted
 * by name (https://prometheus.io/docs/specs/prw/remote_write_spec/).
 */
export function encodeWriteRequest(samples: readonly Sample[]): Uint8Array {
  const writer = new ProtobufWriter(samples.length * 128 + 64);
  for (const { labels, value, timestampMs, stale } of samples) {
    writer.messageField(1, () => {
      for (const { name, value: labelValue } of labels) {
        writer.messageField(1, () => {
          writer.textField(1, name);
          writer.textField(2, labelValue);
        });
      }
      writer.messageField(2, () => {
        if (stale || Number.isNaN(value)) writer.fixed64Field(1, stale ? staleBits : nanBits);
        else writer.doubleField(1, value);
        writer.varintField(2, timestampMs);
      });
    });
  }
  return writer.finish();
}
