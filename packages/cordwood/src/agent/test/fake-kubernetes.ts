/** A Kubernetes API server in small: lists and watches pods, streams container logs. Real HTTP, no cluster. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Pod } from '../kubernetes/pod-targets.ts';

interface StoredPod extends Pod {
  readonly resourceVersion: number;
}

export class FakeKubernetes {
  readonly #pods = new Map<string, StoredPod>();
  readonly #logs = new Map<string, string[]>();
  readonly #watchers = new Set<{ readonly path: string; readonly node: string; readonly response: ServerResponse }>();
  readonly #followers = new Set<{ readonly key: string; readonly response: ServerResponse }>();
  readonly requests: string[] = [];
  /** Bearer token that is asked for; '' is none. */
  token = '';
  #version = 1;
  #server: Server | undefined;

  async listen(): Promise<string> {
    const server = createServer((request, response) => this.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#server = server;
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => (this.#server ? this.#server.close(resolve) : resolve(undefined)));
  }

  /** Adds or changes a pod. */
  apply(pod: Pod): void {
    const isNew = !this.#pods.has(pod.metadata.uid);
    const stored = { ...pod, resourceVersion: ++this.#version };
    this.#pods.set(pod.metadata.uid, stored);
    this.#tell(isNew ? 'ADDED' : 'MODIFIED', stored);
  }

  remove(uid: string): void {
    const pod = this.#pods.get(uid);
    this.#pods.delete(uid);
    if (pod !== undefined) this.#tell('DELETED', { ...pod, resourceVersion: ++this.#version });
  }

  /** A container writes a line. */
  write(namespace: string, pod: string, container: string, time: string, line: string): void {
    const key = `${namespace}/${pod}/${container}`;
    const text = `${time} ${line}\n`;
    this.#logs.set(key, [...(this.#logs.get(key) ?? []), text]);
    for (const follower of this.#followers) if (follower.key === key) follower.response.write(text);
  }

  /** Ends all log streams, as a restart of the API server does. */
  endStreams(): void {
    for (const { response } of this.#followers) response.end();
    this.#followers.clear();
  }

  /** Ends all watches with "too old". */
  expireWatches(): void {
    for (const { response } of this.#watchers) {
      response.end(
        `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old resource version' } })}\n`,
      );
    }
    this.#watchers.clear();
  }

  #tell(type: string, pod: StoredPod): void {
    for (const watcher of this.#watchers) {
      if (selects(watcher.path, watcher.node, pod))
        watcher.response.write(`${JSON.stringify({ type, object: shown(pod) })}\n`);
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url!, 'http://x');
    this.requests.push(`${url.pathname}${url.search}`);
    if (this.token !== '' && request.headers.authorization !== `Bearer ${this.token}`) {
      response.writeHead(401).end(JSON.stringify({ kind: 'Status', message: 'Unauthorized' }));
      return;
    }
    const node = /spec\.nodeName=([^,]*)/.exec(url.searchParams.get('fieldSelector') ?? '')?.[1] ?? '';
    const log = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/log$/.exec(url.pathname);
    const one = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)$/.exec(url.pathname);
    if (log !== null) this.#streamLog(log[1]!, log[2]!, url.searchParams, response);
    else if (one !== null) {
      const pod = [...this.#pods.values()].find(
        ({ metadata }) => metadata.namespace === one[1] && metadata.name === one[2],
      );
      if (pod === undefined) response.writeHead(404).end(JSON.stringify({ message: `pods "${one[2]}" not found` }));
      else response.end(JSON.stringify(shown(pod)));
    } else if (url.searchParams.get('watch') === 'true') {
      this.#watchers.add({ path: url.pathname, node, response });
      response.writeHead(200, { 'content-type': 'application/json' });
      const from = Number(url.searchParams.get('resourceVersion'));
      for (const pod of this.#pods.values()) {
        if (pod.resourceVersion > from && selects(url.pathname, node, pod))
          response.write(`${JSON.stringify({ type: 'ADDED', object: shown(pod) })}\n`);
      }
      response.write(
        `${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(this.#version) } } })}\n`,
      );
    } else this.#list(url, node, response);
  }

  /** Two pods per page, so that paging is always used. */
  #list(url: URL, node: string, response: ServerResponse): void {
    const pods = [...this.#pods.values()].filter((pod) => selects(url.pathname, node, pod));
    const start = Number(url.searchParams.get('continue') ?? 0);
    const next = start + 2 < pods.length ? String(start + 2) : '';
    response.end(
      JSON.stringify({
        metadata: { resourceVersion: String(this.#version), continue: next },
        items: pods.slice(start, start + 2).map(shown),
      }),
    );
  }

  #streamLog(namespace: string, pod: string, query: URLSearchParams, response: ServerResponse): void {
    const key = `${namespace}/${pod}/${query.get('container')}`;
    // The kubelet compares whole seconds.
    const since = query.get('sinceTime')?.slice(0, 19) ?? '';
    response.writeHead(200);
    response.flushHeaders();
    for (const line of this.#logs.get(key) ?? []) if (line.slice(0, 19) >= since) response.write(line);
    this.#followers.add({ key, response });
  }
}

function shown(pod: StoredPod): unknown {
  return { ...pod, metadata: { ...pod.metadata, resourceVersion: String(pod.resourceVersion) } };
}

function selects(path: string, node: string, pod: StoredPod): boolean {
  const namespace = /^\/api\/v1\/namespaces\/([^/]+)\/pods$/.exec(path)?.[1];
  return (
    (namespace === undefined || namespace === pod.metadata.namespace) && (node === '' || node === pod.spec.nodeName)
  );
}

export function pod(
  name: string,
  more: {
    node?: string;
    namespace?: string;
    ports?: number[];
    labels?: Record<string, string>;
    policy?: string;
    exitCode?: number;
  } = {},
): Pod {
  const ports = (more.ports ?? []).map((containerPort) => ({ containerPort, protocol: 'TCP' }));
  const state = more.exitCode === undefined ? { running: {} } : { terminated: { exitCode: more.exitCode } };
  return {
    metadata: {
      name,
      namespace: more.namespace ?? 'prod',
      uid: `uid-${name}`,
      labels: more.labels ?? {},
      ownerReferences: [{ kind: 'ReplicaSet', name: 'rs', controller: true }],
    },
    spec: {
      nodeName: more.node ?? 'node-1',
      restartPolicy: more.policy ?? 'Always',
      containers: [{ name: 'main', image: 'img', ports }],
    },
    status: {
      phase: 'Running',
      podIP: '10.0.0.1',
      hostIP: '10.1.0.1',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ name: 'main', containerID: 'containerd://1', state }],
    },
  };
}
