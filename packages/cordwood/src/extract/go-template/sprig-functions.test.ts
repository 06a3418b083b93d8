import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileTemplate } from './execute-template.ts';
import { fromJsonValue, type GoMap } from './go-value.ts';
import { sprigFunctions } from './sprig-functions.ts';

// Expectations are what Promtail 3.5.12 gave (stage cases, area template).

const functions = sprigFunctions({ variable: (name) => (name === 'CORDWOOD_TEST' ? 'set' : undefined) });

function expands(text: string, data: Record<string, unknown>, expected: string) {
  const compiled = compileTemplate('t', text, functions, { missingKey: 'invalid' });
  assert.ok(compiled.template, compiled.error ?? '');
  const result = compiled.template.execute(fromJsonValue(data) as GoMap);
  assert.equal(result.error ?? result.text, expected, text);
}

test('text', () => {
  expands(
    '{{ .v | title }}|{{ .v | untitle }}|{{ .v | swapcase }}',
    { v: 'Hello wORLD' },
    'Hello WORLD|hello wORLD|hELLO World',
  );
  expands(
    '{{ Hash "salt" .v }} {{ Sha2Hash "salt" .v }}',
    { v: 'ann@example.org' },
    'c9c7b5b222f4ce700ac1074c202cee1322c3847caac09af12632b7cdba15eae8 a969ef7977546a5e909c5ac0e0cb0d1e007e4abe2b6cf970f2922a8008b89135',
  );
  expands('{{ sha1sum .v }} {{ adler32sum .v }}', { v: 'abc' }, 'a9993e364706816aba3e25717850c26c9cd0d89d 38600999');
  expands(
    '{{ regexMatch "^[a-z]+\\\\d$" .v }}|{{ regexFind "\\\\d+" .v }}|{{ regexFindAll "\\\\d" .v 2 }}|{{ regexSplit "," .v -1 | join ";" }}',
    { v: 'a1' },
    'true|1|[1]|a1',
  );
  expands(
    '{{ repeat 2 .v }} {{ quote .v }} {{ squote .v }} {{ cat .v "and" 5 }}',
    { v: 'a"b' },
    'a"ba"b "a\\"b" \'a"b\' a"b and 5',
  );
  expands(
    '{{ wrap 5 .v }}|{{ wrapWith 5 "~" .v }}|{{ abbrev 6 "abcdefghij" }}|{{ nospace .v }}',
    { v: 'one two three' },
    'one\ntwo\nthree|one~two~three|abc...|onetwothree',
  );
  expands(
    '{{ camelcase .v }} {{ snakecase .v }} {{ kebabcase .v }} {{ initials .v }} {{ plural "one" "many" 2 }}',
    { v: 'http server error' },
    'HttpServerError http_server_error http-server-error hse many',
  );
  expands(
    '{{ b64enc .v }} {{ b64dec "bm90" }} {{ b32enc .v }} {{ b32enc .v | b32dec }}',
    { v: 'hi ü' },
    'aGkgw7w= not NBUSBQ54 hi ü',
  );
  expands('a{{ "\\xff" }}b', {}, 'a\ufffdb');
});

test('numbers, defaults, lists and maps', () => {
  expands(
    '{{ default "dflt" .a }} {{ coalesce .b "none" }} {{ ternary "T" "F" (eq .a "x") }} {{ empty .b }}',
    { a: 'x', b: '' },
    'x none T true',
  );
  expands(
    '{{ int .n }} {{ int64 .n }} {{ float64 .n }} {{ atoi .n }} {{ toString .n }} {{ toDecimal "0777" }}',
    { n: '42' },
    '42 42 42 42 42 511',
  );
  expands('{{ untilStep 1 10 3 | join "," }} {{ seq 3 }} {{ until 0 }}', {}, '1,4,7 1 2 3 []');
  expands(
    '{{ range $i, $e := splitList "," .v }}{{ if $i }};{{ end }}{{ $i }}={{ trim $e }}{{ end }}',
    { v: 'a, b,c' },
    '0=a;1=b;2=c',
  );
  expands('{{ $p := split "/" .v }}{{ $p._0 }}|{{ $p._1 }}|{{ $p._9 }}', { v: 'x/y/z' }, 'x|y|<no value>');
  expands(
    '{{ list 3 1 2 | join "," }} {{ first (list "a" "b") }} {{ last (list "a" "b") }} {{ sortAlpha (list "c" "a") | join "" }} {{ uniq (list 1 1 2) | len }} {{ has "a" (list "a") }} {{ without (list 1 2 3) 2 | join "-" }} {{ reverse (list 1 2) | join "" }}',
    {},
    '3,1,2 a b ac 2 true 1-3 21',
  );
  expands(
    '{{ $d := dict "a" 1 "b" "two" }}{{ get $d "b" }} {{ hasKey $d "z" }} {{ keys $d | sortAlpha | join "," }} {{ toJson $d }} {{ pick $d "a" | toJson }}',
    {},
    'two false a,b {"a":1,"b":"two"} {"a":1}',
  );
  expands(
    '{{ $o := fromJson .e }}{{ $o.user.name | upper }} {{ toJson $o.tags }} {{ len $o.tags }} {{ $o.n }}',
    { e: '{"user":{"name":"ann"},"tags":["a","<b>"],"n":5}' },
    'ANN ["a","\\u003cb\\u003e"] 2 5',
  );
  expands(
    '{{ slice .v 1 3 }}',
    { v: 'héllo' },
    'template: t:1:3: executing "t" at <slice .v 1 3>: error calling slice: Cannot find slice on type string',
  );
});

test('paths, versions, time, environment, failure', () => {
  expands(
    '{{ base .v }} {{ dir .v }} {{ ext .v }} {{ clean .v }} {{ isAbs .v }} {{ (urlParse "https://u:p@h.example:8443/a/b?q=1#f").host }}',
    { v: '/var/log/../lib/x.tar.gz' },
    'x.tar.gz /var/lib .gz /var/lib/x.tar.gz true h.example:8443',
  );
  expands('{{ (semver .v).Major }} {{ semverCompare ">=1.2.0" .v }}', { v: '1.10.3' }, '1 true');
  expands(
    '{{ date "2006-01-02" (toDate "02/01/2006" "31/12/2023") }} {{ dateModify "48h" (toDate "2006-01-02" "2024-02-27") | date "2006-01-02" }} {{ duration 3661 }} {{ unixEpoch (toDate "2006-01-02" "2024-01-01") }}',
    {},
    '2023-12-31 2024-02-29 0s 1704067200',
  );
  expands('{{ env "CORDWOOD_TEST" }} {{ expandenv "$CORDWOOD_TEST/x${CORDWOOD_NONE}" }}', {}, 'set set/x');
  expands('{{ fail "stop" }}', {}, 'template: t:1:3: executing "t" at <fail "stop">: error calling fail: stop');
  expands('{{ ToUpper .nope }}', {}, 'template: t:1:11: executing "t" at <.nope>: invalid value; expected string');
});

test('dicts are changed in place', () => {
  expands('{{ $d := dict "a" 1 }}{{ $_ := set $d "b" 2 }}{{ $_ := unset $d "a" }}{{ $d }}', {}, 'map[b:2]');
  expands(
    '{{ $d := dict "a" 1 "n" (dict "x" 1) }}{{ $_ := merge $d (dict "a" 2 "c" 3 "n" (dict "y" 2)) }}{{ $d | toJson }}',
    {},
    '{"a":1,"c":3,"n":{"x":1,"y":2}}',
  );
  expands('{{ $d := dict "a" 1 }}{{ $_ := mergeOverwrite $d (dict "a" 2) }}{{ $d.a }}', {}, '2');
  expands('{{ $d := dict "a" 1 }}{{ $c := deepCopy $d }}{{ $_ := set $c "a" 2 }}{{ $d.a }} {{ $c.a }}', {}, '1 2');
});

test('functions under their other names', () => {
  expands(
    '{{ mustFirst (list 1 2) }} {{ mustRegexReplaceAll "a" "banana" "o" }} {{ trimall "-" "-a-" }}',
    {},
    '1 bonono a',
  );
  expands('{{ range mustUniq (list 1 1 2) }}{{ . }},{{ end }}{{ mustHas 2 (list 1 2) }}', {}, '1,2,true');
});

test('times in zones, durations, URLs, quotes', () => {
  expands('{{ dateInZone "2006-01-02 15:04 MST" 1700000000 "Asia/Tokyo" }}', {}, '2023-11-15 07:13 JST');
  expands('{{ htmlDateInZone 1700000000 "Asia/Tokyo" }}', {}, '2023-11-15');
  expands('{{ durationRound "2h30m" }} {{ durationRound "90s" }} {{ durationRound "0s" }}', {}, '2h 1m 0s');
  expands('{{ urlParse "https://u@h:1/p?q=1#f" | urlJoin }}', {}, 'https://u@h:1/p?q=1#f');
  expands('{{ quote .v }}', { v: 'ü\u0001\u00a0"' }, '"ü\\x01\\u00a0\\""');
});
