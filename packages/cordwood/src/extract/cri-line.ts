/**
 * A line of a container's log file as the Kubernetes CRI writes it: `<RFC 3339 time> <stdout|stderr> <flags> <content>`
 * (https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md). Works on bytes: the content is a range
 * of the line, nothing is copied.
 */
export interface CriLine {
  /** Range of the timestamp's text. */
  readonly timeStart: number;
  readonly timeEnd: number;
  readonly stream: 'stdout' | 'stderr';
  /** A line that its writer cut; the rest follows in the next lines of the stream. */
  readonly partial: boolean;
  readonly contentStart: number;
  readonly contentEnd: number;
}

const space = 0x20;
const stdout = Buffer.from('stdout ');
const stderr = Buffer.from('stderr ');
const [letterF, letterP] = [0x46, 0x50];

/**
 * Reads bytes[start, end), without a line end. Undefined when it is no CRI line. As Alloy reads it: a missing flag means a full
 * line, and only the first letter of a flag word counts.
 */
export function readCriLine(bytes: Uint8Array, start: number, end: number): CriLine | undefined {
  let at = start;
  while (at < end && bytes[at] !== space) at++;
  if (at === start || at + stdout.length > end + 1) return undefined;
  const timeEnd = at++;
  const stream = matchesAt(bytes, at, end, stdout)
    ? 'stdout'
    : matchesAt(bytes, at, end, stderr)
      ? 'stderr'
      : undefined;
  if (stream === undefined) return undefined;
  at = Math.min(at + stdout.length, end);
  const flag = bytes[at];
  let partial = false;
  if (at < end && (flag === letterF || flag === letterP)) {
    partial = flag === letterP;
    at++;
    if (at < end && bytes[at] === space) at++;
  }
  return { timeStart: start, timeEnd, stream, partial, contentStart: at, contentEnd: end };
}

/** The word may also end the line, without its space. */
function matchesAt(bytes: Uint8Array, at: number, end: number, word: Uint8Array): boolean {
  const length = at + word.length - 1 === end ? word.length - 1 : word.length;
  if (at + length > end) return false;
  for (let i = 0; i < length; i++) if (bytes[at + i] !== word[i]) return false;
  return true;
}
