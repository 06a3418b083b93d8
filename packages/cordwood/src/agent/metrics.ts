/**
 * Metrics of the agent in the Prometheus text format. Every component has its own registry; the page joins them, so a
 * component that goes takes its series along.
 */
export type MetricLabels = Readonly<Record<string, string>>;
type Kind = 'counter' | 'gauge' | 'histogram';

interface Series {
  readonly labels: MetricLabels;
  value: number;
  /** Of a histogram: counts per bucket (not cumulative), the last one is +Inf. */
  buckets: number[] | undefined;
  count: number;
}

/** One metric: a name and its series. Adding to a series that does not exist yet creates it. */
export class Metric {
  readonly name: string;
  readonly help: string;
  readonly kind: Kind;
  readonly bounds: readonly number[];
  readonly #series = new Map<string, Series>();

  constructor(name: string, help: string, kind: Kind, bounds: readonly number[] = []) {
    this.name = name;
    this.help = help;
    this.kind = kind;
    this.bounds = bounds;
  }

  add(value: number, labels: MetricLabels = {}): void {
    this.#at(labels).value += value;
  }

  set(value: number, labels: MetricLabels = {}): void {
    this.#at(labels).value = value;
  }

  observe(value: number, labels: MetricLabels = {}): void {
    const series = this.#at(labels);
    series.buckets ??= new Array<number>(this.bounds.length + 1).fill(0);
    const index = this.bounds.findIndex((bound) => value <= bound);
    series.buckets[index < 0 ? this.bounds.length : index]!++;
    series.value += value;
    series.count++;
  }

  remove(labels: MetricLabels): void {
    this.#series.delete(labelsText(labels));
  }

  /** Value of one series; 0 when it does not exist. */
  value(labels: MetricLabels = {}): number {
    return this.#series.get(labelsText(labels))?.value ?? 0;
  }

  /** All series with their labels. */
  series(): Iterable<{ readonly labels: MetricLabels; readonly value: number }> {
    return this.#series.values();
  }

  /** Sample lines, with the constant labels added. */
  *lines(constant: MetricLabels): Iterable<string> {
    for (const series of this.#series.values()) {
      const labels = { ...constant, ...series.labels };
      if (this.kind !== 'histogram') {
        yield `${this.name}${labelsText(labels)} ${sampleText(series.value)}`;
        continue;
      }
      let cumulative = 0;
      for (const [i, bound] of [...this.bounds, Number.POSITIVE_INFINITY].entries()) {
        cumulative += series.buckets?.[i] ?? 0;
        yield `${this.name}_bucket${labelsText({ ...labels, le: sampleText(bound) })} ${cumulative}`;
      }
      yield `${this.name}_sum${labelsText(labels)} ${sampleText(series.value)}`;
      yield `${this.name}_count${labelsText(labels)} ${series.count}`;
    }
  }

  #at(labels: MetricLabels): Series {
    const key = labelsText(labels);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { labels, value: 0, buckets: undefined, count: 0 };
      this.#series.set(key, series);
    }
    return series;
  }
}

function labelsText(labels: MetricLabels): string {
  const names = Object.keys(labels);
  if (names.length === 0) return '';
  return `{${names
    .sort()
    .map((name) => `${name}=${quoteMetric(labels[name]!)}`)
    .join(',')}}`;
}

/** The text format escapes only backslash, quote and newline. */
function quoteMetric(value: string): string {
  return /["\\\n]/.test(value)
    ? `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
    : `"${value}"`;
}

function sampleText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** The metrics of one component. Asking for a name again gives the same metric. */
export class MetricRegistry {
  readonly constant: MetricLabels;
  readonly #metrics = new Map<string, Metric>();

  constructor(constant: MetricLabels = {}) {
    this.constant = constant;
  }

  counter(name: string, help: string): Metric {
    return this.#get(name, help, 'counter', []);
  }

  gauge(name: string, help: string): Metric {
    return this.#get(name, help, 'gauge', []);
  }

  histogram(name: string, help: string, bounds: readonly number[]): Metric {
    return this.#get(name, help, 'histogram', bounds);
  }

  find(name: string): Metric | undefined {
    return this.#metrics.get(name);
  }

  forget(name: string): void {
    this.#metrics.delete(name);
  }

  metrics(): Iterable<Metric> {
    return this.#metrics.values();
  }

  #get(name: string, help: string, kind: Kind, bounds: readonly number[]): Metric {
    const known = this.#metrics.get(name);
    if (known !== undefined) return known;
    const metric = new Metric(name, help, kind, bounds);
    this.#metrics.set(name, metric);
    return metric;
  }
}

/** The page `/metrics`: equal names of several components share one HELP and TYPE. */
export function renderMetrics(registries: Iterable<MetricRegistry>): string {
  const byName = new Map<string, { metric: Metric; lines: string[] }>();
  for (const registry of registries) {
    for (const metric of registry.metrics()) {
      const family = byName.get(metric.name) ?? { metric, lines: [] };
      // The same name with another type (two stage.metrics) would break the whole page: the first one wins.
      if (family.metric.kind === metric.kind) family.lines.push(...metric.lines(registry.constant));
      byName.set(metric.name, family);
    }
  }
  let text = '';
  for (const name of [...byName.keys()].sort()) {
    const { metric, lines } = byName.get(name)!;
    if (lines.length === 0) continue;
    const help = metric.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
    text += `# HELP ${name} ${help}\n# TYPE ${name} ${metric.kind}\n${[...new Set(lines)].join('\n')}\n`;
  }
  return text;
}
