import type { Target } from '../target.ts';

/** What is read of a pod. */
export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly controller?: boolean;
    }[];
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly restartPolicy?: string;
    readonly containers?: readonly Container[];
    readonly initContainers?: readonly Container[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly hostIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

interface Container {
  readonly name: string;
  readonly image?: string;
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number; readonly protocol?: string }[];
}

export interface ContainerStatus {
  readonly name: string;
  readonly containerID?: string;
  readonly state?: {
    readonly terminated?: { readonly exitCode: number };
    readonly running?: unknown;
    readonly waiting?: unknown;
  };
}

const meta = '__meta_kubernetes_';

function sanitize(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, '_');
}

/** `pod_label_app` and `pod_labelpresent_app` for each. */
function addMap(target: Map<string, string>, kind: string, pairs: Readonly<Record<string, string>> | undefined): void {
  for (const [name, value] of Object.entries(pairs ?? {})) {
    target.set(`${meta}pod_${kind}_${sanitize(name)}`, value);
    target.set(`${meta}pod_${kind}present_${sanitize(name)}`, 'true');
  }
}

/** Targets of a pod as Prometheus' discovery makes them: one per declared port of each container, one without ports. */
export function podTargets(pod: Pod): Target[] {
  const { metadata, spec, status } = pod;
  const ip = status?.podIP ?? '';
  // A pod without address is not there yet; Prometheus leaves it out.
  if (ip === '') return [];
  const common = new Map<string, string>([
    [`${meta}namespace`, metadata.namespace],
    [`${meta}pod_name`, metadata.name],
    [`${meta}pod_uid`, metadata.uid],
    [`${meta}pod_ip`, ip],
    [`${meta}pod_host_ip`, status?.hostIP ?? ''],
    [`${meta}pod_node_name`, spec.nodeName ?? ''],
    [`${meta}pod_phase`, status?.phase ?? ''],
    [`${meta}pod_ready`, readiness(pod)],
  ]);
  const controller = metadata.ownerReferences?.find((owner) => owner.controller === true);
  if (controller !== undefined) {
    common.set(`${meta}pod_controller_kind`, controller.kind);
    common.set(`${meta}pod_controller_name`, controller.name);
  }
  addMap(common, 'label', metadata.labels);
  addMap(common, 'annotation', metadata.annotations);
  const targets: Target[] = [];
  const add = (
    containers: readonly Container[] | undefined,
    statuses: readonly ContainerStatus[] | undefined,
    isInit: boolean,
  ) => {
    for (const container of containers ?? []) {
      const own = new Map(common);
      own.set(`${meta}pod_container_name`, container.name);
      own.set(`${meta}pod_container_id`, statuses?.find(({ name }) => name === container.name)?.containerID ?? '');
      own.set(`${meta}pod_container_image`, container.image ?? '');
      own.set(`${meta}pod_container_init`, String(isInit));
      const ports = container.ports ?? [];
      if (ports.length === 0) targets.push(own.set('__address__', hostPart(ip)));
      for (const port of ports) {
        const target = new Map(own);
        target.set('__address__', `${hostPart(ip)}:${port.containerPort}`);
        target.set(`${meta}pod_container_port_name`, port.name ?? '');
        target.set(`${meta}pod_container_port_number`, String(port.containerPort));
        target.set(`${meta}pod_container_port_protocol`, port.protocol ?? 'TCP');
        targets.push(target);
      }
    }
  };
  add(spec.containers, status?.containerStatuses, false);
  add(spec.initContainers, status?.initContainerStatuses, true);
  return targets;
}

function hostPart(ip: string): string {
  return ip.includes(':') ? `[${ip}]` : ip;
}

function readiness(pod: Pod): string {
  const condition = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  return condition === undefined ? 'unknown' : condition.status.toLowerCase();
}
