import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomInt, seededRandom } from '../world/random.ts';
import { nowNs, openTestApi } from './test/test-api.ts';

// Clients page through a range with `limit`, as `logcli --batch` does: the next page starts at the last timestamp again, a
// little longer, and what was already there is dropped. With many entries at one timestamp nothing may be lost or repeated.

type Entry = readonly [timestamp: string, line: string];
const seeds = [1, 2, 3];

for (const sealed of [false, true]) {
  for (const direction of ['forward', 'backward'] as const) {
    for (const seed of seeds) {
      test(`pages ${direction} are whole, seed ${seed}, ${sealed ? 'from chunks and head' : 'from the head'}`, async () => {
        const random = seededRandom(seed);
        await using api = await openTestApi();
        const all: Entry[] = [];
        let timestamp = nowNs;
        const push = async (count: number) => {
          const streams = new Map<string, Entry[]>();
          for (let i = 0; i < count; i++) {
            if (randomInt(random, 3) === 0) timestamp += BigInt(randomInt(random, 5));
            const entry: Entry = [String(timestamp), `line ${all.length}`];
            all.push(entry);
            const app = `app-${randomInt(random, 4)}`;
            streams.set(app, [...(streams.get(app) ?? []), entry]);
          }
          const { status } = await api.send({
            method: 'POST',
            url: '/loki/api/v1/push',
            headers: { 'content-type': 'application/json', 'x-scope-orgid': 'a' },
            payload: JSON.stringify({ streams: [...streams].map(([app, values]) => ({ stream: { app }, values })) }),
          });
          assert.equal(status, 204);
        };
        await push(500);
        if (sealed) await api.store.flush();
        await push(300);

        const page = async (startNs: bigint, endNs: bigint, limit: number): Promise<Entry[]> => {
          const url = `/loki/api/v1/query_range?query=%7Bapp%3D~%22.%2B%22%7D&direction=${direction}&limit=${limit}&start=${startNs}&end=${endNs}`;
          const { data } = (await api.get(url)).json() as { data: { result: { values: Entry[] }[] } };
          const sign = direction === 'forward' ? 1 : -1;
          return data.result.flatMap(({ values }) => values).sort(([a], [b]) => sign * Number(BigInt(a) - BigInt(b)));
        };

        const batch = 37;
        const seen: string[] = [];
        let [startNs, endNs] = [nowNs, timestamp + 1n];
        let last: Entry[] = [];
        for (;;) {
          const limit = batch + last.length;
          const entries = await page(startNs, endNs, limit);
          assert.ok(entries.length <= limit);
          const known = new Set(last.map(([, line]) => line));
          for (const [, line] of entries) if (!known.has(line)) seen.push(line);
          if (entries.length < limit) break;
          const lastTimestamp = entries.at(-1)![0];
          last = entries.filter(([one]) => one === lastTimestamp);
          if (direction === 'forward') startNs = BigInt(lastTimestamp);
          else endNs = BigInt(lastTimestamp) + 1n;
        }
        assert.equal(new Set(seen).size, seen.length, 'an entry came twice');
        assert.deepEqual([...seen].sort(), all.map(([, line]) => line).sort());
      });
    }
  }
}
