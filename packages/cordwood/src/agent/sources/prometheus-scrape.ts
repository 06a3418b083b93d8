import {
  type ArgumentsOf,
  block,
  booleanType,
  byteSizeType,
  durationType,
  enumType,
  integerType,
  listType,
  mapType,
  optional,
  required,
  schema,
  stringType,
  unsupported,
} from '@cordwood/alloy';
import { createLabels, printLabels } from '../../model/labels.ts';
import type { Component, ComponentContext, ComponentDefinition, Problem } from '../component.ts';
import { HttpClient } from '../http/client.ts';
import { checkClient, clientAttributes, clientBlocks } from '../http/client-arguments.ts';
import { forwardSamples, samplesReceiverType } from '../prometheus/samples-receiver.ts';
import { ScrapeLoop, type ScrapeTarget } from '../prometheus/scrape-loop.ts';
import { type Target, targetsType } from '../target.ts';

const onlyText = 'Cordwood scrapes the text format';
const noLimit = 'Cordwood has no such limit; use a rule of prometheus.relabel';

const argumentSchema = schema({
  attributes: {
    targets: required(targetsType),
    forward_to: required(listType(samplesReceiverType)),
    job_name: optional(stringType, ''),
    scrape_interval: optional(durationType, 60_000),
    scrape_timeout: optional(durationType, 10_000),
    metrics_path: optional(stringType, '/metrics'),
    scheme: optional(enumType('http', 'https'), 'http'),
    params: optional(mapType(listType(stringType)), new Map()),
    honor_labels: optional(booleanType, false),
    honor_timestamps: optional(booleanType, true),
    track_timestamps_staleness: optional(booleanType, false),
    enable_compression: optional(booleanType, true),
    body_size_limit: optional(byteSizeType, 0),
    sample_limit: optional(integerType, 0),
    extra_metrics: unsupported(booleanType, false, 'use the series about the scrape that are always there'),
    target_limit: unsupported(integerType, 0, noLimit),
    label_limit: unsupported(integerType, 0, noLimit),
    label_name_length_limit: unsupported(integerType, 0, noLimit),
    label_value_length_limit: unsupported(integerType, 0, noLimit),
    enable_protobuf_negotiation: unsupported(booleanType, false, onlyText),
    scrape_native_histograms: unsupported(booleanType, false, onlyText),
    scrape_classic_histograms: unsupported(booleanType, false, onlyText),
    ...clientAttributes,
  },
  blocks: {
    clustering: block(
      schema({
        // As in an Alloy that is not started with --cluster.enabled: there is nobody to share targets with.
        attributes: { enabled: optional(booleanType, false) },
      }),
    ),
    ...clientBlocks,
  },
  validate(args, report) {
    checkClient(args, report);
    if (args.scrape_interval <= 0) report('scrape_interval', 'scrape_interval must be greater than 0');
    else if (args.scrape_timeout > args.scrape_interval) {
      report(
        'scrape_timeout',
        'scrape_timeout is greater than scrape_interval',
        'Make the interval longer, or the timeout shorter.',
      );
    }
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/** Scrapes /metrics pages and forwards their samples. */
export const prometheusScrape: ComponentDefinition<Arguments> = {
  name: 'prometheus.scrape',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: [],
  create: (context) => new PrometheusScrape(context),
};

class PrometheusScrape implements Component<Arguments> {
  readonly exports = new Map();
  readonly #context: ComponentContext;
  readonly #loops = new Map<string, ScrapeLoop>();
  #client: HttpClient | undefined;
  #args: Arguments | undefined;
  #started = false;

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  update(args: Arguments): readonly Problem[] | undefined {
    for (const target of args.targets) {
      const problem = describe(target, args, this.#context.id);
      if (typeof problem === 'string') return [{ message: problem }];
    }
    this.#args = args;
    if (this.#started) this.#sync(true);
    return undefined;
  }

  start(): void {
    this.#started = true;
    this.#sync(false);
  }

  /** Loops for the targets that there are now. `again`: the way of scraping may have changed too. */
  #sync(again: boolean): void {
    const args = this.#args!;
    if (again) this.#client?.close();
    this.#client = again || this.#client === undefined ? new HttpClient(args, this.#context.clock) : this.#client;
    const wanted = new Map<string, ScrapeTarget>();
    for (const target of args.targets) {
      const described = describe(target, args, this.#context.id) as ScrapeTarget;
      wanted.set(
        JSON.stringify({ ...described, labels: printLabels(described.labels), url: described.url.href }),
        described,
      );
    }
    for (const [key, loop] of this.#loops) {
      if (wanted.has(key)) continue;
      this.#loops.delete(key);
      void loop.stop(true);
    }
    const { clock, world } = this.#context;
    for (const [key, target] of wanted) {
      if (this.#loops.has(key)) continue;
      const loop = new ScrapeLoop(target, {
        clock,
        client: this.#client,
        ownPage: () => world.metricsPage(),
        forward: (samples) => forwardSamples(this.#args!.forward_to, samples),
      });
      this.#loops.set(key, loop);
      loop.start();
    }
    this.#context.metrics
      .gauge('prometheus_scrape_targets_gauge', 'Number of targets this component is configured to scrape')
      .set(wanted.size);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#loops.values()].map((loop) => loop.stop(false)));
    this.#client?.close();
  }

  health(): string | undefined {
    const failing = [...this.#loops.values()].filter((loop) => loop.problem !== undefined);
    if (failing.length === 0) return undefined;
    return `${failing.length} of ${this.#loops.size} targets cannot be scraped; ${failing[0]!.url.href}: ${failing[0]!.problem}`;
  }
}

/** What a discovered target means, or what it lacks. Labels with two underscores say how to scrape. */
function describe(target: Target, args: Arguments, componentId: string): ScrapeTarget | string {
  const address = target.get('__address__') ?? '';
  if (address === '') return 'a target has no __address__ label';
  const scheme = target.get('__scheme__') || args.scheme;
  const path = target.get('__metrics_path__') || args.metrics_path;
  const text = `${scheme}://${address}${path.startsWith('/') ? '' : '/'}${path}`;
  if (!URL.canParse(text))
    return `${JSON.stringify(text)} is no URL: check __address__, __scheme__ and __metrics_path__`;
  const url = new URL(text);
  for (const [name, values] of args.params) for (const value of values) url.searchParams.append(name, value);
  for (const [name, value] of target) {
    if (name.startsWith('__param_')) url.searchParams.set(name.slice('__param_'.length), value);
  }
  const labels = new Map([...target].filter(([name, value]) => !name.startsWith('__') && value !== ''));
  if (!labels.has('job')) labels.set('job', args.job_name || componentId);
  if (!labels.has('instance')) labels.set('instance', address);
  return {
    url,
    labels: createLabels(labels),
    intervalMs: args.scrape_interval,
    timeoutMs: args.scrape_timeout,
    honorLabels: args.honor_labels,
    honorTimestamps: args.honor_timestamps,
    compressed: args.enable_compression,
    bodyBytesMax: args.body_size_limit,
    samplesMax: args.sample_limit,
  };
}
