import { azureEventHubs } from './azure-event-hubs.ts';
import { cloudflare } from './cloudflare.ts';
import { gcplog } from './gcplog.ts';
import { gelf } from './gelf.ts';
import { herokuDrain } from './heroku-drain.ts';
import { journal } from './journal.ts';
import { kafka } from './kafka.ts';
import { lokiPushApi } from './loki-push-api.ts';
import type { SourceKind } from './source-kind.ts';
import { syslog } from './syslog.ts';
import { windowsEvents } from './windows-events.ts';

/** Sources without targets, in the order in which `alloy convert` writes them. */
export const sourceKinds: readonly SourceKind[] = [
  cloudflare,
  journal,
  lokiPushApi,
  syslog,
  gcplog,
  windowsEvents,
  kafka,
  azureEventHubs,
  gelf,
  herokuDrain,
];
