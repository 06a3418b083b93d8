/**
 * The log format of the Container Runtime Interface, as containerd writes it: `<time> <stream> <tags> <content>`. A line above
 * 16 KiB is written in parts, each with the tag P, the last with F.
 */
const partBytesMax = 16 * 1024;

export type StreamName = 'stdout' | 'stderr';

export interface CriEncoder {
  /** Records for the complete lines in what was written so far; the rest is kept. */
  readonly push: (chunk: Buffer) => Buffer[];
  /** At the end of the stream: the line that has no newline. */
  readonly end: () => Buffer[];
}

const newline = 10;

export function createCriEncoder(stream: StreamName, now: () => string): CriEncoder {
  let rest: Buffer = Buffer.alloc(0);

  function record(tag: 'F' | 'P', content: Buffer): Buffer {
    return Buffer.concat([Buffer.from(`${now()} ${stream} ${tag} `), content, Buffer.from('\n')]);
  }

  return {
    push(chunk) {
      const records: Buffer[] = [];
      let text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (;;) {
        const end = text.indexOf(newline);
        if (end >= 0 && end <= partBytesMax) {
          records.push(record('F', text.subarray(0, end)));
          text = text.subarray(end + 1);
        } else if (text.length > partBytesMax) {
          records.push(record('P', text.subarray(0, partBytesMax)));
          text = text.subarray(partBytesMax);
        } else break;
      }
      // A copy: a view would keep the whole chunk alive for a few bytes.
      rest = Buffer.from(text);
      return records;
    },
    end() {
      if (rest.length === 0) return [];
      const last = record('F', rest);
      rest = Buffer.alloc(0);
      return [last];
    },
  };
}

const startMs = Date.now();
const startNs = process.hrtime.bigint();

/** Now as RFC 3339 with nanoseconds, trailing zeros left out, as Go prints it. */
export function criTime(): string {
  const elapsedNs = process.hrtime.bigint() - startNs;
  const ns = BigInt(startMs) * 1_000_000n + elapsedNs;
  const seconds = new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19);
  const fraction = String(ns % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}Z`;
}
