import { type Clock, every } from '../../world/clock.ts';
import type { Agent } from '../agent.ts';
import { flowEdges } from '../graph-mermaid.ts';
import type { ComponentStatus } from '../module.ts';
import { forwardedMetric } from '../receiver.ts';

/** One counter of a component, and how fast it grows. */
export interface CounterStatus {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly total: number;
  readonly perSecond: number;
}

/** An arrow of the graph. */
export interface EdgeStatus {
  readonly from: string;
  readonly to: string;
  /** Undefined for what is not counted: targets, rules. */
  readonly entriesPerSecond: number | undefined;
}

/** What an agent is doing, as the page shows it. */
export interface AgentStatus {
  readonly components: readonly (ComponentStatus & { readonly counters: readonly CounterStatus[] })[];
  readonly edges: readonly EdgeStatus[];
}

/** Rates are means over about this time. */
const sampleIntervalMs = 2000;

interface Counter extends Omit<CounterStatus, 'perSecond'> {
  /** `/` and the id, or the path of a module and the id in it. */
  readonly componentId: string;
}

/** Watches the counters of an agent, so that it can say how fast they grow. */
export class AgentStatusMeter {
  readonly #agent: Agent;
  readonly #clock: Clock;
  readonly #stop: () => void;
  #samples: { readonly atMs: number; readonly totals: ReadonlyMap<string, number> }[] = [];

  constructor(agent: Agent, clock: Clock) {
    this.#agent = agent;
    this.#clock = clock;
    this.#sample();
    this.#stop = every(clock, sampleIntervalMs, () => this.#sample());
  }

  stop(): void {
    this.#stop();
  }

  #sample(): void {
    const totals = new Map(this.#counters().map((counter) => [keyOf(counter), counter.total]));
    this.#samples = [...this.#samples.slice(-1), { atMs: this.#clock.monotonicMs(), totals }];
  }

  #counters(): Counter[] {
    return this.#agent.metricRegistries().flatMap((registry) => {
      const path = (registry.constant['component_path'] ?? '/').replace(/^\//, '');
      const id = registry.constant['component_id'];
      if (id === undefined) return [];
      const componentId = path === '' ? id : `${path}/${id}`;
      return [...registry.metrics()]
        .filter((metric) => metric.kind === 'counter')
        .flatMap((metric) =>
          [...metric.series()].map(({ labels, value: total }) => ({ componentId, name: metric.name, labels, total })),
        );
    });
  }

  status(): AgentStatus {
    // Since the sample before the last one: at least one interval, at most two.
    const base = this.#samples[0]!;
    const seconds = (this.#clock.monotonicMs() - base.atMs) / 1000;
    const counters = this.#counters().map((counter) => {
      const grown = counter.total - (base.totals.get(keyOf(counter)) ?? 0);
      return { ...counter, perSecond: seconds > 0 ? Math.max(0, grown / seconds) : 0 };
    });
    const of = (id: string) => counters.filter(({ componentId }) => componentId === id);
    return {
      components: this.#agent.components().map((component) => ({
        ...component,
        counters: of(component.id).map(({ componentId: _, ...counter }) => counter),
      })),
      edges: flowEdges(this.#agent.nodes().map(({ node }) => node)).map(({ from, to }) => {
        const forwarded = of(from).find(({ name, labels }) => name === forwardedMetric && labels['to'] === to);
        return { from, to, entriesPerSecond: forwarded?.perSecond };
      }),
    };
  }
}

function keyOf({ componentId, name, labels }: Counter): string {
  return `${componentId} ${name} ${JSON.stringify(labels)}`;
}
