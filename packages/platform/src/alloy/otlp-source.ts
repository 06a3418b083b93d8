/** OTLP logs of instrumented services (TR-008), turned into lines and sent through the same redaction as files. */
import type { Environment, Platform } from '../platform.ts';
import { block, comment, map, match, selector, spaced, text } from './alloy-text.ts';
import { anyOf } from './schema-stages.ts';

export interface OtlpOptions {
  /** Alloy expressions. */
  readonly grpc: string;
  readonly http: string;
  /** Above this much memory of the process the receiver answers "try again". Undefined: no limit. */
  readonly memoryLimit?: string;
}

export function otlpSource(platform: Platform, environment: Environment, options: OtlpOptions): string {
  // A service says itself which namespace it is in. It cannot say that it is the audit trail: that is read from files only.
  const claimable = environment.tenants.filter(({ audit }) => !audit).flatMap(({ namespaces }) => namespaces);
  const namespace =
    platform.pipeline.otlpNamespace ?? environment.defaultTenant.namespaces[0] ?? environment.defaultTenant.id;
  const limited = options.memoryLimit !== undefined;
  return spaced(
    block(
      'otelcol.receiver.otlp "default"',
      block('grpc', `endpoint = ${options.grpc}`),
      '\n',
      block('http', `endpoint = ${options.http}`),
      '\n',
      block(
        'output',
        `logs = [${limited ? 'otelcol.processor.memory_limiter' : 'otelcol.exporter.loki'}.default.input]`,
      ),
    ),
    limited
      ? block(
          'otelcol.processor.memory_limiter "default"',
          'check_interval = "1s"',
          `limit = ${text(options.memoryLimit!)}`,
          '\n',
          block('output', 'logs = [otelcol.exporter.loki.default.input]'),
        )
      : undefined,
    block('otelcol.exporter.loki "default"', 'forward_to = [loki.process.otlp.receiver]'),
    block(
      'loki.process "otlp"',
      'forward_to = [loki.process.redact.receiver]',
      '\n',
      spaced(
        `${comment('The exporter\'s job is "service.namespace/service.name".')}\n${block(
          'stage.regex',
          'source = "job"',
          `expression = ${text(`^(?:(?P<namespace>${anyOf(claimable)})/|[^/]+/)?(?P<service>[^/]+)$`)}`,
        )}`,
        block('stage.labels', `values = ${map({ namespace: '', service: '', level: '' })}`),
        block('stage.static_labels', `values = ${map({ job: 'otlp' })}`),
        `${comment(`Who names no namespace of ours is taken for one of ${namespace}.`)}\n${match(
          selector(['job', '=', 'otlp'], ['namespace', '=', '']),
          block('stage.static_labels', `values = ${map({ namespace })}`),
        )}`,
        block('stage.json', `expressions = ${map({ trace_id: 'traceid', span_id: 'spanid' })}`),
        block('stage.structured_metadata', `values = ${map({ trace_id: '', span_id: '', instance: '' })}`),
      ),
    ),
  );
}
