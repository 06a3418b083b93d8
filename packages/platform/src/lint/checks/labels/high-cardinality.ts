import type { Check } from '../../check.ts';

/** Names of things that come in thousands. */
const identities =
  /^(trace_?id|span_?id|request_?id|correlation_?id|session_?id|user(_?(id|name))?|customer(_?id)?|tenant_?id|ip|remote(_?addr)?|client_?ip|pod(_?(name|ip|uid))?|uid|uuid|timestamp|path|url)$/i;
const otlpIdentities = /^(k8s\.pod\.(name|uid|ip)|service\.instance\.id|host\.(id|ip)|process\.pid|container\.id)$/;

export const highCardinality: Check = {
  id: 'labels/high-cardinality',
  severity: 'error',
  title: 'No index label names a single request, person, pod or address',
  reason:
    'Every value of a label is a stream of its own. Ids as labels make millions of tiny chunks, run into the stream limit, and slow every query down.',
  fix: 'Put it into metadata: structured metadata is found as well, by | trace_id="…".',
  traps: ['T25', 'T3'],
  find: ({ platform }) => [
    ...platform.scrapeJobs.flatMap(({ name, labels }) =>
      Object.keys(labels)
        .filter((label) => identities.test(label))
        .map((label) => ({
          message: `${label} of ${name} has as many values as there are ${label}s`,
          at: `scrapeJobs.${name}.labels.${label}`,
        })),
    ),
    ...platform.pipeline.otlpIndexAttributes
      .map((attribute, i) => [attribute, i] as const)
      .filter(([attribute]) => otlpIdentities.test(attribute))
      .map(([attribute, i]) => ({
        message: `${attribute} is different for every pod`,
        at: `pipeline.otlpIndexAttributes[${i}]`,
      })),
  ],
};
