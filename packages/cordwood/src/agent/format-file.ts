import { type Diagnostic, firstDifference, format, type SourceFile } from '@cordwood/alloy';

export type FormatFileResult =
  | {
      readonly text: string;
      /** Where the file first differs from its canonical form; undefined when it does not. */
      readonly differsAt: { readonly line: number; readonly column: number } | undefined;
      readonly diagnostics?: undefined;
    }
  | { readonly text?: undefined; readonly diagnostics: readonly Diagnostic[] };

/** `cordwood fmt`: the canonical form of a configuration file. Changes no value. */
export function formatFile(file: SourceFile): FormatFileResult {
  const { text, diagnostics } = format(file);
  return text === undefined ? { diagnostics } : { text, differsAt: firstDifference(file, text) };
}
