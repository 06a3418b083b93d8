import { renderDiagnostic } from '../../../model/diagnostic.ts';
import type { CheckedSource } from '../../../rules/check-rules.ts';
import { ruleChecks } from '../../../rules/checks/registry.ts';
import type { PipelineLabels } from '../../../rules/checks/rule-check.ts';
import { readAlloyFiles } from '../../alloy-files.ts';
import { defineCommand, exitCode, UsageError } from '../../command.ts';
import { readRuleSources } from '../../rule-files.ts';
import type { Terminal } from '../../terminal.ts';

const nameWidth = Math.max(...ruleChecks.map(({ name }) => name.length)) + 2;

export const check = defineCommand({
  name: 'rules check',
  summary: 'Find rules that Loki refuses, and rules that load and do not do what they say.',
  operands: 'FILE|DIR...',
  operandCount: [1, 1000],
  describe: `Of a folder every *.yaml below it is checked. Beside what Loki itself refuses:
${ruleChecks.map(({ name, describe }) => `  ${name.padEnd(nameWidth)}${describe}`).join('\n')}
Exit code 0: no errors, 1: errors, or warnings with --strict, 2: a file cannot be read.`,
  options: {
    format: { type: 'string', value: 'FORM', short: 'f', default: 'text', describe: 'text, json or github' },
    pipeline: {
      type: 'string',
      value: 'FILE',
      multiple: true,
      describe: 'config.alloy that collects the logs: selectors are compared with the labels that it gives',
    },
    ignore: { type: 'string', value: 'CHECK', multiple: true, describe: 'leave a check out' },
    strict: { type: 'boolean', describe: 'exit 1 for warnings too' },
  },
  examples: [
    ['cordwood rules check rules/ --pipeline config.alloy', 'every problem with its place and what to do'],
    ['cordwood rules check rules/ --format github', 'annotations in a GitHub workflow'],
  ],
  async run({ options, positionals, terminal }) {
    const print = formats[options.format];
    if (print === undefined) throw new UsageError(`--format is text, json or github, not '${options.format}'`);
    const unknown = options.ignore.find((name) => !ruleChecks.some((one) => one.name === name));
    if (unknown !== undefined)
      throw new UsageError(
        `--ignore: there is no check '${unknown}', only ${ruleChecks.map(({ name }) => name).join(', ')}`,
      );
    const { checkRules } = await import('../../../rules/check-rules.ts');
    const checked = checkRules(readRuleSources(positionals), {
      pipelineLabels: await labelsOf(options.pipeline, terminal),
      ignore: new Set(options.ignore),
    });
    await terminal.out(print(checked));
    const found = checked.flatMap(({ diagnostics }) => diagnostics);
    const errors = found.filter(({ severity }) => severity === 'error').length;
    const rules = checked.reduce((sum, { ruleCount }) => sum + ruleCount, 0);
    terminal.note(
      `${rules} rules in ${checked.length} files: ${errors} errors, ${found.length - errors} warnings`.replace(
        /\b1 (\w+)s\b/g,
        '1 $1',
      ),
    );
    return errors > 0 || (options.strict && found.length > 0) ? exitCode.failed : exitCode.ok;
  },
});

/** The labels of all pipelines together; undefined when there is none, or one of them decides at run time. */
async function labelsOf(paths: readonly string[], terminal: Terminal): Promise<PipelineLabels | undefined> {
  if (paths.length === 0) return undefined;
  const { pipelineLabels } = await import('../../../proof/pipeline-labels.ts');
  const labels = new Set<string>();
  const structuredMetadata = new Set<string>();
  for (const { name, text } of paths.flatMap(readAlloyFiles)) {
    const found = pipelineLabels(text, name);
    if ('unknown' in found) {
      terminal.note(`${name}: labels are not compared: ${found.unknown}`);
      return undefined;
    }
    for (const label of found.labels) labels.add(label);
    for (const key of found.structuredMetadata) structuredMetadata.add(key);
  }
  return { labels, structuredMetadata };
}

const formats: Readonly<Record<string, (checked: readonly CheckedSource[]) => string>> = {
  text: (checked) =>
    checked
      .flatMap(({ source, diagnostics }) =>
        diagnostics.map((one) => {
          const [head, ...rest] = renderDiagnostic(one, source.text).split('\n');
          return `${[`${head} [${one.check}]`, ...rest].join('\n')}\n`;
        }),
      )
      .join(''),
  json: (checked) =>
    `${JSON.stringify(
      checked.flatMap(({ diagnostics }) => diagnostics),
      null,
      2,
    )}\n`,
  github: (checked) =>
    checked
      .flatMap(({ diagnostics }) => diagnostics)
      .map(
        ({ severity, file, line, column, message, hint, check: name }) =>
          `::${severity} file=${file},line=${line},col=${column},title=rules ${name}::${escapeAnnotation(hint === undefined ? message : `${message}\n${hint}`)}\n`,
      )
      .join(''),
};

/** https://docs.github.com/actions/reference/workflow-commands: a message is one line. */
function escapeAnnotation(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
