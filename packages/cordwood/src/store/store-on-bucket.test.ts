// The suite of the store once more, over a bucket that fails 5 % of the requests, tears reads and lists late.
process.env['STORE_TEST_BUCKET'] = '1';
await import('./store.test.ts');
await import('./maintenance.test.ts');
await import('./crash.test.ts');
await import('./ingest/push-rules.test.ts');
