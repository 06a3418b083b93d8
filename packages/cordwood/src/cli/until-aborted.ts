/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Runs what stops things, but no longer than the limit: a stuck part must not hold the process. False when time ran out. */
export async function stopWithin(limitMs: number, stop: () => Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  const stopped = await Promise.race([stop().then(() => true as const), late]);
  clearTimeout(timer);
  return stopped;
}
