import { decodeBody, type NewItem, parse, printItems, standardLibrary } from '@cordwood/alloy';
import { stageSchemas } from '../../agent/stages/registry.ts';
import type { Conversion } from './conversion.ts';
import type { Place } from './yaml-value.ts';

/** References to the environment are empty here: what they hold on the machine is not known. */
const library = standardLibrary({
  variable: () => '',
  hostname: 'localhost',
  os: 'linux',
  arch: 'amd64',
  version: '',
  parseYaml: () => null,
});

/**
 * Would Alloy start with this stage? Regular expressions, templates and combinations of arguments are judged only when a
 * component is built, so neither `alloy convert` nor `alloy validate` tells.
 */
export function checkStage(stage: NewItem, { line, column }: Place, conversion: Conversion): void {
  if (stage.kind !== 'block') return;
  const schema = stageSchemas().get(stage.name.slice('stage.'.length));
  if (schema === undefined) return;
  const { file } = parse({ name: stage.name, text: printItems([stage]) });
  const written = file.body[0];
  if (written?.kind !== 'block') return;
  const scope = {
    file: file.source,
    resolve: ([name]: readonly string[]) => {
      const value = library.get(name!);
      return value === undefined ? undefined : { value, used: 1 };
    },
  };
  for (const { message, hint } of decodeBody(written.body, schema, scope, written).diagnostics) {
    const text = `Alloy refuses ${stage.name}: ${message}`;
    conversion.refusals.push({
      severity: 'error',
      message: text,
      line,
      column,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}
