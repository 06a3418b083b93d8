import assert from 'node:assert/strict';
import test from 'node:test';
import type { Section } from './chunk-format.ts';
import { SectionCache } from './section-cache.ts';

const section = (name: string) => ({ name }) as Section;
const bytes = (length: number) => new Uint8Array(length);

test('keeps the sections that were used last, up to its bytes', () => {
  const cache = new SectionCache(6400);
  const sections = Array.from({ length: 64 }, (_, i) => section(String(i)));
  for (const one of sections) cache.add(one, bytes(100));
  // The first was used after the second, which makes room.
  assert.ok(cache.get(sections[0]!) !== undefined);
  cache.add(section('more'), bytes(50));
  assert.equal(cache.get(sections[1]!), undefined);
  assert.equal(cache.get(sections[0]!)!.length, 100);
  assert.equal(cache.get(sections[2]!)!.length, 100);
});

test('a large section does not push out many small ones', () => {
  const cache = new SectionCache(6400);
  const [small, large] = [section('small'), section('large')];
  cache.add(small, bytes(100));
  cache.add(large, bytes(101));
  assert.equal(cache.get(large), undefined);
  assert.ok(cache.get(small) !== undefined);
});
