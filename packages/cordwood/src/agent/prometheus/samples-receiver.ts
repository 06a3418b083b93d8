import { capsuleType, capsuleValue, type Value } from '@cordwood/alloy';
import type { Sample } from '../../codec/write-request.ts';

/** Takes samples. */
export interface SamplesReceiver {
  /** Id of the component that it belongs to. */
  readonly componentId: string;
  /** Resolves when the receiver takes more. It must not keep the array. Never rejects. */
  consumeSamples(samples: readonly Sample[]): Promise<void>;
}

const capsule = 'storage.Appendable';

/** Type of `forward_to` elements of prometheus components. */
export const samplesReceiverType = capsuleType<SamplesReceiver>(capsule);

export function samplesReceiverValue(receiver: SamplesReceiver): Value {
  return capsuleValue(capsule, receiver);
}

export async function forwardSamples(targets: readonly SamplesReceiver[], samples: readonly Sample[]): Promise<void> {
  if (samples.length === 0) return;
  for (const target of targets) await target.consumeSamples(samples);
}
