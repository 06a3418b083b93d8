import { capsuleType, capsuleValue, type Value } from '@cordwood/alloy';

/** What an exporter shows to its server: the export `handler` of otelcol.auth components. */
export interface OtelcolAuth {
  readonly componentId: string;
  /** Headers of a request. */
  headers(): Readonly<Record<string, string>>;
}

const capsule = 'otelcol.auth.Handler';
export const otelcolAuthType = capsuleType<OtelcolAuth>(capsule);

export function otelcolAuthValue(auth: OtelcolAuth): Value {
  return capsuleValue(capsule, auth);
}
