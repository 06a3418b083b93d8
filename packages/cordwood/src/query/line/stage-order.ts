import type { Stage } from '@cordwood/logql';
import { isBarrier } from './registry.ts';

/**
 * The order in which stages run. Between two barriers (label filters, line_format, unpack) line filters come first, because
 * they are cheap and drop lines; so `| decolorize |= "x"` searches the line with its colours, as in Loki (loki.md 2.3).
 */
export function orderStages(stages: readonly Stage[]): Stage[] {
  const ordered: Stage[] = [];
  let waiting: Stage[] = [];
  for (const stage of stages) {
    if (stage.kind === 'lineFilter') {
      ordered.push(stage);
    } else if (isBarrier(stage)) {
      ordered.push(...waiting, stage);
      waiting = [];
    } else {
      waiting.push(stage);
    }
  }
  return [...ordered, ...waiting];
}
