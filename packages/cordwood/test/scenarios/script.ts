/**
 * Scenarios: the engine's tests in their own small language (scenarios/*.txt, see scenarios/README.md). A script is parsed
 * once and run on every stack; the answers must be the same on all of them.
 */

export interface ScriptEntry {
  readonly atNs: bigint;
  readonly line: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export type Step =
  | { readonly kind: 'tenant'; readonly line: number; readonly tenant: string }
  | { readonly kind: 'load'; readonly line: number; readonly labels: string; readonly entries: readonly ScriptEntry[] }
  | {
      readonly kind: 'eval';
      readonly line: number;
      readonly form: 'log' | 'range' | 'instant';
      readonly query: string;
      readonly fromNs: bigint;
      readonly toNs: bigint;
      readonly stepNs: bigint;
      readonly limit: number;
      readonly direction: 'forward' | 'backward';
      readonly expected: readonly string[];
      readonly expectedError: string | undefined;
    }
  | { readonly kind: 'crash' | 'seal'; readonly line: number }
  | { readonly kind: 'advance'; readonly line: number; readonly durationMs: number };

/** Where offsets in scripts count from. */
export const scriptOriginNs = 1795132800n * 1_000_000_000n; // 2026-11-20T00:00:00Z

const unitsNs: Readonly<Record<string, number>> = { ns: 1, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9, d: 86400e9 };

export function parseOffsetNs(text: string): bigint {
  const parts = [...text.matchAll(/(\d+)(ns|ms|s|m|h|d)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== text) throw new Error(`not an offset: '${text}'`);
  return parts.reduce((sum, [, amount, unit]) => sum + BigInt(amount!) * BigInt(unitsNs[unit!]!), 0n);
}

/** `10s the line`, `10s {trace_id="x"} the line`, `0s+10s*6 line $i` (six entries, ten seconds apart, $i counts). */
function parseEntries(text: string): ScriptEntry[] {
  const match = /^(\S+)\s+(?:\{([^}]*)\}\s)?(.*)$/.exec(text);
  if (!match) throw new Error(`not an entry: '${text}'`);
  const metadata = Object.fromEntries(
    [...(match[2] ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name!, value!]),
  );
  const repeat = /^(\w+)\+(\w+)\*(\d+)$/.exec(match[1]!);
  const start = parseOffsetNs(repeat?.[1] ?? match[1]!);
  const count = Number(repeat?.[3] ?? 1);
  const stepNs = repeat ? parseOffsetNs(repeat[2]!) : 0n;
  return Array.from({ length: count }, (_, i) => ({
    atNs: scriptOriginNs + start + BigInt(i) * stepNs,
    line: match[3]!.replaceAll('$i', String(i)),
    metadata,
  }));
}

export function parseScript(text: string): Step[] {
  const steps: Step[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; ) {
    const line = i + 1;
    const head = lines[i++]!;
    if (head.trim() === '' || head.startsWith('#')) continue;
    const block: string[] = [];
    while (i < lines.length && /^\s+\S/.test(lines[i]!)) block.push(lines[i++]!.trim());
    const [verb, ...rest] = head.split(' ');
    const operand = rest.join(' ').trim();
    switch (verb) {
      case 'tenant':
        steps.push({ kind: 'tenant', line, tenant: operand });
        break;
      case 'load':
        steps.push({ kind: 'load', line, labels: operand, entries: block.flatMap(parseEntries) });
        break;
      case 'eval':
        steps.push(parseEval(operand, block, line));
        break;
      case 'crash':
      case 'seal':
        steps.push({ kind: verb, line });
        break;
      case 'advance':
        steps.push({ kind: 'advance', line, durationMs: Number(parseOffsetNs(operand) / 1_000_000n) });
        break;
      default:
        throw new Error(`line ${line}: unknown step '${verb}'`);
    }
  }
  return steps;
}

function parseEval(operand: string, block: readonly string[], line: number): Step {
  const match = /^(log|range|instant)((?: (?:from|to|at|step|limit) \w+| forward)*) (.*)$/.exec(operand);
  if (!match) throw new Error(`line ${line}: eval needs log, range or instant, then a query`);
  const option = (name: string, fallback: string) => new RegExp(`${name} (\\w+)`).exec(match[2]!)?.[1] ?? fallback;
  const form = match[1] as 'log' | 'range' | 'instant';
  const at = option('at', '');
  const expectedError = block[0]?.startsWith('fails: ') ? block[0].slice('fails: '.length) : undefined;
  // An eval that expects nothing proves nothing; an empty answer is written as `(nothing)`.
  if (block.length === 0) throw new Error(`line ${line}: eval without an expectation`);
  return {
    kind: 'eval',
    line,
    form,
    query: match[3]!,
    fromNs: scriptOriginNs + parseOffsetNs(at || option('from', '0s')),
    toNs: scriptOriginNs + parseOffsetNs(at || option('to', '1h')),
    stepNs: parseOffsetNs(option('step', '1m')),
    limit: Number(option('limit', '100')),
    direction: / forward/.test(match[2]!) ? 'forward' : 'backward',
    expected: expectedError !== undefined || block[0] === '(nothing)' ? [] : block,
    expectedError,
  };
}
