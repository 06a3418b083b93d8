import { randomBytes } from 'node:crypto';
import type { Environment } from '@cordwood/platform';
import type { Stack } from './stack.ts';

/** A log record on its way through the agent's OTLP receiver. */
export interface OtlpRecord {
  readonly serviceName: string;
  /** Becomes `service.namespace` and `k8s.namespace.name`. */
  readonly namespace: string;
  readonly body: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly traceId?: string;
  readonly spanId?: string;
}

const timeoutMs = 30_000;

/** Sends one record as an instrumented service would; gives the status, or the reason why there was no answer. */
export async function sendOtlp(
  { clock, signal }: Pick<Stack, 'clock' | 'signal'>,
  endpoint: string,
  record: OtlpRecord,
): Promise<{ status: number; text: string }> {
  const attribute = ([key, value]: readonly [string, string]) => ({ key, value: { stringValue: value } });
  const resource = {
    'service.name': record.serviceName,
    'service.namespace': record.namespace,
    'k8s.namespace.name': record.namespace,
  };
  const body = {
    resourceLogs: [
      {
        resource: { attributes: Object.entries(resource).map(attribute) },
        scopeLogs: [
          {
            logRecords: [
              {
                timeUnixNano: String(clock.nowNs()),
                severityText: 'INFO',
                severityNumber: 9,
                body: { stringValue: record.body },
                attributes: Object.entries(record.attributes ?? {}).map(attribute),
                ...(record.traceId === undefined ? {} : { traceId: record.traceId, spanId: record.spanId }),
              },
            ],
          },
        ],
      },
    ],
  };
  try {
    const response = await fetch(`${endpoint.replace(/\/+$/, '')}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    if (signal.aborted) throw error;
    const { cause, message } = error as Error;
    return { status: 0, text: cause instanceof Error ? cause.message : message };
  }
}

/** An id of W3C trace context: 16 bytes for a trace, 8 for a span. */
export function hexId(bytes: 16 | 8): string {
  return randomBytes(bytes).toString('hex');
}

/** The namespace and tenant that acceptance's own records go to: the one where most is allowed to be deleted again. */
export function ownNamespace(environment: Environment): { namespace: string; tenant: string } | undefined {
  const tenants = environment.tenants.filter(({ namespaces, audit }) => namespaces.length > 0 && !audit);
  const deletable = tenants.filter(({ deletionMode }) => deletionMode !== 'disabled');
  const tenant = deletable.at(-1) ?? tenants.at(-1);
  return tenant === undefined ? undefined : { namespace: tenant.namespaces[0]!, tenant: tenant.id };
}
