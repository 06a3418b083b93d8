import { type Criterion, failed, judged, notJudged } from '../criterion.ts';
import { hexId, ownNamespace, sendOtlp } from '../otlp-record.ts';
import { eventually, runSpan } from '../stack.ts';

export const otlp: Criterion = {
  number: 10,
  title: 'OTLP log ingestion works via Alloy (traces correlated with logs)',
  async judge(stack) {
    const endpoint = stack.endpoints.otlp;
    const what = 'a record with a trace id arrives';
    if (endpoint === undefined) return [notJudged(what, "--otlp: the agent's OTLP receiver over HTTP")];
    const own = ownNamespace(stack.environment);
    if (own === undefined) return [notJudged(what, 'a tenant with a namespace')];
    const [traceId, spanId] = [hexId(16), hexId(8)];
    const service = 'cordwood-verify-otlp';
    const body = `otlp ${stack.runId}`;
    const sent = await sendOtlp(stack, endpoint, {
      serviceName: service,
      namespace: own.namespace,
      body,
      traceId,
      spanId,
    });
    if (sent.status !== 200) return [failed(what, `OTLP at ${endpoint}: ${sent.status || 'no answer'} ${sent.text}`)];
    const query = `{service_name="${service}"} |= "${body}"`;
    stack.leave(own.tenant, query);
    const [found] = await eventually(
      stack,
      stack.settings.waitMs,
      () => stack.loki.entries(own.tenant, query, runSpan(stack), 1),
      (entries) => entries.length > 0,
    );
    if (found === undefined) return [failed(what, `not in ${own.tenant} as {service_name="${service}"}`)];
    const byTrace = await stack.loki.entries(
      own.tenant,
      `{service_name="${service}"} | trace_id="${traceId}" | span_id="${spanId}"`,
      runSpan(stack),
      1,
    );
    const { trace_id: traceFound, span_id: spanFound } = found.labels;
    return [
      judged(true, what, `${own.tenant} {service_name="${service}"}`),
      judged(
        byTrace.length === 1,
        'it is found by trace id and span id',
        `trace_id ${traceFound ?? 'missing'}, span_id ${spanFound ?? 'missing'}`,
      ),
    ];
  },
};
