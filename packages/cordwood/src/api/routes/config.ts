import type { LokiValue } from '../../config/loki-config.ts';
import { type PrintConfigMode, printConfig } from '../../config/print-config.ts';
import { RequestError } from '../../model/failure.ts';
import { text } from '../answer.ts';
import type { Route } from '../route.ts';

const texts = new WeakMap<LokiValue, Map<PrintConfigMode, string>>();

/** Thousands of lines that never change while the process runs. */
function printed(value: LokiValue, mode: PrintConfigMode): string {
  let known = texts.get(value);
  if (known === undefined) {
    known = new Map();
    texts.set(value, known);
  }
  let yaml = known.get(mode);
  if (yaml === undefined) {
    yaml = printConfig(value, mode);
    known.set(mode, yaml);
  }
  return yaml;
}

export const config: Route = {
  paths: ['/config'],
  methods: ['GET'],
  summary: 'The configuration that holds, as YAML; secrets are hidden.',
  tenancy: 'none',
  refusals: 'line',
  parameters: [{ name: 'mode', describe: 'diff: only what is not a default; defaults: the defaults' }],
  answers: { 200: 'YAML.', 400: 'An unknown mode.' },
  handle({ form }, context) {
    const mode = form.get('mode');
    if (mode !== '' && mode !== 'diff' && mode !== 'defaults') throw new RequestError(400, `unknown mode '${mode}'`);
    return text(printed(context.config.value, mode === '' ? 'all' : mode));
  },
};
