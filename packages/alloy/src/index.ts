/** Grafana Alloy configuration language: text to tree and back, with positions, formatting and evaluation. */
export { type Diagnostic, diagnosticAt, placeAt, printDiagnostic, type SourceFile } from './diagnostic.ts';
export { type ParseResult, parse, parseExpression } from './parse.ts';
export { decodeSource } from './source.ts';
export * from './tree.ts';
