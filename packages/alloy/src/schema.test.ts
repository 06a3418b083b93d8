import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scope } from './evaluate.ts';
import { parse } from './parse.ts';
import {
  type BlockSchema,
  blocks,
  blockWithDefaults,
  decodeBody,
  optional,
  required,
  requiredBlock,
  schema,
  unsupported,
  variantBlocks,
} from './schema.ts';
import {
  booleanType,
  byteSizeType,
  durationType,
  integerType,
  listType,
  mapType,
  nullableType,
  secretType,
  stringType,
} from './type.ts';

const stages = new Map<string, BlockSchema<unknown>>([
  ['json', schema({ attributes: { expressions: required(mapType(stringType)) } })],
  ['drop', schema({ attributes: { reason: optional(stringType, 'drop_stage') } })],
]);
const write = schema({
  attributes: {
    url: required(stringType),
    wait: optional(durationType, 1000),
    size: optional(byteSizeType, 1 << 20),
    retry: optional(booleanType, true),
    tries: optional(integerType, 10),
    token: optional(nullableType(secretType), undefined),
    names: optional(listType(stringType), []),
    proxy: unsupported(stringType, '', 'there is no proxy'),
  },
  blocks: {
    header: blocks(schema({ attributes: { name: required(stringType) } })),
    queue: blockWithDefaults(schema({ attributes: { depth: optional(integerType, 3) } })),
    stage: variantBlocks(() => stages),
  },
  validate(args, report) {
    if (args.tries < 0) report('tries', 'tries must not be negative');
  },
});

function decode(text: string) {
  const file = { name: 'a.alloy', text };
  const parsed = parse(file);
  assert.deepEqual(parsed.diagnostics, []);
  const scope: Scope = { file, resolve: () => undefined };
  return decodeBody(parsed.file.body, write, scope, { start: 0, end: 1 });
}
function refuses(text: string, ...expected: string[]): void {
  test(`refuses ${text.replaceAll('\n', '⏎')}`, () => {
    assert.deepEqual(
      decode(text).diagnostics.map((d) => `${d.line}:${d.column} ${d.message}${d.hint ? ` | ${d.hint}` : ''}`),
      expected,
    );
  });
}

test('decodes attributes, blocks and variants with defaults', () => {
  const { arguments: args } = decode(`url = 12.50
wait = "1m30s"
size = "10KB"
names = ["a", 1]
token = "s3cret"
header {
  name = "x"
}
stage.drop { }
stage.json {
  expressions = {a = "", b = null}
}
stage.drop {
  reason = "r"
}`);
  assert.ok(args);
  assert.equal(args.url, '12.5');
  assert.equal(args.wait, 90_000);
  assert.equal(args.size, 10_240);
  assert.equal(args.retry, true);
  assert.deepEqual(args.names, ['a', '1']);
  assert.equal(`${args.token}`, '(secret)');
  assert.equal(JSON.stringify({ t: args.token }), '{"t":"(secret)"}');
  assert.equal(args.token?.reveal(), 's3cret');
  assert.equal(args.header[0]?.name, 'x');
  assert.equal(args.queue.depth, 3);
  assert.deepEqual(
    args.stage.map((stage) => stage.name),
    ['drop', 'json', 'drop'],
  );
  assert.equal((args.stage[2]!.arguments as { reason: string }).reason, 'r');
});

test('null is the zero value, not the default', () => {
  assert.equal(decode('url = "x"\nwait = null').arguments?.wait, 0);
});

refuses('wait = "1s"', '1:1 missing required attribute "url"');
refuses('url = "x"\nurl = "y"', '2:1 attribute "url" may only be provided once');
refuses('url = "x"\ntris = 1', '2:1 unrecognized attribute name "tris" | Did you mean tries?');
refuses('url = "x"\nwait = "1d"', '2:8 "1d" time: unknown unit "d" in duration "1d"');
refuses('url = "x"\nnames = ["a", {}]', '2:9 ["a", {}][1] should be string, got object');
refuses('url = "x"\ntries = -1', '2:1 tries must not be negative');
refuses('url = true', '1:7 true should be string, got bool');
refuses('url = "x"\nheader = 1', '2:1 "header" must be a block, but is used as an attribute | Write header { ... }.');
refuses('url = "x"\nwait { }', '2:1 "wait" must be an attribute, but is used as a block | Write wait = ...');
refuses('url = "x"\nqueue { }\nqueue { }', '3:1 block "queue" may only be specified once');
refuses('url = "x"\nheader "l" {\n  name = "x"\n}', '2:8 block "header" does not support specifying labels');
refuses('url = "x"\nstage.jsn { }', '2:1 unrecognized block name "stage.jsn" | Did you mean stage.json?');
refuses('url = "x"\nstage { }', '2:1 unrecognized block name "stage"');
refuses('url = "x"\nheader { }', '2:1 missing required attribute "name"');
refuses(
  'url = "x"\nproxy = "p"',
  '2:1 attribute "proxy" is not supported: there is no proxy | Remove it, or run this file with Grafana Alloy.',
);
refuses('url = 1 + true', '1:11 expected number or string, got bool');
test('an unsupported attribute at its default changes nothing', () => {
  assert.ok(decode('url = "x"\nproxy = ""').arguments);
});
test('a required block is asked for', () => {
  const outer = schema({ blocks: { client: requiredBlock(schema({})) } });
  const file = { name: 'a', text: '' };
  const result = decodeBody([], outer, { file, resolve: () => undefined }, { start: 0, end: 0 });
  assert.equal(result.diagnostics[0]?.message, 'missing required block "client"');
});
