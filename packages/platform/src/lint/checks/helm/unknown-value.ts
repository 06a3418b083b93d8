import { unknownValues } from '../../../helm/chart-keys.ts';
import type { Values } from '../../../helm/loki-values.ts';
import { clusters } from '../../../platform.ts';
import type { Check } from '../../check.ts';
import { lokiValuesPath } from '../../rendered-values.ts';

export const unknownValue: Check = {
  id: 'helm/unknown-value',
  severity: 'error',
  title: 'Every value is one that the chart knows, at its place',
  reason:
    "The chart's own schema lets unknown keys pass: gatway: or write.replica render without a word and change nothing.",
  fix: 'Correct the name; in the umbrella everything is below loki.',
  find: (input) => {
    const line = clusters(input.platform)[0]?.chart.line;
    if (line === undefined) return [];
    return ['helm/loki/values.yaml', ...clusters(input.platform).map(lokiValuesPath)].flatMap((path) => {
      const { loki = {}, ...beside } = (input.documents(path)[0] ?? {}) as { loki?: Values };
      const misplaced = Object.keys(beside).map((key) => ({ path: key, suggestion: `loki.${key}` }));
      return [...unknownValues(loki, line).map((each) => ({ ...each, path: `loki.${each.path}` })), ...misplaced].map(
        ({ path: at, suggestion }) => ({
          message: `${at} is no value of the chart${suggestion === undefined ? '' : `; ${suggestion}?`}`,
          at: 'patches',
          in: { path, text: `${at.slice(at.lastIndexOf('.') + 1)}:` },
        }),
      );
    });
  },
};
