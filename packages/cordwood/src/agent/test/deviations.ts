/** Recorded cases whose result we do not copy, and why. Everything else in `fixtures/stages` must come out as recorded. */
export const deviations: ReadonlyMap<string, string> = new Map([
  ['filetarget/byte-order-mark', 'recorded from Promtail; Alloy, like us, takes a byte order mark off'],
  ['metrics/histogram-unsorted-buckets-crashes', 'Alloy starts and crashes at the first observation; we refuse it'],
  ['metrics/duplicate-name-breaks-endpoint', 'Alloy answers /metrics with 500; we count both into one metric'],
  [
    'timestamp/fallback-ambiguous-unix',
    'a year beyond 9999 loses the whole batch there; here it is no time, and the next format gets its turn',
  ],
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
