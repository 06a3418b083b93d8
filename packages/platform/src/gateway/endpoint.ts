import type { AccessUser } from '../platform-definition.ts';

export type Role = AccessUser['role'];

/** What a request does; a role may do some of them. */
export type Deed = 'push' | 'read' | 'see-rules' | 'change-rules';

export const deedsOf: Readonly<Record<Role, readonly Deed[]>> = {
  writer: ['push'],
  reader: ['read'],
  'reader-and-rules': ['read', 'see-rules'],
  'rule-sync': ['see-rules', 'change-rules'],
  canary: ['push', 'read'],
};

/** The side of Loki that answers. */
export type Side = 'write' | 'read' | 'backend' | 'tail';

export interface Endpoint {
  /** As nginx matches it: an exact path, or a regular expression that begins with `^`. */
  readonly path: string;
  readonly methods: readonly ('GET' | 'POST' | 'DELETE')[];
  /** Methods that change something need another deed. */
  readonly deed: (method: string) => Deed;
  readonly side: Side;
}

const one = (deed: Deed) => () => deed;

/**
 * All that passes the gateway. What is not here answers 404: Loki's administration (/flush, /ingester/shutdown, /config, /ring,
 * /loki/api/v1/delete) has no authentication of its own (traps T12, T13).
 */
export const endpoints: readonly Endpoint[] = [
  { path: '/loki/api/v1/push', methods: ['POST'], deed: one('push'), side: 'write' },
  { path: '/otlp/v1/logs', methods: ['POST'], deed: one('push'), side: 'write' },
  {
    path: '^/loki/api/v1/(query|query_range|labels|label/[^/]+/values|series|patterns|format_query|detected_labels|detected_fields|detected_field/[^/]+/values|index/stats|index/volume|index/volume_range|status/buildinfo|drilldown-limits)$',
    methods: ['GET', 'POST'],
    deed: one('read'),
    side: 'read',
  },
  // Grafana's live tail: a WebSocket (trap T53).
  { path: '/loki/api/v1/tail', methods: ['GET'], deed: one('read'), side: 'tail' },
  {
    path: '^/loki/api/v1/rules(/.*)?$',
    methods: ['GET', 'POST', 'DELETE'],
    deed: (method) => (method === 'GET' ? 'see-rules' : 'change-rules'),
    side: 'backend',
  },
  { path: '^/prometheus/api/v1/(rules|alerts)$', methods: ['GET'], deed: one('see-rules'), side: 'backend' },
];
