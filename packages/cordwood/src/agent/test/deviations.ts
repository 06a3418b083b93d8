/** Recorded cases whose result we do not copy, and why. Everything else in `fixtures/stages` must come out as recorded. */
export const deviations: ReadonlyMap<string, string> = new Map([
  ['filetarget/byte-order-mark', 'recorded from Promtail; Alloy, like us, takes a byte order mark off'],
  ['metrics/histogram-unsorted-buckets-crashes', 'Alloy starts and crashes at the first observation; we refuse it'],
  ['metrics/duplicate-name-breaks-endpoint', 'Alloy answers /metrics with 500; we count both into one metric'],
  [
    'timestamp/fallback-ambiguous-unix',
    'a year beyond 9999 loses the whole batch there; here it is no time, and the next format gets its turn',
  ],
  ['labels/invalid-utf8-value', 'extract: the template engine reads \\xff as U+FFFD, so there is no invalid value'],
  ['template/invalid-utf8-bytes', 'extract: the template engine reads \\xff as U+FFFD'],
  ['template/case-functions', 'extract: swapcase makes SS of the sharp s, Go leaves it'],
  ['template/case-conversion', 'extract: camelcase keeps HTTP where sprig gives Http'],
  ['timestamp/layout-mst-zone-name', 'extract: go-time does not take GMT+3 for a zone name'],
  ['timestamp/layout-mst-zone-with-location', 'extract: go-time knows only the abbreviation of the season'],
]);

/** Cases that are refused in other words than Alloy's: the text of a library, or a place instead of a chain of prefixes. */
export const otherWords: ReadonlyMap<string, string> = new Map([
  ['config/json-bad-jmespath', 'could not compile JMES expression: Syntax error: expected Star, got: EOF'],
  [
    'config/json-at-unquoted',
    'could not compile JMES expression: Syntax error: unexpected token type: UnquotedIdentifier',
  ],
  ['config/match-bad-nested', 'could not compile regular expression: error parsing regexp: missing closing ): `(`'],
]);
