import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileTemplate } from './execute-template.ts';
import { type FunctionSet, goFunction, stringMap } from './go-value.ts';
import { logqlFunctions } from './logql-functions.ts';
import { createTimeValue } from './time-value.ts';

// Expectations are what Grafana Loki 3.7.6 answered (conformance area line-format).
const data = stringMap(Object.entries({ job: 'sparse', probe: 'p2' }));
const perEntry: FunctionSet = new Map([
  ['__line__', goFunction([], () => 'value=5')],
  ['__timestamp__', goFunction([], () => createTimeValue(1_795_141_800_000_000_001n))],
]);

function expands(text: string, expected: string) {
  const compiled = compileTemplate('line', text, logqlFunctions);
  assert.ok(compiled.template, compiled.error ?? '');
  const result = compiled.template.execute(data, perEntry);
  assert.equal(result.error ?? result.text, expected, text);
}

test('text', () => {
  expands(
    '{{ToUpper .job}} {{ToLower "ÀB"}} {{upper "straße"}} {{lower "ÄÖ"}} {{title "two words"}}',
    'SPARSE àb STRAßE äö Two Words',
  );
  expands(
    '[{{Trim "xxaxx" "x"}}] [{{TrimLeft "xxaxx" "x"}}] [{{TrimRight "xxaxx" "x"}}] [{{TrimPrefix "xxa" "x"}}] [{{TrimSuffix "axx" "x"}}] [{{TrimSpace "  a\\t"}}]',
    '[a] [axx] [xxa] [xa] [ax] [a]',
  );
  expands(
    '[{{trim "  a "}}] [{{trimAll "$" "$5.00$"}}] [{{trimSuffix "-" "a--"}}] [{{trimPrefix "-" "--a"}}]',
    '[a] [5.00] [a-] [-a]',
  );
  expands(
    '{{Replace "a-b-c-d" "-" "+" 2}} {{Replace .job "s" "S" -1}} {{replace "a" "b" "banana"}} {{"x y" | replace " " "_"}}',
    'a+b+c-d SparSe bbnbnb x_y',
  );
  expands(
    '{{regexReplaceAll "(a+)(b)" "aaab ab" "$2-${1}!"}} {{regexReplaceAllLiteral "(a+)" "aaab" "$1"}}',
    'b-aaa! b-a! $1b',
  );
  expands('{{count "a" "banana"}} {{count "(?i)N" "banana"}} {{__line__ | count "[0-9]"}}', '3 2 1');
  expands(
    '{{urlencode "a b&c=d/é"}} {{urldecode "a+b%26c%3Dd%2F%C3%A9"}} {{urlquery "x y"}}',
    'a+b%26c%3Dd%2F%C3%A9 a b&c=d/é x+y',
  );
  expands(
    '[{{alignLeft 8 "abc"}}] [{{alignRight 8 "abc"}}] [{{alignLeft 2 "abc"}}] [{{alignRight 2 "abc"}}] [{{alignLeft 4 "äöüß"}}]',
    '[abc     ] [     abc] [ab] [bc] [äöüß]',
  );
  expands(
    '[{{trunc 3 "abcdef"}}] [{{trunc -3 "abcdef"}}] [{{trunc 9 "abc"}}] [{{substr 1 3 "abcdef"}}] [{{substr -1 2 "abcdef"}}] [{{substr 2 -1 "abcdef"}}] [{{trunc 2 "äöü"}}]',
    '[abc] [def] [abc] [bc] [ab] [cdef] [ä]',
  );
  expands('x{{indent 2 "a\\nb"}}|{{nindent 3 "c"}}', 'x  a\n  b|\n   c');
  expands('{{repeat 3 "ab"}}|{{repeat 0 "ab"}}|{{"=" | repeat 5}}', 'ababab||=====');
  expands(
    '{{b64enc "climate & Co"}} {{b64dec "Y2xpbWF0ZSAmIENv"}} {{b64dec "Y2xpbWF0ZSAmIENvIQ"}} {{b64dec "%%%"}}',
    'Y2xpbWF0ZSAmIENv climate & Co illegal base64 data at input byte 16 illegal base64 data at input byte 0',
  );
  expands(
    '{{default "none" .nope}} {{default "none" .job}} {{.nope | default "piped"}} {{default 5 0}}',
    'none sparse piped 5',
  );
});

test('numbers', () => {
  expands(
    '{{add 1 2 3}} {{sub 1 3}} {{mul 2 3 4}} {{div 7 2}} {{mod 7 3}} {{max 1 5 3}} {{min 4 2 8}} {{int "12"}} {{add "5" "x"}}',
    '6 -2 24 3 1 5 2 12 5',
  );
  expands('{{addf 1.5 2 0.25}} {{subf 1 0.1}} {{mulf 1.5 2}} {{divf 7 2}} {{addf 0.1 0.2}}', '3.75 0.9 3 3.5 0.3');
  expands(
    '{{ceil 1.2}} {{floor -1.2}} {{round 2.345 2}} {{round 2.5 0}} {{round -2.5 0}} {{round 1234.5678 1}} {{floor "7.9"}} {{round 2.5 0 0.6}}',
    '2 -2 2.35 3 -3 1234.6 7 2',
  );
  expands(
    '{{bytes "1.5KB"}} {{bytes "2MiB"}} {{bytes "7"}} {{duration "1m30s"}} {{duration_seconds "250ms"}}',
    '1500 2.097152e+06 7 90 0.25',
  );
  expands(
    '{{div 1 0}}',
    'template: line:1:2: executing "line" at <div 1 0>: error calling div: runtime error: integer divide by zero',
  );
  expands(
    '{{divf 1 0}}',
    'template: line:1:2: executing "line" at <divf 1 0>: error calling divf: decimal division by 0',
  );
});

test('times', () => {
  expands(
    '{{__line__ | upper}} {{__timestamp__ | unixEpoch}} {{__timestamp__ | date "2006-01-02T15:04:05.000000000Z07:00"}}',
    'VALUE=5 1795141800 2026-11-20T02:30:00.000000001Z',
  );
  expands(
    '{{__timestamp__ | date "Mon 2 Jan 06 3:04PM .000"}}|{{date "15h04m05s" __timestamp__}}|{{unixEpochMillis __timestamp__}}|{{unixEpochNanos __timestamp__}}',
    'Fri 20 Nov 26 2:30AM .000|02h30m00s|1795141800000|1795141800000000001',
  );
  expands(
    '{{__timestamp__.Year}} {{__timestamp__.Unix}} {{__timestamp__.Weekday}} {{(__timestamp__.UTC).Format "2006"}}',
    '2026 1795141800 Friday 2026',
  );
  expands(
    '{{toDate "2006-01-02" "2026-03-04" | date "Jan 2 2006"}} {{toDateInZone "2006-01-02 15:04" "Europe/Stockholm" "2026-07-01 12:00" | unixEpoch}} {{unixEpoch (toDate "2006-01-02T15:04:05Z07:00" "2026-01-01T00:00:00+02:00")}}',
    'Mar 4 2026 1782900000 1767218400',
  );
  expands(
    '{{(unixToTime "1795132800").UTC}} {{unixToTime "1795132800123" | unixEpochMillis}} {{unixToTime "1795132800123456789" | unixEpochNanos}} {{unixToTime "20777" | unixEpoch}}',
    '2026-11-20 00:00:00 +0000 UTC 1795132800123 1795132800123456789 1795132800',
  );
  expands(
    '{{unixToTime "123"}}',
    `template: line:1:2: executing "line" at <unixToTime "123">: error calling unixToTime: unable to parse time '123': %!w(<nil>)`,
  );
});

test('json', () => {
  expands(
    '{{range $i, $x := fromJson "[{\\"a\\":1},{\\"a\\":\\"b\\"}]"}}{{$i}}={{$x.a}};{{end}} {{(fromJson "{\\"k\\":{\\"n\\":2.5}}").k.n}}',
    '0=1;1=b; 2.5',
  );
  expands('{{(fromJson "broken").a}}', '<no value>');
  expands('{{range $k, $v := .}}{{$k}}={{$v}} {{end}}', 'job=sparse probe=p2 ');
});

test('as Go has it in the corners', () => {
  expands('{{title "don\'t stop—x"}} {{lower "ΑΣ İ"}} {{upper "ŉ ß ﬀ"}}', "Don'T Stop—x ασ i ŉ ß ﬀ");
  expands('{{Replace "é🌍" "" "-" -1}} {{Replace "ab" "" "-" 2}} {{Replace "ab" "" "-" 9}}', '-é-🌍- -a-b -a-b-');
  expands(
    '{{b64dec "YQ="}} {{b64dec "YQ==x"}} {{b64dec "Y==="}} {{b64dec "YW\\nI="}}',
    'illegal base64 data at input byte 3 illegal base64 data at input byte 4 illegal base64 data at input byte 1 ab',
  );
  expands('{{int "3."}} {{int "3.00"}} {{int "0x1f"}} {{float64 "1_000"}} {{float64 "inf"}}', '0 3 31 1000 +Inf');
  expands('{{trunc 4 "a€€"}}|{{substr 0 2 "é€"}}', 'a€|é');
  expands('{{trunc 3 "a€"}}', 'a\ufffd\ufffd');
  expands(
    '{{substr -1 9 "abc"}}',
    'template: line:1:2: executing "line" at <substr -1 9 "abc">: error calling substr: runtime error: slice bounds out of range [:9] with length 3',
  );
  expands('{{toDateInZone "2006-01-02 15:04" "Europe/Stockholm" "2026-07-01 12:00" | date "15:04 MST"}}', '10:00 UTC');
  expands(
    '{{unixEpoch .job}}',
    'template: line:1:12: executing "line" at <.job>: wrong type for value; expected time.Time; got string',
  );
  expands('{{addf}} {{duration "1.1s"}} {{js "a\\u00a0\\n=é"}}', '0 1.1 a\\u00A0\\u000A\\u003Dé');
  expands(
    '{{urldecode "%zz1"}}',
    'template: line:1:2: executing "line" at <urldecode "%zz1">: error calling urldecode: invalid URL escape "%zz"',
  );
  const deep = '['.repeat(5000) + ']'.repeat(5000);
  expands(`{{fromJson "${deep}"}}`, '<no value>');
});
