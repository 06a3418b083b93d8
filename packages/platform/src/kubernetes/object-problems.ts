/**
 * What is wrong with a Kubernetes object, by the schemas of its kind, unknown fields included: `egrss` in a NetworkPolicy is silently
 * ignored by the schemas and, with client-side validation off, by the cluster, which then denies what it should allow.
 *
 * The schemas are compiled functions that do not know unknown fields. They read every field that they know, so we hand them an object
 * that takes notes: what is there and was not read is unknown.
 */
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { DaemonSet } from 'kubernetes-models/apps/v1/DaemonSet';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ClusterRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRole';
import { ClusterRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRoleBinding';
import { PriorityClass } from 'kubernetes-models/scheduling.k8s.io/v1/PriorityClass';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';

/** The kinds that we render. */
const models = [
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  DaemonSet,
  Deployment,
  Namespace,
  NetworkPolicy,
  PodDisruptionBudget,
  PriorityClass,
  PrometheusRule,
  Secret,
  Service,
  ServiceAccount,
  ServiceMonitor,
  StatefulSet,
];

/** One sentence for each problem, with the path: `spec.egrss: there is no such field`. Empty: the object is valid. */
export function objectProblems(object: unknown): readonly string[] {
  const { apiVersion, kind } = (object ?? {}) as { apiVersion?: unknown; kind?: unknown };
  const model = models.find((each) => each.apiVersion === apiVersion && each.kind === kind);
  if (model === undefined) return [`${String(apiVersion)} ${String(kind)}: no schema of this kind is known here`];
  const watched = new WatchedObject();
  try {
    model.prototype.validate.call(watched.watch(object as object));
  } catch (error) {
    return [(error as Error).message];
  }
  return watched.unread(object as object).map((path) => `${path}: there is no such field`);
}

/** Notes which fields of plain data were read. */
class WatchedObject {
  readonly #read = new Map<object, Set<PropertyKey>>();
  readonly #proxies = new Map<object, object>();

  watch(target: object): object {
    const known = this.#proxies.get(target);
    if (known !== undefined) return known;
    const keys = new Set<PropertyKey>();
    this.#read.set(target, keys);
    const proxy = new Proxy(target, {
      get: (_, key) => {
        keys.add(key);
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'object' && value !== null ? this.watch(value) : value;
      },
    });
    this.#proxies.set(target, proxy);
    return proxy;
  }

  /** Paths of fields that nobody asked for. A value that was read but not looked into is free form. */
  unread(target: object, path = ''): string[] {
    const keys = this.#read.get(target);
    if (keys === undefined || keys.size === 0) return [];
    return Object.entries(target).flatMap(([key, value]) => {
      const at = path === '' ? key : `${path}.${key}`;
      if (!Array.isArray(target) && !keys.has(key)) return [at];
      return typeof value === 'object' && value !== null ? this.unread(value, at) : [];
    });
  }
}
