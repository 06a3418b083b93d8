import assert from 'node:assert/strict';
import test from 'node:test';
import { createLabels, noLabels } from '../model/labels.ts';
import { defaultLimits } from '../model/limits.ts';
import type { Tenant } from '../model/tenant.ts';
import { SimulatedClock } from '../world/simulated-clock.ts';
import { createEngine } from './engine.ts';
import { explain, printPlan } from './explain.ts';
import { parseQuery } from './parse-query.ts';
import type { QueryRequest } from './request.ts';
import { createMemorySource } from './test/memory-source.ts';

const tenant = 'team' as Tenant;
const startNs = 1_795_132_800_000_000_000n;
const minute = 60_000_000_000n;

const lines = [
  '{"level":"error","ms":12}',
  '{"level":"info","ms":7}',
  'plain error',
  '{"level":"error","ms":30,"app":"inner"}',
  '{"level":"debug"}',
];

async function run(text: string, columns: boolean, more: Partial<QueryRequest> = {}): Promise<string> {
  const source = createMemorySource({ columns });
  const entries = lines.map((line, i) => ({ timestampNs: startNs + BigInt(i), line, structuredMetadata: noLabels }));
  source.push(tenant, createLabels({ app: 'web' }), entries);
  source.push(tenant, createLabels({ app: 'db' }), entries);
  const engine = createEngine({
    select: source.select,
    clock: new SimulatedClock(startNs),
    limitsFor: () => defaultLimits,
  });
  const result = await engine.run({
    tenants: [tenant],
    expression: parseQuery(text).expression!,
    kind: 'range',
    startNs,
    endNs: startNs + 5n * minute,
    stepNs: minute,
    intervalNs: 0n,
    limit: 100,
    direction: 'backward',
    explain: true,
    ...more,
  });
  return printPlan(result.plan!);
}

function explains(name: string, text: string, expected: string, options: { columns?: boolean } = {}): void {
  test(name, async () => assert.equal(await run(text, options.columns ?? false), expected));
}

explains(
  'what each stage of a log query let through, line filters ahead of a parser',
  '{app="web"} | json |= "error" | level="error" | ms > 20',
  `100 lines, newest first
  - reading stops when there are as many
    {app="web"}  -> 5 lines, 0 of 0 chunks read, 115 B
      - leaves out chunks without "error"
    |= "error"  -> 3 lines
      - on all lines of a batch at once, ahead of the stages before it
    | json  -> 2 lines
      - from columns, where a chunk has some
    | level="error"  -> 2 lines
      - from columns, where a chunk has some
    | ms>20  -> 1 line
      - from columns, where a chunk has some
`,
);

explains(
  'samples from columns; a sum takes part in reading',
  'topk(2, sum by (level) (count_over_time({app="web"} | json | ms > 10 [5m]))) > 1',
  `>  -> 1 series
    topk 2  -> 1 series
        sum by (level)  -> 1 series
            count_over_time({...}[5m])  -> 1 series
              - 6 windows, one every 1m
              - summed by (level) while it reads
              - takes samples from the columns of a chunk without making lines of them, where it has some
                {app="web"}  -> 5 lines, 0 of 0 chunks read, 115 B
                | json  -> 3 lines
                  - extracts level, ms only
                  - from columns, where a chunk has some
                | ms>10  -> 2 lines
                  - from columns, where a chunk has some
    1
`,
  { columns: true },
);

explains(
  'a parser that nobody needs, and two reads of one expression',
  'sum(rate({app=~".+"} | json |= "error" [5m])) / on () group_left sum(max_over_time({app="web"} | json | unwrap ms | __error__="" [1m]))',
  `/ on () group_left  -> 1 series
    sum  -> 1 series
        rate({...}[5m])  -> 1 series
          - 6 windows, one every 1m
          - summed to one series while it reads
            {app=~".+"}  -> 10 lines, 0 of 0 chunks read, 230 B
              - leaves out chunks without "error"
            | json
              - not run: nobody asks for a label
            |= "error"  -> 6 lines
              - on all lines of a batch at once, ahead of the stages before it
    sum  -> 1 series
        max_over_time({...}[1m])  -> 3 series
          - 6 windows, one every 1m
            {app="web"}  -> 5 lines, 0 of 0 chunks read, 115 B
            | json  -> 5 lines
              - from columns, where a chunk has some
            | unwrap ms
            | __error__=""
`,
);

test('the plan alone needs no data', () => {
  const { expression } = parseQuery(
    'avg_over_time({app="web"} | logfmt | status=500 | unwrap duration(took) [5m] offset 1h) by (path)',
  );
  const plan = explain(expression!, {
    steps: { startNs, stepNs: minute, stepCount: 1 },
    limit: 100,
    direction: 'backward',
  });
  assert.equal(
    printPlan(plan),
    `avg_over_time({...}[5m] offset 1h0m0s) by (path)
  - one window
    {app="web"}
      - leaves out chunks without "status" and no label status
      - leaves out chunks without "took" and no label took
    | logfmt
      - extracts path, status, took only
    | status==500
    | unwrap duration(took)
`,
  );
});
