import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LabelFilter, type LabelFilterString, logExpressions, parse } from '@cordwood/logql';
import { events, frameEvents } from './events.ts';
import { logRules } from './log-rules.ts';

/**
 * An alert on an event that no service logs never fires, and nobody notices. So every filter on `event` in GreenLang's rules must
 * let something through that a catalogue holds, or that the packages name which the services use.
 */
const ofThePackages = [
  // The access line of @cordwood/logger's middleware.
  'request_completed',
];

const logged = new Set([
  ...[frameEvents, ...Object.values(events)].flatMap((catalogue) => catalogue.describe().map(({ event }) => event)),
  ...ofThePackages,
]);

function eventFilters(query: string): LabelFilterString[] {
  const { expression } = parse(query);
  assert.ok(expression, query);
  return [...logExpressions(expression)]
    .flatMap(({ stages }) => stages)
    .flatMap((stage) => (stage.kind === 'labelFilter' ? strings(stage.filter) : []))
    .filter(({ name }) => name === 'event');
}

function strings(filter: LabelFilter): LabelFilterString[] {
  if (filter.kind === 'binary') return [...strings(filter.left), ...strings(filter.right)];
  return filter.kind === 'string' ? [filter] : [];
}

function finds({ operator, value }: LabelFilterString): boolean {
  const wanted = new RegExp(`^(?:${value})$`);
  switch (operator) {
    case '=':
      return logged.has(value);
    case '=~':
      return [...logged].some((event) => wanted.test(event));
    case '!=':
    case '!~':
      return true;
  }
}

for (const group of logRules)
  for (const rule of group.rules) {
    const name = 'alert' in rule ? rule.alert : rule.record;
    const filters = eventFilters(rule.expr);
    if (filters.length === 0) continue;
    test(`${group.name} ${name} asks for events that are logged`, () => {
      for (const filter of filters) assert.ok(finds(filter), `nothing logs event${filter.operator}"${filter.value}"`);
    });
  }

test('every event tells its fields', () => {
  for (const [service, catalogue] of Object.entries(events))
    for (const { event, fields } of catalogue.describe()) assert.ok(fields, `${service} ${event}`);
});
