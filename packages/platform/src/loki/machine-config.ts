import type { Environment, Platform } from '../platform.ts';
import { type LokiSections, lokiComments, lokiSections } from './loki-sections.ts';

/** `loki.yaml` of an environment on one machine: one process, a folder instead of S3, no ring. Everything else is production's. */
export function machineConfig(platform: Platform, environment: Environment): object {
  const sections: LokiSections = lokiSections(platform, {
    ...environment,
    objectStore: { kind: 'filesystem' },
    caches: { chunksMb: 'off', resultsMb: 'embedded' },
  });
  return {
    auth_enabled: sections.auth_enabled,
    server: { http_listen_address: '127.0.0.1', http_listen_port: 3100, grpc_listen_port: 9095, log_level: 'info' },
    common: {
      path_prefix: './data',
      replication_factor: 1,
      instance_addr: '127.0.0.1',
      ring: { instance_addr: '127.0.0.1', kvstore: { store: 'inmemory' } },
      storage: { filesystem: { chunks_directory: './data/chunks', rules_directory: './rules' } },
    },
    schema_config: sections.schema_config,
    ingester: sections.ingester,
    query_range: sections.query_range,
    querier: sections.querier,
    frontend: sections.frontend,
    limits_config: sections.limits_config,
    compactor: { working_directory: './data/compactor', ...sections.compactor },
    ruler: {
      ...sections.ruler,
      rule_path: './data/rules-temp',
      storage: { type: 'local', local: { directory: './rules' } },
      ring: { kvstore: { store: 'inmemory' } },
    },
    runtime_config: { file: './overrides.yaml', period: '10s' },
    analytics: sections.analytics,
  };
}

export const machineComments: Readonly<Record<string, string>> = {
  ...lokiComments,
  common: 'One machine: a folder instead of S3, no ring, one copy.',
};
