import type { RulePack } from '../../settings-file/rule-pack.ts';

/** The minor releases of 3. */
export const minorPacks: readonly RulePack[] = [
  {
    version: [3, 1],
    removed: {},
    moved: {},
    defaults: [
      { key: 'limits_config.volume_enabled', before: false, after: true, effect: 'the volume API answers' },
      {
        key: 'memberlist.stream_timeout',
        before: '10s',
        after: '2s',
        effect: 'slow members are left earlier',
        when: 'memberlist',
      },
    ],
    behaviour: [],
  },
  {
    version: [3, 2],
    removed: {
      bloom_compactor: 'replaced by bloom_build',
      'limits_config.bloom_compactor_shard_size': 'replaced by bloom_build',
      'limits_config.bloom_compactor_enable_compaction': 'replaced by bloom_build',
    },
    moved: {},
    defaults: [
      {
        key: 'ruler.enable_alertmanager_v2',
        before: false,
        after: true,
        effect: 'alerts go to the v2 API of Alertmanager (0.16 and newer)',
        when: 'ruler.alertmanager_url',
      },
      {
        key: 'pattern_ingester.flush_check_period',
        before: '30s',
        after: '1m',
        effect: 'patterns are looked at half as often',
        when: 'pattern_ingester.enabled',
      },
    ],
    behaviour: ['instant log queries (not metrics) are answered with 400: use query_range'],
  },
  {
    version: [3, 3],
    removed: {
      'bloom_gateway.client.cache_results': 'the gateway keeps no results any more',
      'bloom_gateway.client.results_cache': 'the gateway keeps no results any more',
      'limits_config.bloom_ngram_length': 'the shape of blooms changed',
      'limits_config.bloom_ngram_skip': 'the shape of blooms changed',
      'limits_config.bloom_false_positive_rate': 'the shape of blooms changed',
    },
    moved: {
      'pattern_ingester.metric_aggregation.enabled': {
        to: 'limits_config.metric_aggregation_enabled',
        why: 'it is a limit of a tenant',
      },
    },
    defaults: [],
    behaviour: ['service_name is also taken from app_name'],
  },
  {
    version: [3, 4],
    removed: {},
    moved: {},
    defaults: [],
    behaviour: ['OTLP: deployment.environment.name becomes a label'],
  },
  {
    version: [3, 5],
    removed: { 'common.storage.filesystem.admin_api_directory': 'it belonged to the enterprise product' },
    moved: {},
    defaults: [],
    behaviour: ['the image has no shell from 3.5.8 on'],
  },
  {
    version: [3, 6],
    removed: {
      block_builder: 'an experiment that ended',
      block_scheduler: 'an experiment that ended',
      'distributor.tenant_topic': 'an experiment that ended',
    },
    moved: {
      'kafka_config.address': { to: 'kafka_config.reader_config.address', why: 'reader and writer have their own' },
      'pattern_ingester.metric_aggregation.downsample_period': {
        to: 'pattern_ingester.metric_aggregation.sample_period',
        why: 'renamed',
      },
    },
    defaults: [
      {
        key: 'compactor.working_directory',
        before: '',
        after: '/var/loki/compactor',
        effect: 'a compactor without a folder starts, and writes there',
        cannotKeep: true,
      },
    ],
    behaviour: ['S3 is spoken to with the second version of the SDK: check endpoints that are not of AWS'],
  },
  {
    version: [3, 7],
    removed: { 'query_range.enable_v2_engine_router': 'see query_engine', 'querier.engine_v2': 'see query_engine' },
    moved: {},
    defaults: [],
    behaviour: [
      'a parsed label no longer hides structured metadata of the same name: it gets the suffix _extracted',
      'pushes are refused while the disk of the write-ahead log is nearly full (disk_full_threshold)',
      'Promtail is not released any more: cordwood migrate promtail',
    ],
  },
];
