import { parseAllDocuments } from 'yaml';
import type { Platform } from '../platform.ts';
import type { Acceptance } from '../platform-definition.ts';
import type { Artifact } from '../render/artifact.ts';
import { renderPlatform } from '../render/render-platform.ts';
import type { Check, CheckFinding, CheckInput } from './check.ts';
import { checks } from './registry.ts';

export interface Finding extends CheckFinding {
  readonly check: Check;
  /** The definition accepts it, with a reason. */
  readonly accepted?: Acceptance;
}

/** Every finding of every check, in the order of the registry. Checks see the artifacts as they are, patches included. */
export function lintPlatform(
  platform: Platform,
  artifacts: readonly Artifact[] = renderPlatform(platform),
  tests?: readonly string[],
): Finding[] {
  const input = checkInput(platform, artifacts, tests);
  return checks.flatMap((check) =>
    check.find(input).map((finding): Finding => {
      const accepted = platform.accept.find(
        ({ check: id, at }) => id === check.id && (at === undefined || finding.at.startsWith(at)),
      );
      return { check, ...finding, ...(accepted === undefined ? {} : { accepted }) };
    }),
  );
}

/** What checks look at; each document is parsed once. */
export function checkInput(platform: Platform, artifacts: readonly Artifact[], tests?: readonly string[]): CheckInput {
  const texts = new Map(artifacts.map(({ path, text }) => [path, text]));
  const parsed = new Map<string, readonly unknown[]>();
  return {
    platform,
    artifacts,
    tests,
    text: (path) => texts.get(path),
    documents: (path) => {
      const known = parsed.get(path);
      if (known !== undefined) return known;
      const text = texts.get(path);
      const documents = text === undefined ? [] : parse(path, text);
      parsed.set(path, documents);
      return documents;
    },
  };
}

function parse(path: string, text: string): readonly unknown[] {
  if (path.endsWith('.json')) return [JSON.parse(text)];
  return parseAllDocuments(text).map((document) => document.toJS() as unknown);
}
