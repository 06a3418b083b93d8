/**
 * What the core takes from the machine it runs on. The core imports nothing of Node, so that it also bundles for browsers and
 * edge runtimes; where Node's modules are there, `process.getBuiltinModule` hands them out.
 */

/** The part of AsyncLocalStorage that the context needs. */
export interface ContextStorage<T> {
  getStore(): T | undefined;
  run<R>(store: T, callback: () => R): R;
  enterWith?(store: T): void;
}

export interface FileWriter {
  /** Writes bytes from `offset` on; returns how many were taken; throws with `code` EAGAIN when none were. */
  writeSync(descriptor: number, bytes: Uint8Array, offset: number): number;
}

interface Builtins {
  'node:async_hooks': { AsyncLocalStorage: new <T>() => ContextStorage<T> };
  'node:fs': FileWriter;
}

interface Process {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly stdout?: { readonly isTTY?: boolean; readonly columns?: number };
  getBuiltinModule?<Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined;
  on(event: string, listener: (...values: never[]) => void): unknown;
  off(event: string, listener: (...values: never[]) => void): unknown;
  listenerCount(event: string): number;
  kill(pid: number, signal: string): void;
}

/** Node's `process`, or undefined elsewhere. */
export const hostProcess: Process | undefined = (globalThis as unknown as { process?: Process }).process;

export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined {
  return hostProcess?.getBuiltinModule?.(name);
}

export function environment(): Readonly<Record<string, string | undefined>> {
  return hostProcess?.env ?? {};
}

/** Without AsyncLocalStorage a context lasts for the synchronous part of its callback. */
function createStackStorage<T>(): ContextStorage<T> {
  let current: T | undefined;
  return {
    getStore: () => current,
    run(store, callback) {
      const outer = current;
      current = store;
      try {
        return callback();
      } finally {
        current = outer;
      }
    },
  };
}

export function createContextStorage<T>(): ContextStorage<T> {
  const hooks = builtin('node:async_hooks');
  return hooks === undefined ? createStackStorage<T>() : new hooks.AsyncLocalStorage<T>();
}

/** 16 or 8 random bytes in hex without loading a crypto module: every runtime has Web Crypto. */
export function randomHex(byteCount: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(byteCount));
  let text = '';
  for (const byte of bytes) text += (byte + 256).toString(16).slice(1);
  return text;
}
