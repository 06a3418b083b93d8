import type { Diagnostic } from '../model/diagnostic.ts';

/** A file or setting of the user's is wrong: shown with its place and a caret, exit code 2. */
export class ConfigError extends Error {
  readonly findings: readonly { readonly diagnostic: Diagnostic; readonly source: string | undefined }[];

  constructor(message: string, findings: ConfigError['findings'] = []) {
    super(message);
    this.findings = findings;
  }
}
