import assert from 'node:assert/strict';
import { test } from 'node:test';
import { property } from '../../test/random.ts';
import { absolute, last } from '../time/range-choice.ts';
import { defaultState, type PageState, parsePageState, printPageState, views } from './page-state.ts';
import { defaultPreferences, parsePreferences } from './preferences.ts';

test('every view survives its URL', () => {
  property(1000, (random) => {
    const text = () => random.pick(['', '{a="b"} |= "x&y=z#?%"', 'ünï日本', 'a+b c', '{a=~".+"}\n| json']);
    const view = random.pick(views);
    const explore = view === 'explore';
    const state: PageState = {
      view,
      tenant: random.pick([undefined, 'team-a', "odd!*'()"]),
      query: explore ? text() : defaultState.query,
      range:
        view === 'alerts'
          ? defaultState.range
          : random.pick([last((1 + random.int(5000)) * 1000), absolute(random.int(1e9), 1e9 + random.int(1e12))]),
      limit: explore ? 1 + random.int(5000) : defaultState.limit,
      order: explore ? random.pick(['newest', 'oldest'] as const) : defaultState.order,
      id: view === 'trace' ? text() : '',
      at: explore ? random.pick([undefined, '1795132905256001009']) : undefined,
    };
    assert.deepEqual(parsePageState(printPageState(state)), state);
  });
});

test('going back to a view without a query means the default one; other views keep theirs', () => {
  const explored = parsePageState('#/explore?query=%7Ba%3D%22b%22%7D&last=2h&limit=7');
  assert.equal(parsePageState('#/explore', explored).query, defaultState.query);
  const traced = parsePageState('#/trace?id=x7f3', explored);
  assert.deepEqual([traced.id, traced.query, traced.limit], ['x7f3', '{a="b"}', 7]);
  assert.deepEqual(parsePageState('#/alerts', traced), { ...traced, view: 'alerts' });
});

test('the default view has a short URL', () => {
  assert.equal(printPageState(defaultState), '#/explore?last=1h');
});

test('whatever a link says wrongly keeps its default', () => {
  for (const hash of [
    '',
    '#',
    '#/',
    '#/nonsense?limit=-1&order=up&last=x&from=yesterday&to=&at=7b',
    '#?%%%',
    '#/explore?limit=1e99',
  ]) {
    assert.deepEqual(parsePageState(hash), defaultState, hash);
  }
});

test('preferences of an earlier visit, or someone else’s text', () => {
  const f = (text: string | null, expected: object) =>
    assert.deepEqual(parsePreferences(text), { ...defaultPreferences, ...expected });
  f(null, {});
  f('{', {});
  f('null', {});
  f('[1]', {});
  f('{"theme":"neon","zone":7,"wrap":"yes"}', {});
  f('{"theme":"dark","zone":"utc","wrap":true,"lines":"stored","tenant":"t"}', {
    theme: 'dark',
    zone: 'utc',
    wrap: true,
    lines: 'stored',
    tenant: 't',
  });
});
