import { readFileSync } from 'node:fs';
import { convertPromtail } from '../migrate/promtail/convert-promtail.ts';

export type PipelineConfig =
  | { readonly config: { readonly name: string; readonly text: string }; readonly problem?: undefined }
  | { readonly problem: string; readonly config?: undefined };

/**
 * The configuration that lines go through: Alloy's as it is, Promtail's (`*.yaml`) as Cordwood converts it, so that what is
 * tested is also what will run after the migration. `path` is shown as `name`.
 */
export function readPipelineConfig(
  path: string,
  name: string,
  environment: Readonly<Record<string, string>>,
): PipelineConfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return { problem: (error as Error).message };
  }
  if (!/\.ya?ml$/.test(path)) return { config: { name, text } };
  const expands = Object.keys(environment).length > 0;
  const converted = convertPromtail(
    { name, text },
    expands ? { environment: { kind: 'values', variables: { ...environment } } } : {},
  );
  // A test of something else than the file says would be worth nothing.
  const lost = [...converted.findings, ...converted.refusals].find(
    ({ severity }) => severity !== 'info' && severity !== 'warning',
  );
  if (lost !== undefined) return { problem: `${name}:${lost.line}:${lost.column}: ${lost.message}` };
  return { config: { name, text: converted.text ?? '' } };
}
