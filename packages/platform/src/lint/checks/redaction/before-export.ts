import { type AlloyComponent, alloyFiles, nestedBlocks } from '../../alloy-flow.ts';
import type { Check } from '../../check.ts';

export const redactedBeforeExport: Check = {
  id: 'redaction/before-export',
  severity: 'error',
  title: 'Every way from a source to an export leads through redaction, and nothing is read out of a line before',
  reason:
    'What leaves unredacted is in the store, its backups and every query. A field that was extracted before the redaction leaves as label or metadata, though the line is clean.',
  fix: 'Send the source to loki.process.redact; extract fields behind it.',
  traps: ['T46', 'T50'],
  find: (input) =>
    alloyFiles(input).flatMap(({ path, components }) => {
      const byId = new Map(components.map((component) => [component.id, component]));
      return components
        .filter(({ name }) => name.startsWith('loki.source.') || name.startsWith('otelcol.receiver.'))
        .flatMap((source) =>
          leaks(source, byId, []).map((way) => ({
            message: `${way.join(' -> ')} is without redaction`,
            at: 'redaction',
            in: { path, text: source.id.slice(0, source.id.lastIndexOf('.')) },
          })),
        );
    }),
};

const isExport = (name: string): boolean =>
  name === 'loki.write' || (name.startsWith('otelcol.exporter.') && name !== 'otelcol.exporter.loki');

/** Ways that reach an export, or a stage that keeps the customer's fields, without passing the stages of the redaction. */
function leaks(from: AlloyComponent, byId: ReadonlyMap<string, AlloyComponent>, way: readonly string[]): string[][] {
  const here = [...way, from.id];
  if (isExport(from.name)) return [here];
  if (way.includes(from.id) || redacts(from)) return [];
  return from.sendsTo.flatMap((id) => {
    const next = byId.get(id);
    return next === undefined ? [] : leaks(next, byId, here);
  });
}

/** At least the three kinds of TR-002. */
function redacts({ name, block }: AlloyComponent): boolean {
  return name === 'loki.process' && nestedBlocks(block, 'stage.replace').length >= 3;
}
