import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBody, parse, schema } from '@cordwood/alloy';
import { relabel } from '../extract/relabel.ts';
import { createLabels, labelsObject } from '../model/labels.ts';
import { ruleBlocks } from './relabel-rule.ts';

const body = schema({ blocks: { rule: ruleBlocks } });

function rules(text: string) {
  const file = { name: 'r', text };
  return decodeBody(parse(file).file.body, body, { file, resolve: () => undefined }, { start: 0, end: 0 });
}

function relabels(rule: string, labels: Record<string, string>, expected: Record<string, string> | undefined): void {
  test(`${rule.replaceAll('\n', ' ')} on ${JSON.stringify(labels)}`, () => {
    const decoded = rules(`rule {\n${rule}\n}`);
    assert.deepEqual(decoded.diagnostics, []);
    const result = relabel(createLabels(labels), decoded.arguments!.rule);
    assert.deepEqual(result && labelsObject(result), expected);
  });
}
function refuses(rule: string, message: string): void {
  test(`${rule.replaceAll('\n', ' ')} is refused`, () =>
    assert.deepEqual(
      rules(`rule {\n${rule}\n}`).diagnostics.map((d) => d.message),
      [message],
    ));
}

relabels(
  'source_labels = ["a", "b"]\nregex = "(.*);(.*)"\ntarget_label = "c"\nreplacement = "$2-${1}"',
  { a: '1', b: '2' },
  { a: '1', b: '2', c: '2-1' },
);
relabels(
  'source_labels = ["a"]\nregex = "(?P<n>.)."\ntarget_label = "${n}x"\nreplacement = "$n$$"',
  { a: 'yz' },
  { a: 'yz', yx: 'y$' },
);
relabels('source_labels = ["a"]\nregex = "no"\ntarget_label = "c"', { a: '1' }, { a: '1' });
relabels('source_labels = ["a"]\ntarget_label = "a"\nreplacement = ""', { a: '1', b: '2' }, { b: '2' });
relabels('source_labels = ["a"]\nregex = "x.y"\naction = "keep"', { a: 'x\ny' }, { a: 'x\ny' });
relabels('source_labels = ["a"]\nregex = "x"\naction = "keep"', { a: 'xx' }, undefined);
relabels('source_labels = ["a"]\nregex = "x"\naction = "DROP"', { a: 'x' }, undefined);
relabels('source_labels = ["a"]\ntarget_label = "b"\naction = "keepequal"', { a: '1', b: '2' }, undefined);
relabels('source_labels = ["a"]\ntarget_label = "b"\naction = "dropequal"', { a: '1', b: '2' }, { a: '1', b: '2' });
relabels(
  'source_labels = ["a"]\ntarget_label = "h"\nmodulus = 10\naction = "hashmod"',
  { a: 'foo' },
  { a: 'foo', h: '6' },
);
relabels('regex = "__meta_(.*)"\naction = "labelmap"', { __meta_x: '1', y: '2' }, { __meta_x: '1', x: '1', y: '2' });
relabels('regex = "x.*"\naction = "labeldrop"', { x1: '1', y: '2' }, { y: '2' });
relabels('regex = "x.*"\naction = "labelkeep"', { x1: '1', y: '2' }, { x1: '1' });
relabels('source_labels = ["a"]\ntarget_label = "b"\naction = "uppercase"', { a: 'Ab' }, { a: 'Ab', b: 'AB' });
relabels('source_labels = ["a"]\ntarget_label = "b"\naction = "lowercase"', { a: 'Ab' }, { a: 'Ab', b: 'ab' });

refuses('action = "replace"', "relabel configuration for replace action requires 'target_label' value");
refuses('action = "hashmod"\ntarget_label = "x"', 'relabel configuration for hashmod requires non-zero modulus');
refuses('action = "labeldrop"\ntarget_label = "x"', "labeldrop action requires only 'regex', and no other fields");
refuses('action = "explode"', '"explode" unknown relabel action "explode"');
refuses(
  'regex = "("\naction = "keep"',
  '"(" could not compile regular expression: error parsing regexp: missing closing ): `(`',
);
