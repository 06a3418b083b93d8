import { ProtobufReader } from '../../codec/protobuf.ts';
import { decompressSnappy } from '../../codec/snappy.ts';

/** `name{label="value"} number @time` for each sample of a remote write body, `stale` for the mark that ends a series. */
export function readWriteRequest(body: Uint8Array): string[] {
  const { bytes, error } = decompressSnappy(body, 1 << 24);
  if (bytes === undefined) throw new Error(error);
  const samples: string[] = [];
  const request = new ProtobufReader(bytes, 'WriteRequest');
  while (request.next()) {
    const series = new ProtobufReader(request.view(), 'TimeSeries');
    const labels: string[] = [];
    let name = '';
    while (series.next()) {
      const part = new ProtobufReader(series.view(), 'part');
      if (series.field === 1) {
        const pair: string[] = [];
        while (part.next()) pair[part.field] = part.text();
        if (pair[1] === '__name__') name = pair[2]!;
        else labels.push(`${pair[1]}="${pair[2]}"`);
        continue;
      }
      let bits = 0n;
      let timestampMs = 0;
      while (part.next()) {
        if (part.field === 1) bits = part.fixed64();
        else timestampMs = part.varint();
      }
      const view = new DataView(new ArrayBuffer(8));
      view.setBigUint64(0, bits);
      const value = bits === 0x7ff0000000000002n ? 'stale' : String(view.getFloat64(0));
      samples.push(`${name}{${labels.join(',')}} ${value} @${timestampMs}`);
    }
  }
  return samples;
}
