import type { Criterion } from '../criterion.ts';
import { alerts } from './alerts.ts';
import { collection } from './collection.ts';
import { dashboards } from './dashboards.ts';
import { helmDeployment } from './helm-deployment.ts';
import { ingestion } from './ingestion.ts';
import { isolation } from './isolation.ts';
import { logSchema } from './log-schema.ts';
import { migrationParity } from './migration-parity.ts';
import { otlp } from './otlp.ts';
import { queryLatency } from './query-latency.ts';
import { recordingRules } from './recording-rules.ts';
import { redaction } from './redaction.ts';
import { retention } from './retention.ts';
import { unitTests } from './unit-tests.ts';

/** The acceptance criteria of INFRA-009, in the order of the requirement. */
export const criteria: readonly Criterion[] = [
  helmDeployment,
  collection,
  isolation,
  logSchema,
  redaction,
  alerts,
  recordingRules,
  dashboards,
  retention,
  otlp,
  queryLatency,
  ingestion,
  migrationParity,
  unitTests,
];
