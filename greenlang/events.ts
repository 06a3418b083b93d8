import { defineEvents } from '@cordwood/logger';
import * as v from 'valibot';

/**
 * What GreenLang's services say: every event with its level and its data. The services log through it, so that the compiler
 * checks a call; `greenlang/events.test.ts` holds rules and dashboards against it, so that none asks for a field that nobody logs.
 */

type Level = 'debug' | 'info' | 'warn' | 'error';

/** `fields` are the names inside `data`; Valibot does not tell them itself. */
function event<const Entries extends v.ObjectEntries>(level: Level, entries: Entries, description?: string) {
  return {
    level,
    data: v.object(entries),
    fields: Object.keys(entries),
    ...(description === undefined ? {} : { description }),
  };
}

const tonnes = v.number();
const text = v.string();
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Of the frame that all services share. */
export const frameEvents = defineEvents({
  service_started: event('info', { url: text }),
  service_stopping: { level: 'info' },
  request_failed: event('error', { route: text }, 'A handler threw something that is not an answer.'),
  job_failed: { level: 'error', description: 'Work that the service does by itself threw.' },
});

const assessed = { risk: text, plots: count, hectares: v.number() };
const rejected = { path: text, status: v.optional(count), reason: text };
const proxied = {
  upstream: text,
  route: text,
  status: count,
  latencies: v.object({ request: v.number(), kong: v.number(), proxy: v.number() }),
  request: v.looseObject({}),
};
const audited = {
  sequence: count,
  action: text,
  resource: text,
  result: v.picklist(['success', 'failure']),
  previous_hash: text,
  hash: text,
};

/** By service. */
export const events = {
  'csrd-agent': defineEvents({
    report_received: event('info', { sites: count, contact: v.object({ role: text, address: text }) }),
    site_calculated: event('debug', { site: text, scope1: tonnes, scope2: tonnes }),
    emission_calculated: event('info', {
      datapoint: v.optional(text),
      site: v.optional(text),
      scope_1_tonnes: v.optional(tonnes),
      scope_2_tonnes: v.optional(tonnes),
      standard_error_tonnes: v.optional(tonnes),
      draws: count,
    }),
    emission_calculation_timed_out: event('error', {
      site: v.optional(text),
      spread: v.optional(v.number()),
      draws: v.optional(count),
    }),
    report_validation_failed: event('error', {
      rule: text,
      calculated_tonnes: tonnes,
      claimed_tonnes: tonnes,
      deviation: v.number(),
    }),
  }),
  'cbam-agent': defineEvents({
    goods_calculated: event('debug', { cn_code: text, tonnes, actual: v.boolean() }),
    emission_calculated: event('info', { embedded_tonnes: tonnes, certificates: count, goods: count }),
    declaration_validation_failed: event('error', {
      cn_code: text,
      reason: text,
      direct_per_tonne: v.optional(v.number()),
      default_per_tonne: v.optional(v.number()),
    }),
    certificate_purchase_failed: event('error', { certificates: count }),
  }),
  'eudr-agent': defineEvents({
    plot_validation_failed: event('error', {
      plot: text,
      reason: text,
      measured_ha: v.number(),
      stated_ha: v.number(),
    }),
    deforestation_risk_assessed: event('info', assessed),
    deforestation_risk_found: event('warn', assessed, 'The risk is not negligible; the statement is refused.'),
  }),
  'sb253-agent': defineEvents({
    ledger_read_failed: event('error', { page: count }),
    category_without_factor: event('warn', { page: count, dollars_by_category: v.map(text, v.number()) }),
    emission_calculated: event('info', {
      page: count,
      lines: count,
      scope_3_tonnes: tonnes,
      diesel_equivalent_litres: count,
    }),
  }),
  'api-gateway': defineEvents({
    authentication_failed: event('warn', { path: text, request: v.looseObject({}) }),
    request_proxied: event('info', proxied),
    request_refused: event('warn', proxied, 'The service behind answered with a 4xx.'),
    upstream_failed: event('error', proxied, 'The service behind answered with a 5xx, or not at all.'),
  }),
  'customer-portal': defineEvents({
    filing_accepted: event('info', { path: text }),
    filing_rejected: event('warn', rejected),
    filing_failed: event('error', rejected, 'The platform, not the filing, was at fault.'),
  }),
  'audit-trail': defineEvents({
    audit_recorded: event('info', audited),
    audit_chain_broken: event('error', { sequence: count, expected_hash: text, hash: text }, 'A record was changed.'),
    audit_heartbeat: event('info', audited, 'Nothing was done; the trail is whole.'),
  }),
};
