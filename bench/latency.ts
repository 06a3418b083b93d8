import { setTimeout as delay } from 'node:timers/promises';
import { createLokiClient } from '../packages/cordwood/src/client/loki-client.ts';

// End-to-end latency of a running platform (`npm start` in another terminal): from a service's log call (the "timestamp" in its
// line) until a query returns the line. Polls every 20 ms, so half of that is ours.
// npm run bench -- latency [URL] [TENANT] [SECONDS]

const [url = 'http://127.0.0.1:3100', tenant = 'greenlang-prod', seconds = '30'] = process.argv.slice(2);
const client = createLokiClient({ url, tenant });
const seen = new Set<string>();
const latenciesMs: number[] = [];
const startedMs = Date.now();
while (Date.now() - startedMs < Number(seconds) * 1000) {
  const endNs = BigInt(Date.now() + 1000) * 1_000_000n;
  const answer = (await client.get('/loki/api/v1/query_range', {
    query: '{namespace=~".+"} | json event_time="timestamp" | event_time!=""',
    start: String(endNs - 10_000_000_000n),
    end: String(endNs),
    limit: '500',
  })) as { data: { result: { stream: Record<string, string>; values: [string, string][] }[] } };
  const nowMs = Date.now();
  for (const { stream, values } of answer.data.result) {
    for (const [timestamp, line] of values) {
      const key = `${timestamp} ${line}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const loggedMs = Date.parse(stream['event_time'] ?? '');
      // Lines from before this run say nothing about the moment they became visible.
      if (loggedMs > startedMs) latenciesMs.push(nowMs - loggedMs);
    }
  }
  await delay(20);
}
latenciesMs.sort((a, b) => a - b);
const at = (q: number) => latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(q * latenciesMs.length))];
process.stdout.write(
  `${latenciesMs.length} lines: median ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, max ${latenciesMs.at(-1)} ms\n`,
);
