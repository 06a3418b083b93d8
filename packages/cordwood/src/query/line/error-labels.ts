/** Labels by which a pipeline says that a line could not be parsed, formatted, filtered or converted. */
export const errorLabel = '__error__';
export const errorDetailsLabel = '__error_details__';
/** Set beside an error that the query asked for by name: such a series does not fail a metric query. */
export const preserveErrorLabel = '__preserve_error__';

/** Values of `__error__`. */
export const pipelineErrors = {
  json: 'JSONParserErr',
  logfmt: 'LogfmtParserErr',
  sampleExtraction: 'SampleExtractionErr',
  labelFilter: 'LabelFilterErr',
  template: 'TemplateFormatErr',
} as const;
