import type { LabelFormatStage } from '@cordwood/logql';
import type { GoMap } from '../../extract/go-template/go-value.ts';
import { pipelineErrors } from './error-labels.ts';
import { allLabels, compileRowTemplate } from './row-template.ts';
import type { StageKind } from './stage.ts';
import { templateFields } from './template-fields.ts';

/**
 * `| label_format a=b, c="..."`: renames, and labels made by templates. The templates of one stage see the labels as they were
 * before the first of them; renames before it count, templates do not see each other's results.
 */
export const labelFormatStage: StageKind<LabelFormatStage> = {
  kind: 'labelFormat',
  reads: (stage) =>
    stage.operations.flatMap((operation) =>
      operation.kind === 'rename' ? [operation.from] : templateFields(operation.template).names,
    ),
  compile(stage) {
    const operations = stage.operations.map((operation) =>
      operation.kind === 'rename'
        ? ({ kind: 'rename', name: operation.name, from: operation.from } as const)
        : ({
            kind: 'template',
            name: operation.name,
            template: compileRowTemplate('label', operation.template),
          } as const),
    );
    const single = operations.filter((operation) => operation.kind === 'template').length === 1;
    return (row) => {
      const { labels } = row;
      let data: GoMap | undefined;
      for (const operation of operations) {
        if (operation.kind === 'rename') {
          const value = labels.get(operation.from);
          if (value === undefined) continue;
          labels.set(labels.categoryOf(operation.from)!, operation.name, value);
          labels.delete(operation.from);
          continue;
        }
        data ??= single ? operation.template.dataOf(row) : allLabels(row);
        const { text, error } = operation.template.execute(row, data);
        if (error === undefined) {
          labels.set('parsed', operation.name, text);
        } else {
          labels.error = pipelineErrors.template;
          labels.errorDetails = error;
        }
      }
      return true;
    };
  },
};
