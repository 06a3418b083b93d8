/**
 * What the page shows, as text in the URL: a link is a view that a colleague can open. It stands behind the `#`, which
 * browsers keep to themselves: a query may name a person, and must not end up in access logs or referrers.
 */
import type { RowOrder } from '../lines/log-row.ts';
import {
  absolute,
  defaultRange,
  last,
  parseDurationMs,
  printDurationMs,
  type RangeChoice,
} from '../time/range-choice.ts';

export const views = ['explore', 'trace', 'alerts'] as const;
export type View = (typeof views)[number];

export interface PageState {
  readonly view: View;
  /** Undefined: not chosen yet, or the server has only one. */
  readonly tenant: string | undefined;
  readonly query: string;
  readonly range: RangeChoice;
  readonly limit: number;
  readonly order: RowOrder;
  /** Correlation id of the trace view. */
  readonly id: string;
  /** Timestamp of the entry that the link points at. */
  readonly at: string | undefined;
}

/** Every stream: each has a service, because Loki gives one to those without. */
export const defaultQuery = '{service_name=~".+"}';

/** What the picker offers; Loki refuses more than 5000 by default. */
export const limitChoices = [100, 500, 1000, 5000] as const;

/** More rows than this are a mistake in a link. */
const limitMax = 50_000;

export const defaultState: PageState = {
  view: 'explore',
  tenant: undefined,
  query: defaultQuery,
  range: defaultRange,
  limit: 1000,
  order: 'newest',
  id: '',
  at: undefined,
};

/** `#/explore?query=…`. What has its default is left out. */
export function printPageState(state: PageState): string {
  const parameters = new URLSearchParams();
  if (state.tenant !== undefined) parameters.set('tenant', state.tenant);
  if (state.view === 'explore') {
    if (state.query !== defaultState.query) parameters.set('query', state.query);
    if (state.limit !== defaultState.limit) parameters.set('limit', String(state.limit));
    if (state.order !== defaultState.order) parameters.set('order', state.order);
    if (state.at !== undefined) parameters.set('at', state.at);
  }
  if (state.view === 'trace' && state.id !== '') parameters.set('id', state.id);
  if (state.view !== 'alerts') {
    if (state.range.kind === 'last') parameters.set('last', printDurationMs(state.range.durationMs));
    else {
      parameters.set('from', new Date(state.range.startMs).toISOString());
      parameters.set('to', new Date(state.range.endMs).toISOString());
    }
  }
  const text = parameters.toString();
  return `#/${state.view}${text === '' ? '' : `?${text}`}`;
}

/**
 * Reads a link. What belongs to the view and is not said, or said wrongly, has its default; what belongs to other views stays
 * as it was `before`, so that the way back to them leads to where one was.
 */
export function parsePageState(hash: string, before: PageState = defaultState): PageState {
  const [path = '', text = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  const parameters = new URLSearchParams(text);
  const limit = Number(parameters.get('limit') ?? Number.NaN);
  const order = parameters.get('order');
  const at = parameters.get('at');
  const view = views.find((each) => each === path) ?? 'explore';
  const said: PageState = {
    view,
    tenant: parameters.get('tenant') || before.tenant,
    query: parameters.get('query') ?? defaultState.query,
    range: parseRange(parameters) ?? defaultState.range,
    limit: Number.isInteger(limit) && limit > 0 && limit <= limitMax ? limit : defaultState.limit,
    order: order === 'newest' || order === 'oldest' ? order : defaultState.order,
    id: parameters.get('id') ?? defaultState.id,
    at: at !== null && /^\d{1,19}$/.test(at) ? at : undefined,
  };
  switch (view) {
    case 'explore':
      return { ...said, id: before.id };
    case 'trace':
      return { ...said, query: before.query, limit: before.limit, order: before.order, at: undefined };
    case 'alerts':
      return { ...before, view, tenant: said.tenant, at: undefined };
  }
}

function parseRange(parameters: URLSearchParams): RangeChoice | undefined {
  const durationMs = parseDurationMs(parameters.get('last') ?? '');
  if (durationMs !== undefined) return last(durationMs);
  const startMs = Date.parse(parameters.get('from') ?? '');
  const endMs = Date.parse(parameters.get('to') ?? '');
  return Number.isFinite(startMs) && Number.isFinite(endMs) && startMs !== endMs ? absolute(startMs, endMs) : undefined;
}
