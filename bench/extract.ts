import { Buffer } from 'node:buffer';
import { JsonFieldReader } from '../packages/cordwood/src/extract/json-fields.ts';
import { JsonPathReader } from '../packages/cordwood/src/extract/json-path-fields.ts';
import { LogfmtReader } from '../packages/cordwood/src/extract/logfmt-fields.ts';
import { compilePatternReader } from '../packages/cordwood/src/extract/pattern-fields.ts';
import { compileRe2 } from '../packages/cordwood/src/extract/re2.ts';
import { compileRegexpReader } from '../packages/cordwood/src/extract/regexp-fields.ts';

// What it costs to take one line apart: nanoseconds per line and megabytes per second, on one core.

const lineCount = 10_000;
const levels = ['INFO', 'WARN', 'ERROR'];
const jsonLines = Array.from({ length: lineCount }, (_, i) =>
  JSON.stringify({
    timestamp: `2026-11-20T00:${String(i % 60).padStart(2, '0')}:45.256Z`,
    level: levels[i % 3],
    event: 'permit.checked',
    logger: 'climate.permit',
    request_id: `req-${i * 7919}`,
    duration_ms: i / 7,
    data: {
      facility: { id: `F-${i}`, country: 'DE', geo: { lat: 51.45, lon: 7.01 } },
      checks: [{ rule: 'ets', ok: true }],
    },
  }),
);
const logfmtLines = Array.from(
  { length: lineCount },
  (_, i) =>
    `ts=2026-11-20T00:01:46.740Z level=${levels[i % 3]} caller=poller.go:118 msg="batch sent upstream" meter=m-${i} status=200 took=1.75s size=73.9KB client=10.1.2.${i % 250}`,
);
const accessLines = Array.from(
  { length: lineCount },
  (_, i) =>
    `192.168.7.${i % 250} - inspector [20/Nov/2026:00:01:06 +0000] "GET /api/permits/${i} HTTP/1.1" ${200 + (i % 300)} 4753 "https://portal.example/" "meter-sdk/2.3" 2.74`,
);

let sink = 0;
function measure(name: string, lines: readonly string[], read: (line: string, index: number) => void): void {
  for (const [index, line] of lines.entries()) read(line, index);
  const start = performance.now();
  let rounds = 0;
  while (performance.now() - start < 500) {
    for (let i = 0; i < lines.length; i++) read(lines[i]!, i);
    rounds++;
  }
  const seconds = (performance.now() - start) / 1000;
  const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0) * rounds;
  const nsPerLine = (seconds * 1e9) / (lines.length * rounds);
  console.log(
    `${name.padEnd(46)} ${nsPerLine.toFixed(0).padStart(6)} ns/line ${(bytes / 1e6 / seconds).toFixed(0).padStart(6)} MB/s`,
  );
}
const keep = (_name: string, value: string): boolean => {
  sink += value.length;
  return true;
};

const jsonBytes = Buffer.from(jsonLines.join(''));
const jsonStarts: number[] = [];
let offset = 0;
for (const line of jsonLines) {
  jsonStarts.push(offset);
  offset += Buffer.byteLength(line);
}
jsonStarts.push(offset);

measure('JSON.parse alone', jsonLines, (line) => {
  sink += Object.keys(JSON.parse(line) as object).length;
});
const allFields = new JsonFieldReader();
measure('| json, all fields', jsonLines, (line) => allFields.read(line, keep));
measure('| json, all fields, from bytes', jsonLines, (_, i) =>
  allFields.read(jsonBytes.toString('utf8', jsonStarts[i], jsonStarts[i + 1]), keep),
);
const wanted = new JsonFieldReader({ wants: (name) => name === 'level', wantsBelow: () => false });
measure('| json, only level, stops there', jsonLines, (line) => wanted.read(line, () => false));
const deep = new JsonFieldReader({
  wants: (name) => name === 'data_facility_country',
  wantsBelow: (prefix) => 'data_facility_country'.startsWith(prefix),
});
measure('| json, only data_facility_country', jsonLines, (line) => deep.read(line, keep));
const paths = new JsonPathReader([
  ['data', 'facility', 'country'],
  ['data', 'checks', 0, 'rule'],
]);
const values: string[] = [];
measure('| json a="data.facility.country", b="...[0]..."', jsonLines, (line) => {
  paths.read(line, values);
});
const logfmt = new LogfmtReader();
measure('| logfmt, all fields', logfmtLines, (line) => logfmt.read(line, keep));
const pattern = compilePatternReader(
  [...'<ip> - <user> [<_>] "<method> <path> <_>" <status> <size> <_>'.matchAll(/<(\w+)>|[^<]+/g)].map(([text, name]) =>
    name === undefined ? { kind: 'literal', text } : { kind: 'capture', name },
  ),
);
measure('| pattern, 6 captures', accessLines, (line) => pattern(line, keep));
const regexp = compileRegexpReader(
  compileRe2('^(?P<ip>\\S+) \\S+ (?P<user>\\S+) \\[(?P<when>[^\\]]+)\\] "(?P<method>\\w+) (?P<path>\\S+)').re2!,
);
measure('| regexp, 5 captures', accessLines, (line) => regexp(line, keep));
if (sink === 0) throw new Error('nothing was read');
