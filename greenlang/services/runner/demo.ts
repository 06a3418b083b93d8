import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FromRunner, ToRunner } from '../service.ts';
import { type ContainerLog, openContainerLog } from './container-log.ts';
import { createCriEncoder, criTime } from './cri-log.ts';

/** GreenLang's programs and where they run. The container has the service's name. */
const deployments = [
  { service: 'audit-trail', namespace: 'greenlang-audit', environment: 'production', version: '2.0.1' },
  { service: 'csrd-agent', namespace: 'greenlang-prod', environment: 'production', version: '1.2.0' },
  { service: 'cbam-agent', namespace: 'greenlang-prod', environment: 'production', version: '1.4.3' },
  { service: 'eudr-agent', namespace: 'greenlang-prod', environment: 'production', version: '1.1.0' },
  { service: 'api-gateway', namespace: 'greenlang-prod', environment: 'production', version: '3.9.0' },
  { service: 'customer-portal', namespace: 'greenlang-prod', environment: 'production', version: '5.0.2' },
  { service: 'sb253-agent', namespace: 'greenlang-staging', environment: 'staging', version: '0.9.0' },
  { service: 'csrd-agent', namespace: 'greenlang-dev', environment: 'development', version: '1.3.0' },
] as const;

export interface DemoOptions {
  /** Laid out like `/var/log/pods`. */
  readonly podsDirectory: string;
  /** Fixed ports by service; without one, the system picks. */
  readonly ports?: Readonly<Record<string, number>>;
  readonly seed?: number;
  readonly log: (
    level: 'debug' | 'info' | 'warn' | 'error',
    message: string,
    fields?: Readonly<Record<string, string | number | boolean>>,
  ) => void;
  /** Size at which a log file is rotated. */
  readonly logBytesMax?: number;
  /** Where Node keeps the services' compiled code; with it they start sooner and take half the memory. */
  readonly cacheDirectory?: string;
}

export interface DemoService {
  readonly name: string;
  readonly namespace: string;
  readonly pod: string;
  /** Undefined until it listens. */
  readonly url: string | undefined;
  readonly processId: number | undefined;
  readonly restarts: number;
}

export interface Demo {
  readonly services: () => readonly DemoService[];
  /** Ends the services and resolves when their last lines are in the files. */
  readonly stop: () => Promise<void>;
}

const logBytesMax = 2 * 1024 * 1024;
const logFilesMax = 3;
const probeIntervalMs = 10_000;
const stopTimeoutMs = 3_000;
/** Delays before a crashed service is started again, as the kubelet backs off. */
const restartDelaysMs = [500, 1_000, 2_000, 5_000, 10_000] as const;

interface Running {
  readonly service: string;
  readonly namespace: string;
  readonly environment: string;
  readonly version: string;
  readonly pod: string;
  readonly directory: string;
  restarts: number;
  url: string | undefined;
  child: ChildProcess | undefined;
  ended: Promise<void>;
}

/**
 * Starts the services as processes of their own and plays the kubelet for them: captures what they write into CRI log files,
 * rotates these, probes `/healthz`, starts a crashed one again. Resolves when all listen.
 */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const seed = options.seed ?? 1;
  let stopping = false;
  const all: Running[] = deployments.map((deployment) => {
    const hash = createHash('sha256').update(`${seed} ${deployment.namespace} ${deployment.service}`).digest('hex');
    const pod = `${deployment.service}-${hash.slice(0, 9)}-${hash.slice(9, 14)}`;
    const uid = `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
    return {
      ...deployment,
      pod,
      directory: join(options.podsDirectory, `${deployment.namespace}_${pod}_${uid}`, deployment.service),
      restarts: 0,
      url: undefined,
      child: undefined,
      ended: Promise.resolve(),
    };
  });

  /** Everyone's address to everyone. Staging and development stay among themselves. */
  function tellPeers(): void {
    for (const each of all) {
      const peers = all.filter((peer) => peer.url !== undefined && peer.environment === each.environment);
      const urls = Object.fromEntries(peers.map((peer) => [peer.service, peer.url as string]));
      if (each.child?.connected === true) each.child.send({ kind: 'peers', urls } satisfies FromRunner);
    }
  }

  async function start(running: Running): Promise<void> {
    const log = await openContainerLog({
      directory: running.directory,
      restarts: running.restarts,
      bytesMax: options.logBytesMax ?? logBytesMax,
      filesMax: logFilesMax,
    });
    const child = spawn(process.execPath, childArguments(running.service), {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        PATH: process.env['PATH'],
        NODE_COMPILE_CACHE: options.cacheDirectory ?? join(dirname(options.podsDirectory), 'compile-cache'),
        SERVICE_VERSION: running.version,
        ENVIRONMENT: running.environment,
        // The development one is asked for everything.
        LOG_LEVEL: running.environment === 'development' ? 'debug' : 'info',
        DEMO_SEED: String(seed),
        PORT: String(running.environment === 'development' ? 0 : (options.ports?.[running.service] ?? 0)),
      },
    });
    running.child = child;
    capture(child, log);
    running.ended = new Promise((resolve) => {
      child.once('error', (failure) =>
        options.log('error', `${running.service} could not be started: ${failure.message}`),
      );
      child.once('close', (code, signal) => {
        running.child = undefined;
        running.url = undefined;
        log.close().then(resolve, resolve);
        if (stopping) return;
        const delayMs = restartDelaysMs[Math.min(running.restarts, restartDelaysMs.length - 1)] as number;
        options.log('warn', `${running.service} ended, it is started again`, {
          code: code ?? -1,
          signal: signal ?? '',
          delayMs,
        });
        running.restarts++;
        setTimeout(() => {
          if (!stopping) start(running).then(tellPeers, (failure) => options.log('error', String(failure)));
        }, delayMs);
      });
    });
    await new Promise<void>((resolve) => {
      child.once('message', (message: ToRunner) => {
        running.url = message.url;
        resolve();
      });
      running.ended.then(resolve);
    });
  }

  await Promise.all(all.map(start));
  tellPeers();
  const probe = setInterval(() => {
    for (const { url, service } of all) {
      if (url === undefined) continue;
      fetch(`${url}/healthz`, { signal: AbortSignal.timeout(1_000) })
        .then((response) => response.arrayBuffer())
        .catch(() => options.log('warn', `${service} did not answer its probe`));
    }
  }, probeIntervalMs);
  probe.unref();

  return {
    services: () =>
      all.map((running) => ({
        name: running.service,
        namespace: running.namespace,
        pod: running.pod,
        url: running.url,
        processId: running.child?.pid,
        restarts: running.restarts,
      })),
    async stop() {
      stopping = true;
      clearInterval(probe);
      for (const { child } of all) child?.kill('SIGTERM');
      const late = setTimeout(() => {
        for (const { child } of all) child?.kill('SIGKILL');
      }, stopTimeoutMs);
      await Promise.all(all.map((running) => running.ended));
      clearTimeout(late);
    },
  };
}

/** A small heap each: eight of them share the machine with the platform. */
function childArguments(service: string): string[] {
  return [
    '--max-old-space-size=32',
    '--max-semi-space-size=1',
    fileURLToPath(new URL(`../${service}.ts`, import.meta.url)),
  ];
}

function capture(child: ChildProcess, log: ContainerLog): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    const encoder = createCriEncoder(stream, criTime);
    child[stream]?.on('data', (chunk: Buffer) => log.write(encoder.push(chunk)));
    child[stream]?.on('end', () => log.write(encoder.end()));
  }
}
