import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Rfc3339Reader } from '../../agent/rfc3339.ts';
import { readCriLine } from '../../extract/cri-line.ts';

export interface ContainerLine {
  /** File of the node, and which line of it (from 0) the content began at. */
  readonly source: string;
  readonly index: number;
  readonly line: string;
  readonly timestampNs: bigint;
}

/** What `kubectl logs` of a container shows: the files of the runtime without what it wrote around each line. */
export function containerLogs(
  root: string,
  namespace: string,
  uid: string,
  pod: string,
  container: string,
): ContainerLine[] {
  const folder = `var/log/pods/${namespace}_${pod}_${uid}/${container}`;
  const files = globSync(`${folder}/*.log`, { cwd: root }).sort();
  return files.flatMap((file) => unwrap(`/${file}`, readFileSync(join(root, file))));
}

function unwrap(source: string, bytes: Buffer): ContainerLine[] {
  const out: ContainerLine[] = [];
  const time = new Rfc3339Reader();
  let partial = '';
  let first = 0;
  let index = 0;
  for (let start = 0; start < bytes.length; index++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    const cri = readCriLine(bytes, start, end);
    if (cri !== undefined) {
      if (partial === '') first = index;
      const content = partial + bytes.toString('utf8', cri.contentStart, cri.contentEnd);
      partial = cri.partial ? content : '';
      const known = time.read(bytes, cri.timeStart, cri.timeEnd);
      const timestampNs = known ? BigInt(time.seconds) * 1_000_000_000n + BigInt(time.nanos) : 0n;
      if (!cri.partial) out.push({ source, index: first, line: content, timestampNs });
    }
    start = end + 1;
  }
  return out;
}
