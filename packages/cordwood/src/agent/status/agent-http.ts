import type { Clock } from '../../world/clock.ts';
import type { Agent } from '../agent.ts';
import { flowEdges } from '../graph-mermaid.ts';
import { renderAgentPage, renderAgentStatus } from './agent-page.ts';
import { AgentStatusMeter } from './agent-status.ts';

export interface AgentAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const text = 'text/plain; charset=utf-8';
const html = 'text/html; charset=utf-8';

/** What an agent answers over HTTP: its page, /metrics, and what Alloy answers to those who ask whether it is well. */
export class AgentHttp {
  readonly #agent: Agent;
  readonly #meter: AgentStatusMeter;

  constructor(agent: Agent, clock: Clock) {
    this.#agent = agent;
    this.#meter = new AgentStatusMeter(agent, clock);
  }

  /** The answer to a GET of a path; undefined when there is none. */
  answer(path: string): AgentAnswer | undefined {
    switch (path) {
      case '/agent':
        return { status: 200, contentType: html, body: renderAgentPage(this.#meter.status(), 'agent/status') };
      case '/agent/status':
        return { status: 200, contentType: html, body: renderAgentStatus(this.#meter.status()) };
      case '/metrics':
        return { status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8', body: this.#agent.metrics() };
      case '/-/ready':
        return { status: 200, contentType: text, body: 'Alloy is ready.\n' };
      case '/-/healthy':
        return this.#healthy();
      case '/api/v0/web/components':
        return { status: 200, contentType: 'application/json', body: JSON.stringify(this.#components()) };
      default:
        return undefined;
    }
  }

  #healthy(): AgentAnswer {
    const ill = this.#agent.components().filter(({ health }) => health === 'unhealthy');
    if (ill.length === 0) return { status: 200, contentType: text, body: 'All Alloy components are healthy.\n' };
    return { status: 500, contentType: text, body: `unhealthy components: ${ill.map(({ id }) => id).join(', ')}\n` };
  }

  /** As Alloy's own page gets them, in short. */
  #components(): unknown[] {
    const edges = flowEdges(this.#agent.nodes().map(({ node }) => node));
    return this.#agent.components().map(({ id, name, health, message, dependsOn }) => ({
      name,
      type: 'block',
      localID: id,
      moduleID: '',
      label: id.slice(id.lastIndexOf('/') + 1).slice(name.length + 1),
      referencesTo: dependsOn,
      referencedBy: this.#agent
        .components()
        .filter((other) => other.dependsOn.includes(id))
        .map((other) => other.id),
      dataFlowEdgesTo: edges.filter(({ from }) => from === id).map(({ to }) => to),
      health: { state: health, message },
    }));
  }

  stop(): void {
    this.#meter.stop();
  }
}
