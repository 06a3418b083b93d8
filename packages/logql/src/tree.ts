/**
 * The tree of a LogQL expression: plain, read-only data. Meaning lives in functions over it (print, check, plan, evaluate),
 * each an exhaustive switch over `kind`. Every node knows its place in the text.
 */

/** Place in the query text, in UTF-16 units: start inclusive, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

interface Node {
  readonly span: Span;
}

export type MatchOperator = '=' | '!=' | '=~' | '!~';

export interface Matcher extends Node {
  readonly kind: 'matcher';
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

/** `{app="x", env=~"y"}` */
export interface Selector extends Node {
  readonly kind: 'selector';
  readonly matchers: readonly Matcher[];
}

// --- pipeline stages -----------------------------------------------------------------------------------------------------

export type LineFilterOperator = '|=' | '!=' | '|~' | '!~' | '|>' | '!>';

export interface LineFilter extends Node {
  readonly kind: 'lineFilter';
  readonly operator: LineFilterOperator;
  /** The first operand and those joined with `or`, in order; at least one. */
  readonly operands: readonly LineFilterOperand[];
}
export interface LineFilterOperand extends Node {
  /** `ip("...")` instead of a string. */
  readonly ip: boolean;
  readonly text: string;
}

/** One `name="expression"` of json and logfmt; a bare `name` has expression = name. */
export interface Extraction extends Node {
  readonly name: string;
  readonly expression: string;
}
export interface JsonStage extends Node {
  readonly kind: 'json';
  readonly extractions: readonly Extraction[];
}
export interface LogfmtStage extends Node {
  readonly kind: 'logfmt';
  readonly strict: boolean;
  readonly keepEmpty: boolean;
  readonly extractions: readonly Extraction[];
}
export interface RegexpStage extends Node {
  readonly kind: 'regexp';
  readonly pattern: string;
}
export interface PatternStage extends Node {
  readonly kind: 'pattern';
  readonly pattern: string;
}
export interface UnpackStage extends Node {
  readonly kind: 'unpack';
}

export interface LabelFilterStage extends Node {
  readonly kind: 'labelFilter';
  readonly filter: LabelFilter;
}
export type LabelFilter = LabelFilterBinary | LabelFilterString | LabelFilterNumber | LabelFilterIp;
export interface LabelFilterBinary extends Node {
  readonly kind: 'binary';
  readonly operator: 'and' | 'or';
  readonly left: LabelFilter;
  readonly right: LabelFilter;
}
export interface LabelFilterString extends Node {
  readonly kind: 'string';
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
}
export type ComparisonOperator = '==' | '!=' | '>' | '>=' | '<' | '<=';
export interface LabelFilterNumber extends Node {
  readonly kind: 'number' | 'duration' | 'bytes';
  readonly name: string;
  readonly operator: ComparisonOperator;
  /** number: the number; duration: nanoseconds; bytes: bytes. */
  readonly value: number;
  /** As written (`1.5s`, `20MB`, `1e3`). */
  readonly text: string;
}
export interface LabelFilterIp extends Node {
  readonly kind: 'ip';
  readonly name: string;
  readonly operator: '=' | '!=';
  readonly pattern: string;
}

export interface LineFormatStage extends Node {
  readonly kind: 'lineFormat';
  readonly template: string;
}
export interface LabelFormatStage extends Node {
  readonly kind: 'labelFormat';
  readonly operations: readonly LabelFormat[];
}
export type LabelFormat =
  | (Node & { readonly kind: 'rename'; readonly name: string; readonly from: string })
  | (Node & { readonly kind: 'template'; readonly name: string; readonly template: string });
export interface DecolorizeStage extends Node {
  readonly kind: 'decolorize';
}
/** One item of drop or keep: a bare name, or a matcher. */
export interface LabelSelection extends Node {
  readonly name: string;
  readonly matcher: Matcher | undefined;
}
export interface DropStage extends Node {
  readonly kind: 'drop';
  readonly labels: readonly LabelSelection[];
}
export interface KeepStage extends Node {
  readonly kind: 'keep';
  readonly labels: readonly LabelSelection[];
}

export type Stage =
  | LineFilter
  | JsonStage
  | LogfmtStage
  | RegexpStage
  | PatternStage
  | UnpackStage
  | LabelFilterStage
  | LineFormatStage
  | LabelFormatStage
  | DecolorizeStage
  | DropStage
  | KeepStage;

/** `{...} | stage | stage`: a log query. */
export interface LogExpression extends Node {
  readonly kind: 'log';
  readonly selector: Selector;
  readonly stages: readonly Stage[];
}

// --- metric queries ------------------------------------------------------------------------------------------------------

export interface Unwrap extends Node {
  readonly conversion: 'bytes' | 'duration' | 'duration_seconds' | undefined;
  readonly label: string;
  /** Label filters after unwrap. */
  readonly filters: readonly LabelFilterStage[];
}

/** `{...} | ... | unwrap x [5m] offset 1h` */
export interface LogRange extends Node {
  readonly kind: 'logRange';
  readonly log: LogExpression;
  readonly unwrap: Unwrap | undefined;
  readonly rangeNs: bigint;
  readonly offsetNs: bigint;
}

export type RangeOperation =
  | 'count_over_time'
  | 'rate'
  | 'rate_counter'
  | 'bytes_over_time'
  | 'bytes_rate'
  | 'absent_over_time'
  | 'sum_over_time'
  | 'avg_over_time'
  | 'min_over_time'
  | 'max_over_time'
  | 'stddev_over_time'
  | 'stdvar_over_time'
  | 'first_over_time'
  | 'last_over_time'
  | 'quantile_over_time';

export interface Grouping extends Node {
  readonly without: boolean;
  readonly labels: readonly string[];
}

export interface RangeAggregation extends Node {
  readonly kind: 'rangeAggregation';
  readonly operation: RangeOperation;
  /** quantile_over_time's φ. */
  readonly parameter: number | undefined;
  readonly range: LogRange;
  readonly grouping: Grouping | undefined;
}

export type VectorOperation =
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'
  | 'count'
  | 'stddev'
  | 'stdvar'
  | 'topk'
  | 'bottomk'
  | 'approx_topk'
  | 'sort'
  | 'sort_desc';

export interface VectorAggregation extends Node {
  readonly kind: 'vectorAggregation';
  readonly operation: VectorOperation;
  /** topk's, bottomk's and approx_topk's k. */
  readonly parameter: number | undefined;
  readonly operand: MetricExpression;
  readonly grouping: Grouping | undefined;
}

export type BinaryOperator =
  | 'or'
  | 'and'
  | 'unless'
  | '=='
  | '!='
  | '>'
  | '>='
  | '<'
  | '<='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^';

export interface VectorMatching {
  /** undefined: all labels. */
  readonly on: boolean | undefined;
  readonly labels: readonly string[];
  readonly group: 'left' | 'right' | undefined;
  /** Labels carried over from the "one" side. */
  readonly include: readonly string[];
}

export interface BinaryExpression extends Node {
  readonly kind: 'binaryExpression';
  readonly operator: BinaryOperator;
  readonly left: MetricExpression;
  readonly right: MetricExpression;
  readonly returnBool: boolean;
  readonly matching: VectorMatching | undefined;
}

export interface LiteralExpression extends Node {
  readonly kind: 'literal';
  readonly value: number;
}
export interface VectorExpression extends Node {
  readonly kind: 'vector';
  readonly value: number;
}
export interface LabelReplaceExpression extends Node {
  readonly kind: 'labelReplace';
  readonly operand: MetricExpression;
  readonly destination: string;
  readonly replacement: string;
  readonly source: string;
  readonly pattern: string;
}
/** Parentheses as written; evaluation looks through them. */
export interface ParenthesizedExpression extends Node {
  readonly kind: 'parenthesized';
  readonly operand: MetricExpression;
}

export type MetricExpression =
  | RangeAggregation
  | VectorAggregation
  | BinaryExpression
  | LiteralExpression
  | VectorExpression
  | LabelReplaceExpression
  | ParenthesizedExpression;

/** `variants(a, b) of ({...}[5m])`: experimental in Loki 3.7, gone in 4.0. */
export interface VariantsExpression extends Node {
  readonly kind: 'variants';
  readonly variants: readonly MetricExpression[];
  readonly of: LogRange;
}

export type Expression = LogExpression | MetricExpression | VariantsExpression;

/** What is wrong with a query text. `message` is Loki's text, complete with its `parse error at line 1, col 2: ` prefix. */
export interface LogqlError {
  readonly message: string;
  readonly span: Span;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
}

export type ParseResult =
  | { readonly expression: Expression; readonly error?: undefined }
  | { readonly expression?: undefined; readonly error: LogqlError };
