import type { ComponentDefinition } from '../component.ts';
import { lokiEcho } from '../sinks/loki-echo.ts';
import { lokiWrite } from '../sinks/loki-write.ts';
import { otelcolExporterOtlphttp } from '../sinks/otelcol-exporter-otlphttp.ts';
import { prometheusRemoteWrite } from '../sinks/prometheus-remote-write.ts';
import { discoveryKubernetes } from '../sources/discovery-kubernetes.ts';
import { localFileMatch } from '../sources/local-file-match.ts';
import { lokiSourceApi } from '../sources/loki-source-api.ts';
import { lokiSourceFile } from '../sources/loki-source-file.ts';
import { lokiSourceJournal } from '../sources/loki-source-journal.ts';
import { lokiSourceKubernetes } from '../sources/loki-source-kubernetes.ts';
import { lokiSourceSyslog } from '../sources/loki-source-syslog.ts';
import { prometheusExporterSelf } from '../sources/prometheus-exporter-self.ts';
import { prometheusScrape } from '../sources/prometheus-scrape.ts';
import { discoveryRelabel } from './discovery-relabel.ts';
import { foreach } from './foreach.ts';
import { localFile } from './local-file.ts';
import { lokiEnrich } from './loki-enrich.ts';
import { lokiProcess } from './loki-process.ts';
import { lokiRelabel } from './loki-relabel.ts';
import { lokiSecretfilter } from './loki-secretfilter.ts';
import { otelcolAuthBasic } from './otelcol-auth-basic.ts';
import { otelcolAuthBearer } from './otelcol-auth-bearer.ts';
import { otelcolExporterLoki } from './otelcol-exporter-loki.ts';
import { otelcolProcessorAttributes } from './otelcol-processor-attributes.ts';
import { otelcolProcessorBatch } from './otelcol-processor-batch.ts';
import { otelcolProcessorMemoryLimiter } from './otelcol-processor-memory-limiter.ts';
import { otelcolReceiverOtlp } from './otelcol-receiver-otlp.ts';
import { prometheusRelabel } from './prometheus-relabel.ts';

/** Every component that the agent runs, by its name. Lists elsewhere are derived from this one. */
const all = [
  discoveryKubernetes,
  discoveryRelabel,
  foreach,
  localFile,
  localFileMatch,
  lokiEcho,
  lokiEnrich,
  lokiProcess,
  lokiRelabel,
  lokiSecretfilter,
  lokiSourceApi,
  lokiSourceFile,
  lokiSourceJournal,
  lokiSourceKubernetes,
  lokiSourceSyslog,
  lokiWrite,
  otelcolAuthBasic,
  otelcolAuthBearer,
  otelcolExporterLoki,
  otelcolExporterOtlphttp,
  otelcolProcessorAttributes,
  otelcolProcessorBatch,
  otelcolProcessorMemoryLimiter,
  otelcolReceiverOtlp,
  prometheusExporterSelf,
  prometheusRelabel,
  prometheusRemoteWrite,
  prometheusScrape,
];

export const componentDefinitions: ReadonlyMap<string, ComponentDefinition> = new Map(
  all.map((definition) => [definition.name, definition as ComponentDefinition]),
);
