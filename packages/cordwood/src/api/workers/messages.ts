import type { Limits } from '../../model/limits.ts';
import type { Tenant } from '../../model/tenant.ts';
import type { TimeRange } from '../../model/time-range.ts';
import type { QueryRequest, QueryResult } from '../../query/request.ts';
import type { PortableSnapshot } from '../../store/portable-snapshot.ts';
import type { DeleteRequest } from '../deletes/delete-requests.ts';

/** What the server's thread and a query worker tell each other. All of it is plain data. */
export type ToWorker =
  | { readonly kind: 'run'; readonly job: number; readonly request: PortableRequest }
  | { readonly kind: 'cancel'; readonly job: number }
  | { readonly kind: 'snapshot'; readonly read: number; readonly answer: SnapshotAnswer };

export type FromWorker =
  | { readonly kind: 'ready' }
  /** The job begins to read a tenant's range. */
  | {
      readonly kind: 'read';
      readonly job: number;
      readonly read: number;
      readonly tenant: Tenant;
      readonly range: TimeRange;
    }
  | { readonly kind: 'readEnded'; readonly read: number }
  | { readonly kind: 'result'; readonly job: number; readonly result: QueryResult }
  | { readonly kind: 'failure'; readonly job: number; readonly failure: PortableFailure };

/** A query without what cannot be posted; limits as they are now. */
export type PortableRequest = Omit<QueryRequest, 'signal' | 'limitsFor'> & {
  readonly limits: readonly (readonly [Tenant, Limits])[];
};

export type SnapshotAnswer =
  | {
      /** Undefined: the tenant has nothing in the range. */
      readonly snapshot: PortableSnapshot | undefined;
      /** Delete requests that hide some of it. */
      readonly hiding: readonly DeleteRequest[];
      readonly failure?: undefined;
    }
  | { readonly failure: PortableFailure };

/** An error with what makes it the error that it is. */
export type PortableFailure =
  | { readonly kind: 'request'; readonly status: number; readonly message: string }
  | {
      readonly kind: 'world';
      readonly code: string;
      /** With the place. */
      readonly message: string;
    }
  | { readonly kind: 'mistake'; readonly message: string; readonly stack: string | undefined };
