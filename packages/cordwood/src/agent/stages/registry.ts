import type { BlockSchema } from '@cordwood/alloy';
import type { StageDefinition } from '../stage.ts';
import { cri } from './cri.ts';
import { decolorize } from './decolorize.ts';
import { docker } from './docker.ts';
import { drop } from './drop.ts';
import { eventlogmessage } from './eventlogmessage.ts';
import { json } from './json.ts';
import { labelDrop } from './label-drop.ts';
import { labelKeep } from './label-keep.ts';
import { labels } from './labels.ts';
import { limit } from './limit.ts';
import { logfmt } from './logfmt.ts';
import { luhn } from './luhn.ts';
import { match } from './match.ts';
import { metrics } from './metrics.ts';
import { multiline } from './multiline.ts';
import { output } from './output.ts';
import { pack } from './pack.ts';
import { pattern } from './pattern.ts';
import { regex } from './regex.ts';
import { replace } from './replace.ts';
import { sampling } from './sampling.ts';
import { splitJson } from './split-json.ts';
import { staticLabels } from './static-labels.ts';
import { structuredMetadata } from './structured-metadata.ts';
import { structuredMetadataDrop } from './structured-metadata-drop.ts';
import { template } from './template.ts';
import { tenant } from './tenant.ts';
import { timestamp } from './timestamp.ts';
import { truncate } from './truncate.ts';
import { windowsevent } from './windowsevent.ts';

/** Every stage. A function, because `stage.match` holds stages itself and is loaded before this list is complete. */
function all(): readonly StageDefinition[] {
  return [
    cri,
    decolorize,
    docker,
    drop,
    eventlogmessage,
    json,
    labelDrop,
    labelKeep,
    labels,
    limit,
    logfmt,
    luhn,
    match,
    metrics,
    multiline,
    output,
    pack,
    pattern,
    regex,
    replace,
    sampling,
    splitJson,
    staticLabels,
    structuredMetadata,
    structuredMetadataDrop,
    template,
    tenant,
    timestamp,
    truncate,
    windowsevent,
  ];
}

let definitions: ReadonlyMap<string, StageDefinition> | undefined;
let schemas: ReadonlyMap<string, BlockSchema<unknown>> | undefined;

/** Stages by the name after `stage.`. */
export function stageDefinitions(): ReadonlyMap<string, StageDefinition> {
  definitions ??= new Map(all().map((definition) => [definition.name, definition]));
  return definitions;
}

export function stageSchemas(): ReadonlyMap<string, BlockSchema<unknown>> {
  schemas ??= new Map(all().map((definition) => [definition.name, definition.schema]));
  return schemas;
}
