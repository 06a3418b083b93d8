import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandEnv } from './expand-env.ts';

const env = { NAME: 'loki', PATH_: '/var/log/x.log', EMPTY: '', ÜN: 'no' };

/* biome-ignore-start lint/suspicious/noTemplateCurlyInString: the syntax under test */
const cases: [text: string, expanded: string][] = [
  ['plain text, $5 and $NAME', 'plain text, $5 and $NAME'],
  ['${NAME}', 'loki'],
  ['a ${NAME} b ${NAME}', 'a loki b loki'],
  ['${UNSET}', ''],
  ['${UNSET:-x}', 'x'],
  ['${EMPTY:-x}', 'x'],
  ['${UNSET:=x y}', 'x y'],
  ['${UNSET-x}', 'x'],
  ['${UNSET:-${NAME}-2}', 'loki-2'],
  ['${NAME:+yes}', 'yes'],
  ['${UNSET:+yes}', ''],
  ['${#NAME}', '4'],
  ['${NAME^}', 'Loki'],
  ['${NAME^^}', 'LOKI'],
  ['${NAME,,}', 'loki'],
  ['${NAME:1}', 'oki'],
  ['${NAME:1:2}', 'ok'],
  ['${NAME: -2}', 'ki'],
  ['${NAME/o/0}', 'l0ki'],
  ['${PATH_//\\//}', '/var/log/x.log'],
  ['${PATH_//log/LOG}', '/var/LOG/x.LOG'],
  ['${PATH_#*/}', 'var/log/x.log'],
  ['${PATH_##*/}', 'x.log'],
  ['${PATH_%.*}', '/var/log/x'],
  ['${PATH_%%/*}', ''],
  ['$${NAME}', '${NAME}'],
];
for (const [text, expanded] of cases)
  test(`expands ${text}`, () => assert.deepEqual(expandEnv(text, env), { text: expanded, errors: [] }));

const broken: [text: string, offset: number][] = [
  ['ab ${NAME', 3],
  ['${1x}', 0],
  ['${NAME!}', 0],
  ['${}', 0],
];
for (const [text, offset] of broken)
  test(`refuses ${text}`, () => assert.equal(expandEnv(text, env).errors[0]?.offset, offset));
/* biome-ignore-end lint/suspicious/noTemplateCurlyInString: the syntax under test */
