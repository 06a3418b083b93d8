import type { CommandGroup } from '../command.ts';
import { compare } from './migrate/compare.ts';
import { copy } from './migrate/copy.ts';
import { helmValues } from './migrate/helm-values.ts';
import { lokiConfig } from './migrate/loki-config.ts';
import { metrics } from './migrate/metrics.ts';
import { parity } from './migrate/parity.ts';
import { plan } from './migrate/plan.ts';
import { positions } from './migrate/positions.ts';
import { promtail } from './migrate/promtail.ts';

/** Sub-commands of `cordwood migrate`, one file each under `migrate/`, in the order in which help lists them. */
export const migrate: CommandGroup = {
  name: 'migrate',
  summary: 'Move from Promtail and Loki 2.9 to Alloy and Loki 3, with proof.',
  commands: [promtail, parity, metrics, positions, lokiConfig, helmValues, copy, compare, plan],
};
