import { RequestError } from '../../model/failure.ts';
import { type Labels, labelValue, printLabels } from '../../model/labels.ts';
import { errorLabel } from './error-labels.ts';

/** A metric query met a line with an error and has no place for it: 400 with Loki's text (loki.md 2.6). */
export function pipelineFailure(labels: Labels): RequestError {
  const error = labelValue(labels, errorLabel);
  return new RequestError(
    400,
    `pipeline error: '${error}' for series: '${printLabels(labels)}'.\n` +
      `Use a label filter to intentionally skip this error. (e.g | __error__!="${error}").\n` +
      'To skip all potential errors you can match empty errors.(e.g __error__="")\n' +
      'The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )\n',
  );
}
