import { events } from '../events.ts';
import { type Country, type Fuel, fuelFactors, gridFactors } from './emission-factors.ts';
import { planted } from './planted-secrets.ts';
import { createService, HttpError } from './service.ts';

/**
 * CSRD: gross Scope 1, 2 and 3 emissions of an undertaking (ESRS E1-6) from its activity data, and the checks that an auditor
 * would make first. Uncertainty is estimated by simulation within a budget of draws; a wide one runs out of it.
 */
interface Activity {
  readonly site: string;
  readonly country: Country;
  readonly fuels: Readonly<Partial<Record<Fuel, number>>>;
  readonly electricityKwh: number;
}
export interface ReportRequest {
  readonly undertaking: string;
  readonly year: number;
  readonly activities: readonly Activity[];
  /** What the undertaking itself believes, in tonnes. */
  readonly claimedTonnes: number;
}

// The contact of a report is logged as it came: the collector has to redact it.
const service = createService({
  name: 'csrd-agent',
  logger: 'greenlang.agents.csrd',
  events: events['csrd-agent'],
  redaction: false,
});
const { log, random } = service;

const drawsMax = 3_000;

function tonnes(activity: Activity): { scope1: number; scope2: number } {
  let scope1 = 0;
  for (const [fuel, amount] of Object.entries(activity.fuels)) scope1 += amount * fuelFactors[fuel as Fuel];
  const grid = gridFactors[activity.country];
  if (grid === undefined) throw new HttpError(422, `no grid factor for ${activity.country}`);
  return { scope1: scope1 / 1_000, scope2: (activity.electricityKwh * grid) / 1_000 };
}

/** Standard error of the total when every input is off by up to `spread`; undefined when the budget is used up before it is small. */
function uncertainty(
  total: number,
  spread: number,
): { readonly standardError: number; readonly draws: number } | undefined {
  let mean = 0;
  let squares = 0;
  for (let draws = 1; draws <= drawsMax; draws++) {
    const drawn = total * (1 + spread * (2 * random.next() - 1));
    const difference = drawn - mean;
    mean += difference / draws;
    squares += difference * (drawn - mean);
    const standardError = Math.sqrt(squares / Math.max(1, draws - 1) / draws);
    if (draws > 100 && standardError < total * 0.0025) return { standardError, draws };
  }
  return undefined;
}

service.on('/reports', async (body) => {
  const request = body as ReportRequest;
  const started = performance.now();
  const reportLog = log.child({ undertaking: request.undertaking, year: request.year });
  reportLog.report_received({
    sites: request.activities.length,
    contact: { role: 'sustainability lead', address: planted.contactEmail },
  });
  let scope1 = 0;
  let scope2 = 0;
  for (const activity of request.activities) {
    const part = tonnes(activity);
    scope1 += part.scope1;
    scope2 += part.scope2;
    reportLog.site_calculated({ site: activity.site, ...part });
  }
  const total = scope1 + scope2;
  const spread = 0.05 + 0.02 * request.activities.length;
  const simulated = uncertainty(total, spread);
  if (simulated === undefined) {
    reportLog.emission_calculation_timed_out({ spread, draws: drawsMax }, { duration_ms: performance.now() - started });
    throw new HttpError(503, 'the uncertainty did not settle within its budget');
  }
  reportLog.emission_calculated(
    {
      datapoint: 'E1-6',
      scope_1_tonnes: round(scope1),
      scope_2_tonnes: round(scope2),
      standard_error_tonnes: round(simulated.standardError),
      draws: simulated.draws,
    },
    { duration_ms: performance.now() - started },
  );
  const deviation = Math.abs(total - request.claimedTonnes) / total;
  if (deviation > 0.2) {
    reportLog.report_validation_failed({
      rule: 'claimed total within 20 % of the calculated one',
      calculated_tonnes: round(total),
      claimed_tonnes: request.claimedTonnes,
      deviation: round(deviation),
    });
    throw new HttpError(422, 'the claimed total does not follow from the activity data');
  }
  await service.call('audit-trail', '/records', {
    action: 'report.filed',
    resource: `csrd/${request.undertaking}/${request.year}`,
    result: 'success',
  });
  return { scope1, scope2, standardError: simulated.standardError };
});

// In development nobody calls it, so it works through samples of its own.
if (process.env['ENVIRONMENT'] === 'development') {
  service.every(1_200, 'sample-reports', () => {
    const activity: Activity = {
      site: `sample-${random.between(1, 9)}`,
      country: random.pick(Object.keys(gridFactors) as Country[]),
      fuels: { natural_gas_kwh: random.between(10_000, 90_000) },
      electricityKwh: random.between(20_000, 400_000),
    };
    const { scope1, scope2 } = tonnes(activity);
    log.site_calculated({ site: activity.site, scope1, scope2 });
    const settled = uncertainty(scope1 + scope2, random.pick([0.05, 0.1, 0.3]));
    if (settled === undefined) log.emission_calculation_timed_out({ site: activity.site });
    else log.emission_calculated({ site: activity.site, draws: settled.draws });
  });
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

await service.start();
