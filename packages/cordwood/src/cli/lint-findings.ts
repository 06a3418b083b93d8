/** Everything that `cordwood lint` knows of a platform: its own checks, and those of Alloy, Loki and rules over what is rendered. */
import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Artifact, lintPlatform, locatePath } from '@cordwood/platform';
import { checkFiles } from '../agent/check.ts';
import { parseLokiConfig } from '../config/loki-config.ts';
import { parseOverrides } from '../config/overrides.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { pipelineLabels } from '../proof/pipeline-labels.ts';
import { checkRules } from '../rules/check-rules.ts';
import { type PlatformFile, renderFile } from './platform-file.ts';
import { placeOf } from './rendered-files.ts';

export interface LintFinding {
  /** `retention/minimum` */
  readonly id: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** What is demanded, what goes wrong otherwise, what to do. */
  readonly title: string;
  readonly reason: string;
  readonly fix: string;
  /** In the definition. */
  readonly definition: {
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly length: number;
    readonly path: string;
  };
  /** In what is rendered. */
  readonly artifact?: { readonly file: string; readonly line: number };
  /** Why it is accepted. */
  readonly accepted?: string;
}

export interface LintResult {
  readonly findings: readonly LintFinding[];
  readonly checkCount: number;
  readonly artifactCount: number;
}

export async function lintFindings(file: PlatformFile): Promise<LintResult> {
  const { checks } = await import('@cordwood/platform');
  const artifacts = await renderFile(file);
  const tests = globSync('tests/**/*.test.y{a,}ml', { cwd: file.directory }).map((name) =>
    readFileSync(join(file.directory, name), 'utf8'),
  );
  const shown = (path: string) =>
    relative('.', placeOf(file.platform, path, { output: file.output, definition: file.directory }));
  const own = lintPlatform(file.platform, artifacts, tests).map(({ check, accepted, ...finding }): LintFinding => {
    const artifact =
      finding.in === undefined ? undefined : { file: shown(finding.in.path), line: lineOf(artifacts, finding.in) };
    return {
      id: check.id,
      severity: check.severity,
      message: finding.message,
      title: check.title,
      reason: check.reason,
      fix: check.fix,
      definition: placeInDefinition(file, finding.at),
      ...(artifact === undefined ? {} : { artifact }),
      ...(accepted === undefined ? {} : { accepted: accepted.reason }),
    };
  });
  const foreign = foreignFindings(file, artifacts, shown).map((finding) => withAcceptance(file, finding));
  const findings = [...own, ...foreign];
  return {
    findings: [...findings, ...unusedAcceptances(file, findings)],
    checkCount: checks.length,
    artifactCount: artifacts.length,
  };
}

/** What the readers of the formats find is accepted as a whole: its place in the definition is not known. */
function withAcceptance({ platform }: PlatformFile, finding: LintFinding): LintFinding {
  const acceptance = platform.accept.find(({ check, at }) => check === finding.id && at === undefined);
  return acceptance === undefined ? finding : { ...finding, accepted: acceptance.reason };
}

/** An acceptance that meets nothing hides the next finding of its kind. */
function unusedAcceptances(file: PlatformFile, findings: readonly LintFinding[]): LintFinding[] {
  return file.platform.accept.flatMap(({ check, at }, i) =>
    findings.some(
      ({ id, accepted, definition }) => id === check && accepted !== undefined && definition.path.startsWith(at ?? ''),
    )
      ? []
      : [
          {
            id: 'accept/unused',
            severity: 'warning',
            message: `nothing is found any more by ${check}${at === undefined ? '' : ` at ${at}`}`,
            title: 'What is accepted is found',
            reason: 'It would silently accept the next finding of its kind.',
            fix: 'Remove the entry, or correct the id of the check (cordwood lint --list).',
            definition: placeInDefinition(file, `accept[${i}]`),
          },
        ],
  );
}

function placeInDefinition({ file, source }: PlatformFile, path: string): LintFinding['definition'] {
  return { file, ...locatePath(source, path), path };
}

function lineOf(
  artifacts: readonly Artifact[],
  { path, text }: { readonly path: string; readonly text?: string },
): number {
  const source = artifacts.find((artifact) => artifact.path === path)?.text ?? '';
  const at = text === undefined ? -1 : source.indexOf(text);
  return at < 0 ? 1 : source.slice(0, at).split('\n').length;
}

/** What the readers of the formats say of the rendered files: these have no place in the definition but its start. */
function foreignFindings(
  file: PlatformFile,
  artifacts: readonly Artifact[],
  shown: (path: string) => string,
): LintFinding[] {
  const text = new Map(artifacts.map((artifact) => [artifact.path, artifact.text]));
  const of = (id: string, title: string, path: string, { severity, message, line, hint }: Diagnostic): LintFinding => ({
    id,
    severity,
    message,
    title,
    reason: 'The file is refused, or does not do what it says.',
    fix: hint ?? 'Change the part of the definition that it is rendered from, or the patch.',
    definition: placeInDefinition(file, ''),
    artifact: { file: shown(path), line },
  });
  return file.platform.environments.flatMap(({ name }) => {
    const folder = `local/${name}`;
    const alloyPath = `${folder}/config.alloy`;
    const lokiPath = `${folder}/loki.yaml`;
    const overridesPath = `${folder}/overrides.yaml`;
    const loki = parseLokiConfig(text.get(lokiPath) ?? '', { file: lokiPath });
    const overrides =
      loki.config === undefined
        ? []
        : parseOverrides(text.get(overridesPath) ?? '', { file: overridesPath, defaults: loki.config.limitsValue })
            .diagnostics;
    const clusterPath = `helm/alloy/files/${name}.alloy`;
    return [
      ...loki.diagnostics.filter(isError).map((each) => of('loki/config', 'Loki takes loki.yaml', lokiPath, each)),
      ...overrides
        .filter(isError)
        .map((each) => of('loki/overrides', 'Loki takes the runtime overrides', overridesPath, each)),
      ...[alloyPath, clusterPath]
        .filter((path) => text.has(path))
        .flatMap((path) =>
          checkAlloy(path, text.get(path)!).map((each) => of('alloy/config', 'Alloy takes config.alloy', path, each)),
        ),
      ...ruleFindings(folder, text).map(({ path, diagnostic, check }) =>
        of(`rules/${check}`, 'A rule does what it says', path, diagnostic),
      ),
    ];
  });
}

const isError = ({ severity }: Diagnostic): boolean => severity === 'error';

function checkAlloy(path: string, text: string): readonly Diagnostic[] {
  const environment = {
    variable: (name: string) => (name === 'NODE_NAME' ? 'node' : undefined),
    hostname: 'node',
    os: 'linux',
    arch: 'amd64',
    version: '0.1.0',
  };
  return checkFiles({ files: [{ name: path, text }], environment });
}

function ruleFindings(folder: string, text: ReadonlyMap<string, string>) {
  const labels = pipelineLabels(text.get(`${folder}/config.alloy`) ?? '', 'config.alloy');
  const sources = [...text]
    .filter(([path]) => path.startsWith(`${folder}/rules/`))
    .map(([path, source]) => ({ file: path, text: source, tenant: path.split('/').at(-2)! }));
  return checkRules(sources, { pipelineLabels: 'labels' in labels ? labels : undefined, ignore: new Set() }).flatMap(
    ({ source, diagnostics }) =>
      diagnostics.map((diagnostic) => ({ path: source.file, diagnostic, check: diagnostic.check })),
  );
}
