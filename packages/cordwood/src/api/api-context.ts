import type { LokiConfig } from '../config/loki-config.ts';
import type { OverridesStatus } from '../config/watch-overrides.ts';
import type { LimitsFor } from '../model/limits.ts';
import type { LogMessage } from '../model/log-message.ts';
import type { Select } from '../model/select-request.ts';
import type { Engine } from '../query/engine.ts';
import type { Ruler } from '../rules/ruler.ts';
import type { RuleChecks } from '../rules/validate-rule-group.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../world/clock.ts';
import type { Answer } from './answer.ts';
import type { DeleteRequests } from './deletes/delete-requests.ts';
import type { DeleteProcessing } from './deletes/process-deletes.ts';
import type { ApiMetrics } from './metrics.ts';
import type { QueryQueue } from './query-queue.ts';
import type { Tails } from './tail/tails.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface ApiOptions {
  readonly store: Store;
  readonly engine: Engine;
  /** Undefined: no rules are configured, and the routes for them do not exist. */
  readonly ruler: Ruler | undefined;
  /** Undefined: nothing can be deleted through the API. The engine's source must be `hideDeleted` over them. */
  readonly deletes?: DeleteRequests;
  /** Carries them out. Undefined: they only hide. */
  readonly deleteProcessing?: DeleteProcessing;
  /** Judges rule groups that the API is given; by default their expressions only. */
  readonly ruleChecks?: RuleChecks;
  readonly config: LokiConfig;
  readonly limitsFor: LimitsFor;
  readonly clock: Clock;
  readonly log: LogMessage;
  /** Folder with the built page; undefined: no page. */
  readonly webDirectory?: string;
  /** Answers to GETs of paths that are not the API's, before the page's files: what runs in the same process. */
  readonly morePages?: (path: string) => Answer | undefined;
  readonly overridesStatus?: () => OverridesStatus;
  /** Tenants that the runtime overrides name, in their order. */
  readonly configuredTenants?: () => readonly string[];
  /** Why the process is not ready yet, or no longer; undefined: it is ready. */
  readonly notReady?: () => string | undefined;
  /** Shown by `/services`. */
  readonly services?: () => Readonly<
    Record<string, 'New' | 'Starting' | 'Running' | 'Stopping' | 'Terminated' | 'Failed'>
  >;
  readonly version?: string;
  /** Shared with the gRPC server, so that `/metrics` shows both; by default the API's own. */
  readonly metrics?: ApiMetrics;
  /** The level of the process' own log, for `/log_level`; by default it cannot be changed. */
  readonly logLevel?: { readonly current: () => LogLevel; readonly set: (level: LogLevel) => void };
  /** Ends the process as a signal would, for `/ingester/shutdown`; by default nothing happens. */
  readonly terminate?: () => void;
  /** Contents of certificate and key: the server speaks HTTPS. */
  readonly tls?: {
    readonly cert: string | Buffer;
    readonly key: string | Buffer;
    readonly ca?: string | Buffer;
    readonly requestCert?: boolean;
    readonly rejectUnauthorized?: boolean;
  };
}

/** What routes work with. */
export interface ApiContext extends ApiOptions {
  readonly lifecycle: Lifecycle;
  readonly startedNs: bigint;
  /** The store's entries without those that delete requests cover. */
  readonly select: Select;
  readonly metrics: ApiMetrics;
  readonly queries: QueryQueue;
  readonly tails: Tails;
}

/** How far the process is on its way out. */
export interface Lifecycle {
  ingesterStopped: boolean;
  shutdownPrepared: boolean;
  readonly terminate: () => void;
}
