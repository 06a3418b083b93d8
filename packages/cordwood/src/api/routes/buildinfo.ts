import { goJson } from '../go-json.ts';
import type { Route } from '../route.ts';

/** Loki whose behaviour is followed; clients ask for it to know what the API can do. */
export const lokiVersion = '3.7.6';

export const buildinfo: Route = {
  paths: ['/loki/api/v1/status/buildinfo'],
  methods: ['GET'],
  summary: 'Versions.',
  tenancy: 'none',
  refusals: 'plain',
  answers: { 200: 'version is that of the Loki API that is spoken; branch names Cordwood and its own version.' },
  handle(_request, context) {
    const info = {
      version: lokiVersion,
      revision: '',
      branch: `cordwood-${context.version ?? '0.0.0'}`,
      buildUser: '',
      buildDate: '',
      goVersion: `node ${process.versions.node}`,
    };
    return { status: 200, contentType: 'application/json', body: `${goJson(info)}\n` };
  },
};
