import type { Clock } from '../world/clock.ts';
import { CountedReceipt, type Receipt } from './receipt.ts';

/**
 * For a source whose client waits for an answer: hands out entries and resolves true once all of them are delivered (or
 * dropped for a counted reason). False when that takes too long or the agent stops: the client is told to try again, which may
 * deliver entries twice, but never loses any that were acknowledged.
 */
export async function whenDelivered(
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal,
  handOut: (receipt: Receipt) => Promise<void>,
): Promise<boolean> {
  return new Promise<boolean>((resolve) => {
    const finish = (delivered: boolean) => {
      cancel();
      signal.removeEventListener('abort', abort);
      resolve(delivered);
    };
    const abort = () => finish(false);
    const cancel = clock.after(timeoutMs, abort);
    signal.addEventListener('abort', abort);
    const receipt = new CountedReceipt(0, 1, () => finish(true));
    void handOut(receipt).then(
      () => receipt.release(0),
      () => finish(false),
    );
    if (signal.aborted) finish(false);
  });
}

/** Time that a client is let wait for its acknowledgement. Clients of Loki and OTLP give up after 10 to 30 seconds. */
export const deliveryTimeoutMs = 25_000;
