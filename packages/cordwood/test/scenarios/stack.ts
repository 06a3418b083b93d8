import { parse } from '@cordwood/logql';
import { createApi } from '../../src/api/server.ts';
import { RequestError } from '../../src/model/failure.ts';
import { createEntryColumns } from '../../src/model/entry.ts';
import { createLabels, labelsObject, printLabels } from '../../src/model/labels.ts';
import type { Tenant } from '../../src/model/tenant.ts';
import type { ScriptEntry, Step } from './script.ts';
import { scriptOriginNs } from './script.ts';

export type Eval = Extract<Step, { kind: 'eval' }>;
export type Answer = { readonly rows: readonly string[] } | { readonly error: string };
