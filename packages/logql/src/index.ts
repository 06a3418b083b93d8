/** LogQL: text <-> tree, checks, printing. The front door; every name that others may use is listed here. */
export { checkStages, type StageCheckOptions } from './check-stages.ts';
export { parseJsonPath, parseLogfmtKey } from './extraction-syntax.ts';
export { foldBinary } from './fold.ts';
export { type HighlightKind, type HighlightToken, tokens } from './highlight.ts';
export { ipPatternError } from './ip-pattern.ts';
export { isLabelName } from './label-name.ts';
export { type SimplifiedRegexp, simplifyLabelRegexp } from './label-regexp.ts';
export { lineAndColumn, type ParseOptions, parse, queryBytesMax } from './parse.ts';
export { type PatternPart, parseLinePattern, parsePattern } from './pattern-syntax.ts';
export { printPretty } from './pretty.ts';
export { print, printMatcher, printOperator, printSelector, printStage } from './print.ts';
export { matchesEmpty, parseRegexp, type Regexp, type RegexpResult } from './regexp-syntax.ts';
export { type StageRun, stageRuns } from './stage-order.ts';
export type * from './tree.ts';
export { acceptsEmpty } from './validate.ts';
export { logExpressions, walk } from './walk.ts';
