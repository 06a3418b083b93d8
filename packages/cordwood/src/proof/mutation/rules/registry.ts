import { aggregation } from './aggregation.ts';
import { comparison } from './comparison.ts';
import { hold } from './hold.ts';
import type { RuleMutation } from './rule-mutation.ts';
import { selector } from './selector.ts';
import { stage } from './stage.ts';
import { texts } from './texts.ts';
import { threshold } from './threshold.ts';
import { window } from './window.ts';

/** Every way in which `--mutate` changes rules. */
export const ruleMutations: readonly RuleMutation[] = [
  threshold,
  comparison,
  selector,
  stage,
  window,
  aggregation,
  hold,
  texts,
];
