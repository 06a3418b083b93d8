import { type CompileResult, compileTemplate } from '../extract/go-template/execute-template.ts';
import { type GoMap, stringMap } from '../extract/go-template/go-value.ts';
import { prometheusFunctions } from '../extract/go-template/prometheus-functions.ts';
import type { ExpandTemplate } from './alerting-rule.ts';

export interface AlertTemplateOptions {
  readonly externalUrl: string;
  readonly externalLabels: Readonly<Record<string, string>>;
  /** Whether `$lines` and `$exploreLink` exist. Loki does not have them, so what is written for Loki may not use them. */
  readonly lines?: boolean;
}

/** What every alert template may use, as Prometheus puts it before the text. */
const definitions =
  '{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}';
const lineDefinitions = '{{$lines := .Lines}}{{$exploreLink := .ExploreLink}}';
const templatesMax = 10_000;

/** Templates of alert labels and annotations: `expand` for the ruler, `check` for what reads rules. */
export function createAlertTemplates({ externalUrl, externalLabels, lines: hasLines = false }: AlertTemplateOptions): {
  readonly expand: ExpandTemplate;
  readonly check: (name: string, text: string) => string | undefined;
} {
  const functions = prometheusFunctions({ externalUrl });
  const compiled = new Map<string, CompileResult>();

  function compile(name: string, text: string): CompileResult {
    const key = `${name}\0${text}`;
    let found = compiled.get(key);
    if (found === undefined) {
      found = compileTemplate(name, definitions + (hasLines ? lineDefinitions : '') + text, functions);
      if (compiled.size >= templatesMax) compiled.clear();
      compiled.set(key, found);
    }
    return found;
  }

  return {
    expand(name, text, { labels, value, lines = [], exploreLink = '' }) {
      if (!text.includes('{{')) return text;
      const { template, error } = compile(name, text);
      if (template === undefined) return `<error expanding template: error parsing template ${name}: ${error}>`;
      const data: GoMap = {
        kind: 'map',
        zero: undefined,
        entries: new Map<string, GoMap | string | number>([
          ['Labels', stringMap(labels.map((label) => [label.name, label.value]))],
          ['ExternalLabels', stringMap(Object.entries(externalLabels))],
          ['ExternalURL', externalUrl],
          ['Value', value],
          ['Lines', lines.join('\n')],
          ['ExploreLink', exploreLink],
        ]),
      };
      const result = template.execute(data);
      return result.error === undefined
        ? result.text
        : `<error expanding template: error executing template ${name}: ${result.error}>`;
    },
    check: (name, text) => compile(name, text).error,
  };
}
