import { printConfig } from '../../config/print-config.ts';
import { RequestError } from '../../model/failure.ts';
import { text } from '../answer.ts';
import type { Route } from '../route.ts';

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
    return text(printConfig(context.config.value, mode === '' ? 'all' : mode));
  },
};
