import { clusters } from '../../../platform.ts';
import type { Check } from '../../check.ts';

export const endOfLine: Check = {
  id: 'loki/end-of-line',
  severity: 'warning',
  title: 'The topology has a future',
  reason:
    'Loki 4.0 has no targets write, read and backend any more; 3.7 is the last line with them, and grafana/loki 6.55 the last chart of its name.',
  fix: "topology: 'ha-monolithic' (up to about a terabyte a day) or 'distributed'; both are one word away. Or accept it with the date of the migration.",
  traps: ['T29', 'T30'],
  find: ({ platform }) =>
    clusters(platform)
      .filter(({ topology }) => topology === 'simple-scalable')
      .map(({ name }) => ({ message: `${name} is simple-scalable`, at: `environments.${name}` })),
};
