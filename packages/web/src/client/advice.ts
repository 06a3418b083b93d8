/** What an error means to the person in front of the page, and what to do next. */
import type { ApiFailure } from './api-failure.ts';

/** A button under the error. The page knows how to do each. */
export type Remedy = 'retry' | 'narrowRange' | 'lowerLimit' | 'skipErrors' | 'pickTenant';

export interface Advice {
  readonly title: string;
  /** The server's own words; empty when the title says it all. */
  readonly detail: string;
  readonly next: string;
  readonly remedies: readonly Remedy[];
}

export function adviceOn(failure: ApiFailure): Advice {
  const detail = failure.message;
  switch (failure.kind) {
    case 'network':
      return {
        title: 'The server cannot be reached',
        detail,
        next: 'Check that Cordwood is still running where this page came from, then try again.',
        remedies: ['retry'],
      };
    case 'timeout':
      return {
        title: 'The server took too long',
        detail,
        next: 'Ask for a shorter time range or fewer streams.',
        remedies: ['narrowRange', 'retry'],
      };
    case 'shape':
      return {
        title: 'The answer makes no sense to this page',
        detail: `${failure.path}: ${detail}`,
        next: 'Is this address really a Loki API, and is the page from the same version? Reload the page.',
        remedies: ['retry'],
      };
    case 'status':
      return adviceOnStatus(failure.status, detail);
  }
}

function adviceOnStatus(status: number, detail: string): Advice {
  if (status === 401 || /no org id/.test(detail)) {
    return {
      title: 'Which tenant?',
      detail: '',
      next: 'This server keeps the logs of each tenant apart. Pick one at the top, or type its name.',
      remedies: ['pickTenant'],
    };
  }
  if (status === 403) {
    return {
      title: 'Not allowed',
      detail,
      next: 'Ask whoever runs this server for access to this tenant.',
      remedies: [],
    };
  }
  if (status === 400 && /tenant ID/.test(detail)) {
    return {
      title: 'Not a tenant name',
      detail,
      next: "Letters, digits and ! - _ . * ' ( ) are allowed, at most 150 of them.",
      remedies: ['pickTenant'],
    };
  }
  if (status === 400 && /pipeline error/.test(detail)) {
    return {
      title: 'Some lines could not be parsed',
      detail,
      next: 'A metric query stops at the first of them. Leave such lines out, or correct the parser stage.',
      remedies: ['skipErrors'],
    };
  }
  if (status === 400 && /max entries limit/.test(detail)) {
    return {
      title: 'More lines than this tenant may ask for at once',
      detail,
      next: 'Ask for fewer.',
      remedies: ['lowerLimit'],
    };
  }
  if (status === 400 && /time range exceeds|query length|lookback/.test(detail)) {
    return {
      title: 'The time range is longer than this tenant may ask for',
      detail,
      next: 'Choose a shorter one.',
      remedies: ['narrowRange'],
    };
  }
  if (status === 400 && /maximum number of series/.test(detail)) {
    return {
      title: 'Too many series for one chart',
      detail,
      next: 'Sum them (`sum by (service_name) (…)`), take the largest (`topk(10, …)`), or narrow the selector.',
      remedies: [],
    };
  }
  if (status === 400) {
    return { title: 'The server refused the query', detail, next: 'Correct the query as the text says.', remedies: [] };
  }
  if (status === 404) {
    return {
      title: 'This server does not offer that',
      detail,
      next: 'The feature may be switched off in loki.yaml.',
      remedies: ['retry'],
    };
  }
  if (status === 429) {
    return {
      title: 'Too many requests right now',
      detail,
      next: 'Wait a moment and try again; a narrower query costs less.',
      remedies: ['retry', 'narrowRange'],
    };
  }
  if (status === 504 || /timed out/.test(detail)) {
    return {
      title: 'The query took too long',
      detail,
      next: 'Shorten the time range, or name the service or other labels in the selector.',
      remedies: ['narrowRange', 'retry'],
    };
  }
  return {
    title: `The server failed (status ${status})`,
    detail,
    next: 'Try again. If it stays, the log of the server says why.',
    remedies: ['retry'],
  };
}
