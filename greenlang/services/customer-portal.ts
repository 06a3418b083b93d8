import { createHash } from 'node:crypto';
import { currentContext, withContext } from '@cordwood/logger';
import { events } from '../events.ts';
import type { Declaration } from './cbam-agent.ts';
import type { ReportRequest } from './csrd-agent.ts';
import { type Country, cbamDefaults, countryRisk, type Fuel, fuelFactors, gridFactors } from './emission-factors.ts';
import type { DueDiligence } from './eudr-agent.ts';
import { planted } from './planted-secrets.ts';
import { CallError, createService } from './service.ts';

/** The customers' portal: files reports, declarations and statements through the gateway, with the data customers have. */
const service = createService({
  name: 'customer-portal',
  logger: 'greenlang.portal',
  events: events['customer-portal'],
  redaction: false,
});
const { log, random } = service;

const customers = ['tenant-nordic-steel', 'tenant-acier-lorrain', 'tenant-cacao-verde', 'tenant-po-chemicals'];

function report(): ReportRequest {
  const activities = Array.from({ length: random.between(1, 6) }, (_, site) => ({
    site: `site-${site + 1}`,
    country: random.pick(Object.keys(gridFactors) as Country[]),
    fuels: { [random.pick(Object.keys(fuelFactors) as Fuel[])]: random.between(5_000, 250_000) },
    electricityKwh: random.between(50_000, 2_000_000),
  }));
  let total = 0;
  for (const { country, fuels, electricityKwh } of activities) {
    for (const [fuel, amount] of Object.entries(fuels)) total += (amount as number) * fuelFactors[fuel as Fuel];
    total += electricityKwh * gridFactors[country];
  }
  // Some customers calculate with last year's factors, one in nine forgets a site.
  const claimedTonnes = (total / 1_000) * (random.chance(1 / 9) ? 0.6 : 0.95 + 0.1 * random.next());
  return { undertaking: random.pick(customers), year: 2025, activities, claimedTonnes };
}

function declaration(): Declaration {
  const goods = Array.from({ length: random.between(1, 4) }, () => {
    const cn = random.chance(0.04) ? '87032319' : random.pick(Object.keys(cbamDefaults));
    const actual = random.chance(0.5)
      ? { directPerTonne: (cbamDefaults[cn]?.direct ?? 1) * (0.25 + 0.75 * random.next()) }
      : {};
    return { cn, tonnes: random.between(5, 220), ...actual };
  });
  return { declarant: random.pick(customers), goods, balance: random.between(0, 30) };
}

function statement(): DueDiligence {
  const country = random.pick(Object.keys(countryRisk));
  const plots = Array.from({ length: random.between(1, 5) }, (_, plot) => {
    const metres = random.between(60, 400);
    const degrees = metres / 111_320;
    const longitude = -7 + random.next();
    const latitude = 0.5 + random.next() * 5;
    const wide = degrees / Math.cos((latitude * Math.PI) / 180);
    const square = [
      [longitude, latitude],
      [longitude + wide, latitude],
      [longitude + wide, latitude + degrees],
      [longitude, latitude + degrees],
    ] as [number, number][];
    // Corners noted in the wrong order, the commonest mistake in the field.
    const corners = random.chance(0.04) ? [square[0], square[2], square[1], square[3]] : square;
    return { id: `plot-${plot + 1}`, corners: corners as [number, number][], hectares: (metres * metres) / 10_000 };
  });
  return {
    operator: random.pick(customers),
    commodity: random.pick(['cocoa', 'coffee', 'rubber', 'soy']),
    country,
    plots,
  };
}

const filings = [
  { path: '/v1/csrd/reports', create: report },
  { path: '/v1/cbam/declarations', create: declaration },
  { path: '/v1/eudr/statements', create: statement },
];

/** Whoever guesses keys: each guess is new, and none is right. */
function guessedKey(): string {
  return `gl_live_${createHash('sha256').update(String(random.next())).digest('hex').slice(0, 20)}`;
}

service.every(250, 'filing', () =>
  withContext({ ...currentContext(), tenant_id: random.pick(customers) }, async () => {
    const { path, create } = random.pick(filings);
    const started = performance.now();
    if (random.chance(0.15)) log.info(`customer ${planted.customerEmail} signed in`);
    const headers: Record<string, string> = random.chance(0.06)
      ? { 'x-api-key': guessedKey() }
      : random.chance(0.5)
        ? { 'x-api-key': planted.apiKey }
        : { authorization: `Bearer ${planted.bearer}` };
    try {
      await service.call('api-gateway', path, create(), headers);
      log.filing_accepted({ path }, { duration_ms: performance.now() - started });
    } catch (failure) {
      if (!(failure instanceof CallError)) throw failure;
      const event = failure.status === undefined || failure.status >= 500 ? 'filing_failed' : 'filing_rejected';
      log[event](
        { path, status: failure.status, reason: failure.message },
        { duration_ms: performance.now() - started },
      );
    }
  }),
);

await service.start();
