/** Grafana Alloy configuration language: text to tree and back, with positions, formatting and evaluation. */
export {
  type Commented,
  type NewAttribute,
  type NewBlock,
  type NewExpression,
  type NewField,
  type NewItem,
  newAttribute,
  newBlock,
  printItems,
} from './build.ts';
export { type Diagnostic, diagnosticAt, placeAt, printDiagnostic, type SourceFile } from './diagnostic.ts';
export { parseByteSize, parseDuration, printByteSize, printDuration } from './duration.ts';
export { type EvaluationResult, evaluate, type Scope } from './evaluate.ts';
export type { Comment } from './lexer.ts';
export { type ParseResult, parse, parseExpression } from './parse.ts';
export { type FormatResult, firstDifference, format, print, printExpression } from './print.ts';
export { quote, unquote } from './quote.ts';
export { bodyReferences, expressionReferences, type Reference } from './references.ts';
export {
  type ArgumentsOf,
  type AttributeSchema,
  type BlockField,
  type BlockSchema,
  block,
  blocks,
  blockWithDefaults,
  closest,
  type DecodeResult,
  decodeBody,
  freeSchema,
  optional,
  type Report,
  rawBlock,
  required,
  requiredBlock,
  schema,
  unsupported,
  unsupportedBlock,
  type Variant,
  variantBlocks,
} from './schema.ts';
export { decodeSource } from './source.ts';
export { deprecatedFunctions, type Environment, experimentalFunctions, standardLibrary } from './stdlib/registry.ts';
export type * from './tree.ts';
export { blockName } from './tree.ts';
export {
  anyType,
  booleanType,
  byteSizeType,
  type Converted,
  capsuleType,
  durationType,
  enumType,
  integerType,
  listType,
  mapType,
  nullableType,
  numberType,
  parsedType,
  Secret,
  secretType,
  stringType,
  type Type,
  type TypeValue,
} from './type.ts';
export type * from './value.ts';
export {
  arrayValue,
  booleanValue,
  capsuleValue,
  EvaluationError,
  equals,
  floatValue,
  fromPlain,
  integerValue,
  nullValue,
  objectValue,
  stringValue,
  toPlain,
  typeName,
} from './value.ts';
