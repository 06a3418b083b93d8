import type { Check } from '../../check.ts';

/** TSDB v13 came with Loki 2.9: no platform of this kind begins before. */
const earliest = '2020-01-01';
/** Rendering knows no clock: a first day beyond this can only be a mistake. */
const latest = '2026-01-01';

export const schemaFrom: Check = {
  id: 'loki/schema-from',
  severity: 'error',
  title: 'The schema begins in the past',
  reason: 'Before the first day of a schema period Loki has no schema for the lines of today, and takes none.',
  fix: "storage.schemaFrom: '2024-01-01', or any day before the first line.",
  traps: ['T63'],
  find: ({ platform: { storage } }) =>
    storage.schemaFrom > latest || storage.schemaFrom < earliest || Number.isNaN(Date.parse(storage.schemaFrom))
      ? [{ message: `the schema would begin on ${storage.schemaFrom}`, at: 'storage.schemaFrom' }]
      : [],
};
