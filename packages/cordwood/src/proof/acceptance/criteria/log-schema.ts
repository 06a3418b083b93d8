import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type Check, type Criterion, judged, notJudged } from '../criterion.ts';
import { eventually, lastSpan, type Stack } from '../stack.ts';

/** Lines of each service that are read. */
const sampleMax = 300;
const sampleMs = 3_600_000;
/**
 * Beside its logger, a driver or the runtime writes a line of its own now and then (a warning, the stack of a crash), so a service
 * passes with some lines that are no JSON. A line that is JSON must be a record.
 */
const strayLinesMax = 0.2;

const schemaFile = fileURLToPath(import.meta.resolve('@cordwood/logger/log-record.schema.json'));

export const logSchema: Criterion = {
  number: 4,
  title: 'All 47+ agents emit structured JSON with consistent schema',
  async judge(stack) {
    const validate = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(schemaFile, 'utf8')) as object);
    const judgeLine = (line: string): string | undefined => {
      let record: unknown;
      try {
        record = JSON.parse(line);
      } catch {
        return noJson;
      }
      if (validate(record)) return undefined;
      const [first] = validate.errors!;
      return `${first!.instancePath || 'the record'} ${first!.message}`;
    };
    const checks: Check[] = [];
    for (const service of stack.platform.services.filter(({ format }) => format === 'record'))
      checks.push(await judgeService(stack, service.name, service.namespaces, judgeLine));
    return checks;
  },
};

async function judgeService(
  stack: Stack,
  service: string,
  namespaces: readonly string[],
  judgeLine: (line: string) => string | undefined,
): Promise<Check> {
  const tenants = stack.environment.tenants.filter((tenant) =>
    tenant.namespaces.some((name) => namespaces.includes(name)),
  );
  const query = `{service="${service}"}`;
  const read = async () =>
    (
      await Promise.all(tenants.map(({ id }) => stack.loki.entries(id, query, lastSpan(stack, sampleMs), sampleMax)))
    ).flat();
  const lines = await eventually(stack, stack.settings.waitMs, read, (entries) => entries.length > 0);
  if (lines.length === 0) return notJudged(service, `lines of ${service}: there are none of the last hour`);
  const problems = new Map<string, number>();
  for (const { line } of lines) {
    const problem = judgeLine(line);
    if (problem !== undefined) problems.set(problem, (problems.get(problem) ?? 0) + 1);
  }
  const stray = problems.get(noJson) ?? 0;
  const wrong = [...problems.values()].reduce((sum, count) => sum + count, 0) - stray;
  const worst = [...problems].sort((a, b) => b[1] - a[1]).map(([problem, count]) => `${count} × ${problem}`);
  const evidence = [`${lines.length - stray - wrong} of ${lines.length} lines are records`, ...worst.slice(0, 3)];
  return judged(wrong === 0 && stray / lines.length <= strayLinesMax, service, evidence.join('; '));
}

const noJson = 'is no JSON';
