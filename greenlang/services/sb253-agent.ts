import { events } from '../events.ts';
import { fuelFactors } from './emission-factors.ts';
import { planted } from './planted-secrets.ts';
import { createService } from './service.ts';

/**
 * California SB 253, rehearsed in staging: Scope 3 by spend, category by category, over sample ledgers of its own. The ledger
 * store refuses some reads, and the client library is fond of printing its settings when that happens.
 */
const service = createService({
  name: 'sb253-agent',
  logger: 'greenlang.agents.sb253',
  events: events['sb253-agent'],
  redaction: false,
});
const { log, random } = service;

/** Kilograms of CO2e per dollar. */
const spendFactors = {
  purchased_goods: 0.41,
  capital_goods: 0.34,
  logistics: 0.62,
  waste: 0.55,
  business_travel: 0.73,
  commuting: 0.21,
};

interface LedgerLine {
  readonly category: string;
  readonly dollars: number;
}

/** The store serves a page only while its lease lasts: a page longer than that is refused. */
function readLedger(page: number, lines: number): LedgerLine[] {
  if (lines > 180) {
    // A driver that writes to stderr by itself, without any logger.
    process.stderr.write(
      `ledger driver: reconnecting to postgres://ledger:${planted.databasePassword}@ledger.staging.internal:5432/sb253\n`,
    );
    throw new Error(
      `page ${page}: lease ended after 180 of ${lines} lines (accessKeyId=${planted.awsKey}, region=us-west-2)`,
    );
  }
  const categories = [...Object.keys(spendFactors), ...(lines % 7 === 0 ? ['franchises'] : [])];
  return Array.from({ length: lines }, () => ({
    category: random.pick(categories),
    dollars: random.between(100, 90_000),
  }));
}

let page = 0;
service.every(700, 'scope-3', () => {
  page++;
  const started = performance.now();
  let lines: LedgerLine[];
  try {
    lines = readLedger(page, random.between(20, 200));
  } catch (failure) {
    log.ledger_read_failed({ page }, { error: failure });
    return;
  }
  const unknown = new Map<string, number>();
  let tonnes = 0;
  for (const { category, dollars } of lines) {
    const factor = spendFactors[category as keyof typeof spendFactors];
    if (factor === undefined) unknown.set(category, (unknown.get(category) ?? 0) + dollars);
    else tonnes += (dollars * factor) / 1_000;
  }
  if (unknown.size > 0) log.category_without_factor({ page, dollars_by_category: unknown });
  log.emission_calculated(
    {
      page,
      lines: lines.length,
      scope_3_tonnes: Math.round(tonnes * 100) / 100,
      diesel_equivalent_litres: Math.round((tonnes * 1_000) / fuelFactors.diesel_litre),
    },
    { duration_ms: performance.now() - started },
  );
});

await service.start();
