import { hostProcess } from './host.ts';

/**
 * What must still happen when the process ends: one set of listeners for all setups of the process. A signal that nobody
 * else handles is raised again after the flush, so that the process ends as it would have without us.
 */
export interface ExitHooks {
  /** Writes out everything that waits, at once. */
  readonly flush: () => void;
  /** An error nobody caught; the process is about to end. */
  readonly uncaught: (failure: unknown, origin: string) => void;
}

const hooks = new Set<ExitHooks>();
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
let installed = false;

export function onExit(hook: ExitHooks): () => void {
  hooks.add(hook);
  install();
  return () => {
    hooks.delete(hook);
    if (hooks.size === 0) uninstall();
  };
}

function flushAll(): void {
  for (const hook of hooks) {
    try {
      hook.flush();
    } catch {
      // One sink that fails must not keep the others from flushing.
    }
  }
}

function onUncaught(failure: unknown, origin: string): void {
  for (const hook of hooks) hook.uncaught(failure, origin);
  flushAll();
}

const onSignal = Object.fromEntries(
  signals.map((signal) => [
    signal,
    () => {
      flushAll();
      if (hostProcess === undefined || hostProcess.listenerCount(signal) > 1) return;
      uninstall();
      hostProcess.kill(hostProcess.pid, signal);
    },
  ]),
) as Record<(typeof signals)[number], () => void>;

function install(): void {
  if (installed || hostProcess?.getBuiltinModule === undefined) return;
  installed = true;
  hostProcess.on('exit', flushAll);
  hostProcess.on('uncaughtExceptionMonitor', onUncaught as never);
  for (const signal of signals) hostProcess.on(signal, onSignal[signal]);
}

function uninstall(): void {
  if (!installed || hostProcess === undefined) return;
  installed = false;
  hostProcess.off('exit', flushAll);
  hostProcess.off('uncaughtExceptionMonitor', onUncaught as never);
  for (const signal of signals) hostProcess.off(signal, onSignal[signal]);
}
