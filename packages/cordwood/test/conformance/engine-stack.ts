import assert from 'node:assert/strict';
import { type Expression, parse } from '@cordwood/logql';
import { encodeResult } from '../../src/api/encode-result.ts';
import { Form } from '../../src/api/form.ts';
import {
  directionParameter,
  instantNs,
  intervalParameter,
  limitParameter,
  rangeParameters,
} from '../../src/api/parameters.ts';
import { decodePushJson } from '../../src/codec/push-json.ts';
import { parseLokiConfig } from '../../src/config/loki-config.ts';
import { parseOverrides } from '../../src/config/overrides.ts';
import { parseLabels } from '../../src/extract/labels-parser.ts';
import { RequestError } from '../../src/model/failure.ts';
import type { LimitsFor } from '../../src/model/limits.ts';
import { parseTenant, type Tenant } from '../../src/model/tenant.ts';
import { detectedFieldValues, detectFields } from '../../src/query/detected-fields.ts';
import { createEngine, type Engine } from '../../src/query/engine.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import { compileSelector } from '../../src/query/stream-matchers.ts';
import { createMemorySource, type MemorySource } from '../../src/query/test/memory-source.ts';
import { Distributor } from '../../src/store/ingest/distributor.ts';
import { SimulatedClock } from '../../src/world/simulated-clock.ts';
import { type ConformanceCase, readDatasets, readFixture } from './case.ts';
import { type DecodedAnswer, decodeAnswer } from './differences.ts';

/**
 * The engine alone, over rows in memory: what `query` and `query_range` answer before there is an API or a store. Entries go
 * through the real rules of ingestion, parameters and results through the API's own reading and writing.
 */
export class EngineStack {
  readonly #source: MemorySource;
  readonly #engine: Engine;
  readonly #distributor: Distributor;
  // Two hours after the last entry of the data.
  readonly #clock = new SimulatedClock(1_795_161_600_000_000_000n);

  constructor(options: { batchRows?: number } = {}) {
    this.#source = createMemorySource(options);
    const limitsFor = readLimits();
    this.#engine = createEngine({ select: this.#source.select, clock: this.#clock, limitsFor });
    this.#distributor = new Distributor({
      clock: this.#clock,
      limitsFor,
      compileSelector: (selector) => {
        const { expression } = parse(selector);
        if (expression?.kind !== 'log') throw new Error(`no selector: ${selector}`);
        return compileSelector(expression.selector.matchers);
      },
      discarded: () => {},
    });
  }

  /** Pushes the datasets in their order, entries of one tenant and neighbouring lines together. */
  load(): void {
    for (const lines of readDatasets()) {
      for (const line of lines) {
        if (line.path !== undefined) continue;
        const value = [line.ts, line.line, line.metadata];
        this.push(line.tenant as Tenant, JSON.stringify({ streams: [{ stream: line.labels, values: [value] }] }));
      }
    }
  }

  /** A recorded JSON push, with what its tenant's limits do to it. */
  pushRecorded(recorded: ConformanceCase): void {
    if (recorded.tenant === null || recorded.body === undefined) return;
    try {
      this.push(recorded.tenant as Tenant, recorded.body);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
    }
  }

  push(tenant: Tenant, body: string): void {
    const decoded = decodePushJson(Buffer.from(body), parseLabels);
    if (decoded.streams === undefined) throw new Error(`the data does not decode: ${decoded.error}`);
    for (const accepted of this.#distributor.distribute(tenant, decoded.streams, { format: 'json' }).accepted) {
      const { rowCount, timestampsNs, bytes, starts, ends, metadata } = accepted;
      const entries = Array.from({ length: rowCount }, (_, row) => ({
        timestampNs: timestampsNs[row]!,
        line: Buffer.from(bytes.subarray(starts[row], ends[row])).toString('utf8'),
        structuredMetadata: metadata[row]!,
      }));
      this.#source.push(tenant, accepted.labels, entries);
    }
  }

  /** Answers a case of `detected_fields` and of `detected_field/NAME/values`. */
  async answerDetected(recorded: ConformanceCase): Promise<DecodedAnswer> {
    const form = formOf(recorded);
    const { startNs, endNs } = rangeParameters(form, this.#clock.nowNs());
    const expression = parseOrRefuse(form.get('query'));
    const limit = form.has('limit') ? limitParameter(form) : limitParameter(form, 'field_limit', 1000);
    const result = await this.#engine.run({
      tenants: tenantsOf(recorded.tenant),
      expression,
      kind: 'range',
      startNs,
      endNs,
      stepNs: 1n,
      intervalNs: 0n,
      limit: limitParameter(form, 'line_limit', 100),
      direction: 'backward',
      categorizeLabels: true,
    });
    assert.ok(result.kind === 'streams');
    const name = /detected_field\/(.+)\/values$/.exec(recorded.path)?.[1];
    const found =
      name === undefined
        ? detectFields(result.streams, limit).map(({ parsers, jsonPath, ...field }) => ({
            ...field,
            parsers: parsers.length === 0 ? null : parsers,
            ...(jsonPath === undefined ? {} : { jsonPath }),
          }))
        : detectedFieldValues(result.streams, name, limit);
    const response = found.length === 0 ? {} : { [name === undefined ? 'fields' : 'values']: found, limit };
    return { status: 200, contentType: 'application/json', response };
  }

  /** Answers a case whose path ends in /query or /query_range. */
  async answer(recorded: ConformanceCase): Promise<DecodedAnswer> {
    try {
      const flags = (recorded.headers['X-Loki-Response-Encoding-Flags'] ?? '').split(',').filter((flag) => flag !== '');
      const form = formOf(recorded);
      const kind = recorded.path.endsWith('/query_range') ? 'range' : 'instant';
      const range = kind === 'range' ? rangeParameters(form, this.#clock.nowNs()) : undefined;
      const atNs = kind === 'instant' ? instantNs(form, this.#clock.nowNs()) : 0n;
      const text = form.get('query');
      const result = await this.#engine.run({
        tenants: tenantsOf(recorded.tenant),
        expression: parseOrRefuse(text),
        text,
        kind,
        splitInstant: true,
        startNs: range?.startNs ?? atNs,
        endNs: range?.endNs ?? atNs,
        stepNs: range?.stepNs ?? 0n,
        intervalNs: kind === 'range' ? intervalParameter(form) : 0n,
        limit: limitParameter(form),
        direction: directionParameter(form),
        categorizeLabels: flags.includes('categorize-labels'),
        tags: recorded.headers['X-Query-Tags'],
      });
      const body = Buffer.from([...encodeResult(result, flags)].join(''));
      return decodeAnswer({ status: 200, contentType: 'application/json; charset=utf-8', body });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return { status: error.status, contentType: 'text/plain; charset=utf-8', response: error.message };
    }
  }
}

function parseOrRefuse(text: string): Expression {
  const parsed = parseQuery(text);
  if (parsed.expression === undefined) throw new RequestError(400, parsed.error.message);
  return parsed.expression;
}

function formOf({ params, body }: ConformanceCase): Form {
  const inAddress = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    for (const one of typeof value === 'string' ? [value] : value) inAddress.append(name, one);
  }
  return new Form([body ?? '', inAddress.toString()]);
}

function tenantsOf(header: string | null): Tenant[] {
  if (header === null) throw new RequestError(401, 'no org id\n');
  const tenants = header.split('|').map((text) => {
    const parsed = parseTenant(text);
    if ('error' in parsed) throw new RequestError(400, `rpc error: code = Code(400) desc = ${parsed.error}`);
    return parsed.tenant;
  });
  return [...new Set(tenants)].sort();
}

function readLimits(): LimitsFor {
  const { config, diagnostics } = parseLokiConfig(readFixture('loki.yaml'), { file: 'loki.yaml' });
  if (config === undefined) throw new Error(diagnostics.map((diagnostic) => diagnostic.message).join('\n'));
  const parsed = parseOverrides(readFixture('overrides.yaml'), {
    file: 'overrides.yaml',
    defaults: config.value.limits_config,
  });
  const overrides = parsed.overrides;
  if (overrides === undefined) throw new Error(parsed.diagnostics.map((diagnostic) => diagnostic.message).join('\n'));
  return (tenant) => overrides.get(tenant) ?? config.limits;
}
