import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLokiConfig } from '../config/loki-config.ts';
import { warningLines } from './warning-lines.ts';

test('keys without effect share a line by reason, other warnings keep theirs', () => {
  const text =
    'server:\n  grpc_listen_port: 9096\ncommon:\n  instance_addr: 127.0.0.1\ningester:\n  chunk_encoding: snappy\n';
  const { diagnostics } = parseLokiConfig(text, { file: 'loki.yaml' });
  const ofKeys = diagnostics.filter(({ severity }) => severity === 'warning');
  const other = { severity: 'warning', message: 'mind the gap', file: 'a.alloy', line: 3, column: 7 } as const;
  assert.deepEqual(warningLines([...ofKeys, other]), [
    'a.alloy:3:7: warning: mind the gap',
    'loki.yaml: no effect in Cordwood, it lets several Loki processes work together; here everything is one process: server.grpc_listen_port (2:3), common.instance_addr (4:3)',
    'loki.yaml: no effect in Cordwood, it tunes the inside of Loki; Cordwood does that part in another way: ingester.chunk_encoding (6:3)',
  ]);
});
