import assert from 'node:assert/strict';
import { test } from 'node:test';
import greenlang from '../../../greenlang/platform.ts';
import { indexLabels } from './lint/pipeline-labels.ts';
import { producedLabels } from './produced-labels.ts';
import { renderPlatform } from './render/render-platform.ts';

const config = renderPlatform(greenlang).find(({ path }) => path === 'local/prod/config.alloy')!.text;

test('labels and metadata of a rendered pipeline', () => {
  const { index, metadata } = producedLabels(config);
  for (const name of [
    'namespace',
    'service',
    'level',
    'job',
    'regulation',
    'retention_class',
    'log_type',
    'cluster',
    'service_name',
  ])
    assert.ok(index.has(name), name);
  for (const name of ['trace_id', 'span_id', 'request_id', 'tenant_id', 'pod', 'report_id']) {
    assert.ok(metadata.has(name), name);
    assert.ok(!index.has(name), `${name} is no label of a stream`);
  }
  assert.ok(!index.has('filename') && !index.has('__path__'));
});

test('the labels that the lint believes in are those that the rendered pipelines make', () => {
  const artifacts = renderPlatform(greenlang);
  const configs = artifacts.filter(({ path }) => /^(local\/[^/]+\/config|helm\/alloy\/files\/\w+)[.]alloy$/.test(path));
  assert.ok(configs.length > 4);
  const made = new Set(configs.flatMap(({ text }) => [...producedLabels(text).index]));
  assert.deepEqual([...made].sort(), [...indexLabels(greenlang)].sort());
});
