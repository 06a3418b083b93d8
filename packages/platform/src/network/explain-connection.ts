import type { Environment, Platform } from '../platform.ts';
import { type Flow, forbiddenFlows, neededFlows } from './flow.ts';
import type { NetworkPolicy } from './network-policy.ts';
import { type Reach, reach } from './reachability.ts';
import { type Workload, workloads } from './workload.ts';

/** One port of a connection: what the policies say, and what the platform expects. */
export interface ExplainedPort extends Reach {
  readonly port: number;
  readonly expected: 'needed' | 'forbidden' | undefined;
  /** Why it is needed or forbidden. */
  readonly why: string | undefined;
}

export type ExplainedConnection =
  | { readonly ports: readonly ExplainedPort[] }
  /** The name that the model does not know, and those that it knows. */
  | { readonly unknown: string; readonly known: readonly string[] };

/** May `from` connect to `to`? Without a port: on every port that `to` is known to listen on. */
export function explainConnection(
  platform: Platform,
  environment: Environment,
  policies: readonly NetworkPolicy[],
  ask: { readonly from: string; readonly to: string; readonly port: number | undefined },
): ExplainedConnection {
  const all = workloads(platform, environment);
  const find = (name: string) => all.find((workload) => workload.name === name);
  const [from, to] = [find(ask.from), find(ask.to)];
  if (from === undefined || to === undefined)
    return { unknown: from === undefined ? ask.from : ask.to, known: all.map(({ name }) => name).sort() };
  const needed = neededFlows(platform, environment);
  const forbidden = forbiddenFlows(platform, environment);
  const ports = ask.port === undefined ? listeningPorts([...needed, ...forbidden], to) : [ask.port];
  return {
    ports: ports.map((port) => {
      const reason = (flows: readonly Flow[]) => flows.find((flow) => covers(flow, from, to, port))?.why;
      const [why, not] = [reason(needed), reason(forbidden)];
      return {
        port,
        ...reach(policies, { from, to, port }),
        expected: why !== undefined ? 'needed' : not !== undefined ? 'forbidden' : undefined,
        why: why ?? not,
      };
    }),
  };
}

const names = (workload: Workload) => (each: Workload) => each.name === workload.name;

const covers = (flow: Flow, from: Workload, to: Workload, port: number): boolean =>
  flow.from.some(names(from)) && flow.to.some(names(to)) && flow.ports.includes(port);

function listeningPorts(flows: readonly Flow[], to: Workload): readonly number[] {
  const ports = flows.filter((flow) => flow.to.some(names(to))).flatMap((flow) => flow.ports);
  return ports.length === 0 ? [443] : [...new Set(ports)].sort((a, b) => a - b);
}

export interface Neighbourhood {
  /** Who may connect to it, with the ports. */
  readonly from: readonly { readonly name: string; readonly ports: readonly number[] }[];
  /** What it may connect to. */
  readonly to: readonly { readonly name: string; readonly ports: readonly number[] }[];
}

/** Everything that may connect to these pods, and everything that they may connect to; undefined when nothing has this name. */
export function neighbourhoodOf(
  platform: Platform,
  environment: Environment,
  policies: readonly NetworkPolicy[],
  name: string,
): Neighbourhood | { readonly known: readonly string[] } {
  const all = workloads(platform, environment);
  const self = all.find((workload) => workload.name === name);
  if (self === undefined) return { known: all.map((workload) => workload.name).sort() };
  const flows = [...neededFlows(platform, environment), ...forbiddenFlows(platform, environment)];
  const open = (from: Workload, to: Workload) =>
    listeningPorts(flows, to).filter((port) => reach(policies, { from, to, port }).allowed);
  const others = all.filter((workload) => workload.name !== name);
  const withPorts = (ports: (other: Workload) => readonly number[]) =>
    others.map((other) => ({ name: other.name, ports: ports(other) })).filter((row) => row.ports.length > 0);
  return {
    // What is outside the cluster asks for nothing here: services of the type LoadBalancer are not ours.
    from: self.kind === 'outside' ? [] : withPorts((other) => (other.kind === 'outside' ? [] : open(other, self))),
    to: self.kind === 'outside' ? [] : withPorts((other) => open(self, other)),
  };
}
