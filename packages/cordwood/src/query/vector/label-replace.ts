import type { LabelReplaceExpression } from '@cordwood/logql';
import { compileRe2 } from '../../extract/re2.ts';
import { RequestError } from '../../model/failure.ts';
import { labelValue } from '../../model/labels.ts';
import { setLabel } from '../label-sets.ts';
import type { StepSeries } from '../step-series.ts';

/**
 * `label_replace(v, dst, replacement, src, regex)`: the regex is anchored; where it does not match nothing changes; an empty
 * result removes the label. Two series may come out with equal labels, as in Loki.
 */
export function labelReplace(expression: LabelReplaceExpression, operand: readonly StepSeries[]): StepSeries[] {
  const compiled = compileRe2(expression.pattern, { anchored: true });
  if (compiled.error !== undefined) throw new RequestError(400, `invalid regex in label_replace: ${compiled.error}`);
  const { re2 } = compiled;
  return operand.map((series) => {
    const source = labelValue(series.labels, expression.source);
    if (!re2.test(source)) return series;
    const value = re2.replaceAll(source, expression.replacement);
    return { ...series, labels: setLabel(series.labels, expression.destination, value) };
  });
}
