import type { EntryColumns, PushStream } from '../../model/entry.ts';
import { RequestError } from '../../model/failure.ts';
import { hasLabel, type Label, type Labels, labelValue, noLabels, printLabels } from '../../model/labels.ts';
import type { Limits, LimitsFor } from '../../model/limits.ts';
import type { Tenant } from '../../model/tenant.ts';
import type { Clock } from '../../world/clock.ts';
import type { AcceptedStream } from './accepted-stream.ts';
import { FieldNames, FoundField, findJsonField, findLogfmtField, looksLikeJson } from './field-scanner.ts';
import { formatRfc3339 } from './go-time.ts';
import { GroupedErrors } from './grouped-errors.ts';
import { levelOfLine, levelOfSeverityNumber, normalizeLevel } from './level-detector.ts';
import { sanitizeMetadataName } from './metadata-name.ts';
import { PolicyResolver, type SelectorCompiler } from './policy.ts';
import { TokenBucket } from './token-bucket.ts';
import { linesAreUtf8, replaceInvalidUtf8 } from './utf8.ts';

/**
 * Loki's distributor: decides, stream by stream and entry by entry, what of a push may be stored, and completes it
 * (service_name, detected_level, generic fields). The order of the checks and the texts are Loki's, because clients and
 * people read them. It keeps no entries; its only state are the tenants' token buckets.
 */
export class Distributor {
  readonly #clock: Clock;
  readonly #limitsFor: LimitsFor;
  readonly #policies: PolicyResolver;
  readonly #buckets = new Map<Tenant, TokenBucket>();
  readonly #rules = new WeakMap<Limits, TenantRules>();
  readonly #discarded: (tenant: Tenant, reason: string, lines: number, bytes: number) => void;

  constructor(options: {
    clock: Clock;
    limitsFor: LimitsFor;
    compileSelector: SelectorCompiler;
    discarded: (tenant: Tenant, reason: string, lines: number, bytes: number) => void;
  }) {
    this.#clock = options.clock;
    this.#limitsFor = options.limitsFor;
    this.#policies = new PolicyResolver(options.compileSelector);
    this.#discarded = options.discarded;
  }

  /**
   * Throws RequestError when nothing of the push may be stored: rate limit (429), a metadata name that cannot be kept (500).
   */
  distribute(tenant: Tenant, streams: readonly PushStream[], about: { format: string; policy?: string }): Distributed {
    const limits = this.#limitsFor(tenant);
    const rules = this.#rulesFor(limits);
    const nowNs = this.#clock.nowNs();
    const push: PushContext = {
      tenant,
      limits,
      rules,
      otlp: about.format === 'otlp',
      newestNs: nowNs + BigInt(Math.round(limits.creationGracePeriodMs * 1e6)),
      oldestNs: nowNs - BigInt(Math.round(limits.rejectOldSamplesMaxAgeMs * 1e6)),
      nowMs: Number(nowNs / 1_000_000n),
      errors: new GroupedErrors(),
      status: 400,
      discarded: (reason, lines, bytes) => this.#discarded(tenant, reason, lines, bytes),
    };
    const accepted: AcceptedStream[] = [];
    let lines = 0;
    let bytes = 0;
    for (const stream of streams) {
      if (stream.entries.rowCount === 0) continue;
      const labels = this.#checkLabels(push, stream, about.policy);
      if (labels === undefined) continue;
      const result = acceptEntries(push, labels, stream.entries);
      if (result.rowCount === 0) continue;
      accepted.push(result);
      lines += result.rowCount;
      bytes += lineBytes(result);
    }
    const refusal = push.errors.isEmpty ? undefined : { status: push.status, message: push.errors.toString() };
    if (accepted.length > 0 && !this.#takeTokens(tenant, limits, bytes)) {
      this.#discarded(tenant, 'rate_limited', lines, bytes);
      throw new RequestError(
        429,
        `ingestion rate limit exceeded for user ${tenant} (limit: ${Math.floor(limits.ingestionRateMb * mebibyte)} bytes/sec) ` +
          `while attempting to ingest '${lines}' lines totaling '${bytes}' bytes, reduce log volume or contact your Loki ` +
          'administrator to see if the limit can be increased',
      );
    }
    return { accepted, refusal, lines, bytes };
  }

  #takeTokens(tenant: Tenant, limits: Limits, bytes: number): boolean {
    let bucket = this.#buckets.get(tenant);
    if (bucket === undefined) {
      bucket = new TokenBucket(this.#clock);
      this.#buckets.set(tenant, bucket);
    }
    return bucket.take(bytes, limits.ingestionRateMb * mebibyte, limits.ingestionBurstSizeMb * mebibyte);
  }

  /** The stream's labels as they will be stored, or undefined when the whole stream is refused. */
  #checkLabels(push: PushContext, stream: PushStream, givenPolicy: string | undefined): CheckedLabels | undefined {
    const { limits, tenant } = push;
    const given = stream.labels.some((label) => label.value === '')
      ? stream.labels.filter((label) => label.value !== '')
      : stream.labels;
    const internal = hasLabel(given, '__aggregated_metric__') || hasLabel(given, '__pattern__');
    const discoverName = !internal && limits.discoverServiceName.length > 0 && !hasLabel(given, 'service_name');
    const labels = discoverName ? withLabel(given, 'service_name', serviceName(given, limits)) : given;
    const text = printLabels(labels);
    const refuse = (reason: string, message: string) => {
      push.errors.add(message);
      push.discarded(reason, stream.entries.rowCount, columnBytes(stream.entries));
      return undefined;
    };

    if (labels.length === 0) return refuse('missing_labels', 'error at least one label pair is required per stream');
    if (!internal) {
      const countable = hasLabel(labels, 'service_name') ? labels.length - 1 : labels.length;
      if (countable > limits.maxLabelNamesPerSeries) {
        return refuse(
          'max_label_names_per_series',
          `entry for stream '${text}' has ${countable} label names; limit ${limits.maxLabelNamesPerSeries}`,
        );
      }
      let previous: string | undefined;
      for (const { name, value } of labels) {
        if (isLonger(name, limits.maxLabelNameLength)) {
          return refuse('label_name_too_long', `stream '${text}' has label name too long: '${name}'`);
        }
        if (isLonger(value, limits.maxLabelValueLength)) {
          return refuse('label_value_too_long', `stream '${text}' has label value too long: '${value}'`);
        }
        if (name === previous) {
          return refuse('duplicate_label_names', `stream '${text}' has duplicate label name: '${name}'`);
        }
        previous = name;
      }
    }

    const policy = givenPolicy ?? this.#policies.policyOf(labels, limits);
    const missing = requiredLabels(limits, policy).filter((name) => labelValue(labels, name) === '');
    if (missing.length > 0) {
      return refuse(
        'missing_enforced_labels',
        `missing required labels '${missing.join(',')}' for user '${tenant}' for stream '${text}' (policy: '${policy}')`,
      );
    }
    const blocked = blockedUntil(limits, policy, push.nowMs);
    if (blocked !== undefined) {
      const status = limits.blockIngestionStatusCode;
      const until = formatRfc3339(BigInt(blocked.untilMs) * 1_000_000n);
      const ofPolicy = blocked.byPolicy ? ` (policy: '${policy}')` : '';
      const message = `ingestion blocked for user '${tenant}'${ofPolicy} until '${until}' with status code '${status}'`;
      if (status === 200) {
        push.discarded('blocked_ingestion', stream.entries.rowCount, columnBytes(stream.entries));
        return undefined;
      }
      push.status = status;
      return refuse('blocked_ingestion', message);
    }
    return { labels, text, policy };
  }

  #rulesFor(limits: Limits): TenantRules {
    let rules = this.#rules.get(limits);
    if (rules === undefined) {
      rules = {
        levelFields: new FieldNames(limits.logLevelFields),
        genericFields: Object.entries(limits.discoverGenericFields).map(([target, sources]) => ({
          target,
          sources,
          names: new FieldNames(sources),
        })),
        levelOnly: new Map(),
      };
      this.#rules.set(limits, rules);
    }
    return rules;
  }
}

export interface Distributed {
  readonly accepted: readonly AcceptedStream[];
  /** Why the rest was refused. */
  readonly refusal: { readonly status: number; readonly message: string } | undefined;
  readonly lines: number;
  /** Line and metadata bytes of what was accepted. */
  readonly bytes: number;
}

/** Told of everything that is refused. `reason` is Loki's. */
export type DiscardCounter = (reason: string, lines: number, bytes: number) => void;

const mebibyte = 1024 * 1024;

interface CheckedLabels {
  readonly labels: Labels;
  readonly text: string;
  readonly policy: string;
}

/** What is prepared once per set of limits. */
interface TenantRules {
  readonly levelFields: FieldNames;
  readonly genericFields: readonly { target: string; sources: readonly string[]; names: FieldNames }[];
  /** Level -> `{detected_level="…"}`: most entries have no other metadata and share these. */
  readonly levelOnly: Map<string, Labels>;
}

interface PushContext {
  readonly tenant: Tenant;
  readonly limits: Limits;
  readonly rules: TenantRules;
  readonly otlp: boolean;
  readonly newestNs: bigint;
  readonly oldestNs: bigint;
  readonly nowMs: number;
  readonly errors: GroupedErrors;
  status: number;
  readonly discarded: DiscardCounter;
}

/** The entries of a stream that pass, in their order. Columns are shared with the request while nothing differs. */
function acceptEntries(push: PushContext, stream: CheckedLabels, given: EntryColumns): AcceptedStream {
  const { limits } = push;
  const lines = prepareLines(push, given);
  const streamLevel = firstValue(stream.labels, limits.logLevelFields);
  const kept = new Uint32Array(given.rowCount);
  const metadata: Labels[] = [];
  const metadataBytes = new Uint32Array(given.rowCount);
  let keptCount = 0;
  const allInTime = timesAreWithin(
    given.timestampsNs,
    limits.rejectOldSamples ? push.oldestNs : undefined,
    push.newestNs,
  );
  for (let row = 0; row < given.rowCount; row++) {
    const pairs = given.structuredMetadata?.[row] ?? noLabels;
    const length = given.lineEnds[row]! - given.lineStarts[row]!;
    const problem =
      (allInTime ? undefined : timeProblem(push, stream.text, given.timestampsNs[row]!)) ??
      lengthProblem(push, stream.text, length) ??
      (pairs.length > 0 ? metadataProblem(push, stream.text, pairs) : undefined);
    if (problem !== undefined) {
      push.errors.add(problem.message);
      push.discarded(problem.reason, 1, length + pairBytes(pairs));
      continue;
    }
    metadataBytes[keptCount] = pairs.length > 0 ? pairBytes(pairs) : 0;
    metadata.push(completeMetadata(push, stream.labels, streamLevel, pairs, lines, row));
    kept[keptCount++] = row;
  }
  const all = keptCount === given.rowCount;
  const accepted = {
    ...stream,
    rowCount: keptCount,
    timestampsNs: all ? given.timestampsNs : pickTimes(given.timestampsNs, kept, keptCount),
    bytes: lines.bytes,
    starts: all ? lines.starts : pick(lines.starts, kept, keptCount),
    ends: all ? lines.ends : pick(lines.ends, kept, keptCount),
    metadata,
    metadataBytes,
  };
  if (!limits.incrementDuplicateTimestamp) return accepted;
  return { ...accepted, timestampsNs: spreadEqualTimes(accepted) };
}

interface Lines {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Truncates what is too long, if the limits say so, and makes invalid UTF-8 valid. Almost always returns its input. */
function prepareLines(push: PushContext, given: EntryColumns): Lines {
  const { bytes, lineStarts: starts, lineEnds: ends, rowCount } = given;
  const { maxLineSizeBytes: maximum, maxLineSizeTruncate, maxLineSizeTruncateIdentifier } = push.limits;
  const truncates = maxLineSizeTruncate && maximum > 0 && anyLonger(starts, ends, rowCount, maximum);
  if (!truncates && linesAreUtf8(bytes, starts, ends, rowCount)) return { bytes, starts, ends };

  const identifier = Buffer.from(maxLineSizeTruncateIdentifier);
  const lines: Uint8Array[] = [];
  for (let row = 0; row < rowCount; row++) {
    let line = bytes.subarray(starts[row], ends[row]);
    if (truncates && line.length > maximum) {
      push.discarded('line_too_long_truncated', 0, line.length - maximum);
      let room = Math.max(0, maximum - identifier.length);
      // Not in the middle of a character.
      while (room > 0 && (line[room]! & 0xc0) === 0x80) room--;
      line = Buffer.concat([line.subarray(0, room), identifier]).subarray(0, maximum);
    }
    lines.push(replaceInvalidUtf8(line));
  }
  const newStarts = new Uint32Array(rowCount);
  const newEnds = new Uint32Array(rowCount);
  let offset = 0;
  for (let row = 0; row < rowCount; row++) {
    newStarts[row] = offset;
    offset += lines[row]!.length;
    newEnds[row] = offset;
  }
  return { bytes: Buffer.concat(lines), starts: newStarts, ends: newEnds };
}

interface Problem {
  readonly reason: string;
  readonly message: string;
}

function timeProblem(
  { limits, oldestNs, newestNs }: PushContext,
  text: string,
  timestampNs: bigint,
): Problem | undefined {
  if (limits.rejectOldSamples && timestampNs < oldestNs) {
    return {
      reason: 'greater_than_max_sample_age',
      message:
        `entry for stream '${text}' has timestamp too old: ${formatRfc3339(timestampNs)}, ` +
        `oldest acceptable timestamp is: ${formatRfc3339(oldestNs)}`,
    };
  }
  if (timestampNs > newestNs) {
    return {
      reason: 'too_far_in_future',
      message: `entry for stream '${text}' has timestamp too new: ${formatRfc3339(timestampNs)}`,
    };
  }
  return undefined;
}

function lengthProblem({ limits }: PushContext, text: string, length: number): Problem | undefined {
  const maximum = limits.maxLineSizeBytes;
  if (maximum === 0 || length <= maximum || limits.maxLineSizeTruncate) return undefined;
  return {
    reason: 'line_too_long',
    message: `max entry size '${maximum}' bytes exceeded for stream '${text}' while adding an entry with length '${length}' bytes`,
  };
}

function metadataProblem({ limits }: PushContext, text: string, pairs: Labels): Problem | undefined {
  if (!limits.allowStructuredMetadata) {
    return {
      reason: 'disallowed_structured_metadata',
      message:
        `stream '${text}' includes structured metadata, but this feature is disallowed. Please see ` +
        '`limits_config.allow_structured_metadata` or contact your Loki administrator to enable it',
    };
  }
  const size = pairBytes(pairs);
  const maximumSize = limits.maxStructuredMetadataSizeBytes;
  if (maximumSize > 0 && size > maximumSize) {
    return {
      reason: 'structured_metadata_too_large',
      message:
        `stream '${text}' has structured metadata too large: '${size}' bytes, limit: '${maximumSize}' bytes. Please see ` +
        '`limits_config.max_structured_metadata_size` or contact your Loki administrator to increase it',
    };
  }
  const maximumCount = limits.maxStructuredMetadataEntriesCount;
  if (maximumCount > 0 && pairs.length > maximumCount) {
    return {
      reason: 'structured_metadata_too_many',
      message:
        `stream '${text}' has too many structured metadata labels: '${pairs.length}', limit: '${maximumCount}'. Please see ` +
        '`limits_config.max_structured_metadata_entries_count` or contact your Loki administrator to increase it',
    };
  }
  return undefined;
}

/** Metadata as stored: clean names, no empty values, `detected_level`, generic fields; sorted by name. */
function completeMetadata(
  push: PushContext,
  stream: Labels,
  streamLevel: string,
  given: Labels,
  lines: Lines,
  row: number,
): Labels {
  const { limits, rules } = push;
  const detects = limits.allowStructuredMetadata && limits.discoverLogLevels;
  if (given.length === 0 && rules.genericFields.length === 0) {
    return detects ? levelOnly(rules, detectLevel(push, streamLevel, given, lines, row)) : noLabels;
  }
  const pairs = new Map<string, string>();
  for (const { name, value } of given) {
    const result = sanitizeMetadataName(name);
    if (result.error !== undefined) throw new RequestError(500, result.error);
    pairs.set(result.name, value.includes('\ufffd') ? value.replaceAll('\ufffd', ' ') : value);
  }
  const metadata = sortedLabels(pairs);
  if (detects) {
    const own = pairs.get('detected_level');
    pairs.set(
      'detected_level',
      own === undefined ? detectLevel(push, streamLevel, metadata, lines, row) : normalizeLevel(own),
    );
  }
  if (limits.allowStructuredMetadata) {
    for (const { target, sources, names } of rules.genericFields) {
      const value = firstValue(stream, sources) || firstValue(metadata, sources) || fieldOfLine(lines, row, names);
      if (value !== '') pairs.set(target, value);
    }
  }
  return sortedLabels(pairs);
}

function detectLevel(push: PushContext, streamLevel: string, metadata: Labels, lines: Lines, row: number): string {
  const { limits, rules } = push;
  const named = streamLevel || firstValue(metadata, limits.logLevelFields);
  if (named !== '') return normalizeLevel(named);
  if (push.otlp) {
    const severity = labelValue(metadata, 'severity_number');
    if (severity !== '') return levelOfSeverityNumber(severity);
  }
  const maxDepth = limits.logLevelFromJsonMaxDepth <= 0 ? Number.POSITIVE_INFINITY : limits.logLevelFromJsonMaxDepth;
  return levelOfLine(lines.bytes, lines.starts[row]!, lines.ends[row]!, rules.levelFields, maxDepth);
}

const foundField = new FoundField();

function fieldOfLine({ bytes, starts, ends }: Lines, row: number, names: FieldNames): string {
  const start = starts[row]!;
  const end = ends[row]!;
  const hit = looksLikeJson(bytes, start, end)
    ? findJsonField(bytes, start, end, names, 1, foundField, true)
    : findLogfmtField(bytes, start, end, names, foundField);
  if (!hit) return '';
  const raw = Buffer.from(
    bytes.buffer,
    bytes.byteOffset + foundField.start,
    foundField.end - foundField.start,
  ).toString();
  if (!foundField.quoted || !raw.includes('\\')) return raw;
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return raw;
  }
}

function levelOnly(rules: TenantRules, level: string): Labels {
  let labels = rules.levelOnly.get(level);
  if (labels === undefined) {
    labels = Object.freeze([{ name: 'detected_level', value: level }]);
    // A stream label may say anything; only the real levels are worth keeping.
    if (rules.levelOnly.size < 64) rules.levelOnly.set(level, labels);
  }
  return labels;
}

function sortedLabels(pairs: ReadonlyMap<string, string>): Labels {
  const labels: Label[] = [];
  for (const [name, value] of pairs) if (value !== '') labels.push({ name, value });
  return labels.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A row whose time equals that of the row before, but not its line, comes 1 ns later: Loki's increment_duplicate_timestamp. */
function spreadEqualTimes(stream: AcceptedStream): BigInt64Array {
  const { bytes, starts, ends, rowCount } = stream;
  const times = stream.timestampsNs.slice(0, rowCount);
  let previousGiven = times[0]!;
  for (let row = 1; row < rowCount; row++) {
    const given = times[row]!;
    const line = bytes.subarray(starts[row], ends[row]);
    const previousLine = bytes.subarray(starts[row - 1], ends[row - 1]);
    const equalTime = given === previousGiven || given === times[row - 1]!;
    if (equalTime && Buffer.compare(line, previousLine) !== 0) times[row] = times[row - 1]! + 1n;
    else previousGiven = given;
  }
  return times;
}

function timesAreWithin(times: BigInt64Array, oldestNs: bigint | undefined, newestNs: bigint): boolean {
  // Comparing 32-bit words: a bigint per row would cost more than everything else here.
  const words = new Int32Array(times.buffer, times.byteOffset, times.length * 2);
  const [newHigh, newLow] = [Number(newestNs >> 32n), Number(newestNs & 0xffffffffn)];
  const oldest = oldestNs ?? -(2n ** 63n);
  const [oldHigh, oldLow] = [Number(oldest >> 32n), Number(oldest & 0xffffffffn)];
  for (let i = 0; i < words.length; i += 2) {
    const high = words[i + 1]!;
    if (high < newHigh && high > oldHigh) continue;
    const low = words[i]! >>> 0;
    if (high > newHigh || (high === newHigh && low > newLow)) return false;
    if (high < oldHigh || (high === oldHigh && low < oldLow)) return false;
  }
  return true;
}

function serviceName(labels: Labels, limits: Limits): string {
  return firstValue(labels, limits.discoverServiceName) || 'unknown_service';
}

function firstValue(labels: Labels, names: readonly string[]): string {
  if (labels.length === 0) return '';
  for (const name of names) {
    const value = labelValue(labels, name);
    if (value !== '') return value;
  }
  return '';
}

function withLabel(labels: Labels, name: string, value: string): Labels {
  const index = labels.findIndex((label) => label.name > name);
  const at = index < 0 ? labels.length : index;
  return [...labels.slice(0, at), { name, value }, ...labels.slice(at)];
}

function requiredLabels(limits: Limits, policy: string): readonly string[] {
  const ofPolicy = Object.hasOwn(limits.policyEnforcedLabels, policy) ? limits.policyEnforcedLabels[policy]! : [];
  return ofPolicy.length === 0 ? limits.enforcedLabels : [...new Set([...limits.enforcedLabels, ...ofPolicy])];
}

function blockedUntil(
  limits: Limits,
  policy: string,
  nowMs: number,
): { untilMs: number; byPolicy: boolean } | undefined {
  const ofPolicy = Object.hasOwn(limits.blockIngestionPolicyUntilMs, policy)
    ? limits.blockIngestionPolicyUntilMs[policy]!
    : 0;
  if (ofPolicy > nowMs) return { untilMs: ofPolicy, byPolicy: true };
  if (limits.blockIngestionUntilMs > nowMs) return { untilMs: limits.blockIngestionUntilMs, byPolicy: false };
  return undefined;
}

function isLonger(text: string, limitBytes: number): boolean {
  return text.length * 3 > limitBytes && Buffer.byteLength(text) > limitBytes;
}

function anyLonger(starts: Uint32Array, ends: Uint32Array, rowCount: number, limit: number): boolean {
  for (let row = 0; row < rowCount; row++) if (ends[row]! - starts[row]! > limit) return true;
  return false;
}

function pairBytes(pairs: Labels): number {
  let total = 0;
  for (const { name, value } of pairs) total += Buffer.byteLength(name) + Buffer.byteLength(value);
  return total;
}

function columnBytes(columns: EntryColumns): number {
  let total = 0;
  for (let row = 0; row < columns.rowCount; row++) total += columns.lineEnds[row]! - columns.lineStarts[row]!;
  return total;
}

function lineBytes(stream: AcceptedStream): number {
  let total = 0;
  for (let row = 0; row < stream.rowCount; row++) {
    total += stream.ends[row]! - stream.starts[row]! + stream.metadataBytes[row]!;
  }
  return total;
}

function pick(values: Uint32Array, rows: Uint32Array, count: number): Uint32Array {
  const picked = new Uint32Array(count);
  for (let i = 0; i < count; i++) picked[i] = values[rows[i]!]!;
  return picked;
}

function pickTimes(values: BigInt64Array, rows: Uint32Array, count: number): BigInt64Array {
  const picked = new BigInt64Array(count);
  for (let i = 0; i < count; i++) picked[i] = values[rows[i]!]!;
  return picked;
}
