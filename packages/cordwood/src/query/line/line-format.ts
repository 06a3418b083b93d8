import type { LineFormatStage } from '@cordwood/logql';
import { pipelineErrors } from './error-labels.ts';
import { compileRowTemplate } from './row-template.ts';
import type { StageKind } from './stage.ts';
import { templateFields } from './template-fields.ts';

/** `| line_format "..."`: the line is what the template says. A template that fails leaves the line as it is. */
export const lineFormatStage: StageKind<LineFormatStage> = {
  kind: 'lineFormat',
  reads: (stage) => templateFields(stage.template).names,
  compile(stage) {
    const template = compileRowTemplate('line', stage.template);
    return (row) => {
      const { text, error } = template.execute(row, template.dataOf(row));
      if (error === undefined) {
        row.rewrite(text);
      } else {
        row.labels.error = pipelineErrors.template;
        row.labels.errorDetails = error;
      }
      return true;
    };
  },
};
