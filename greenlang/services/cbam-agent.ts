import { events } from '../events.ts';
import { cbamDefaults } from './emission-factors.ts';
import { planted } from './planted-secrets.ts';
import { createService, HttpError } from './service.ts';

/** CBAM: embedded emissions of imported goods and the certificates they cost, paid from the declarant's account. */
export interface Declaration {
  readonly declarant: string;
  readonly goods: readonly { readonly cn: string; readonly tonnes: number; readonly directPerTonne?: number }[];
  /** Certificates on the account. */
  readonly balance: number;
}

// The payment provider's refusal quotes the card; it is logged as it came.
const service = createService({
  name: 'cbam-agent',
  logger: 'greenlang.agents.cbam',
  events: events['cbam-agent'],
  redaction: false,
});
const { log } = service;

/** Share of the emissions that must be covered in the transition year (Regulation (EU) 2023/956, Article 31). */
const phaseIn = 0.025;
/** Actual values may not be lower than this share of the default values without a verifier's report. */
const plausibleShare = 0.35;

class PaymentRefused extends Error {
  readonly code = 'card_declined';
  readonly details: Readonly<Record<string, unknown>>;

  constructor(missing: number) {
    super(`payment of ${missing} certificates refused for card ${planted.card}: limit exceeded`);
    this.name = 'PaymentRefused';
    this.details = { attempt: 1, instrument: { number_on_file: Number(planted.cardCompact), expires: '2029-11' } };
  }
}

service.on('/declarations', async (body) => {
  const declaration = body as Declaration;
  const started = performance.now();
  const declarationLog = log.child({ declarant: declaration.declarant });
  let embedded = 0;
  for (const { cn, tonnes, directPerTonne } of declaration.goods) {
    const defaults = cbamDefaults[cn];
    if (defaults === undefined) {
      declarationLog.declaration_validation_failed({ cn_code: cn, reason: 'CN code is not in Annex I' });
      throw new HttpError(422, `CN code ${cn} is not covered`);
    }
    if (directPerTonne !== undefined && directPerTonne < defaults.direct * plausibleShare) {
      declarationLog.declaration_validation_failed({
        cn_code: cn,
        reason: 'actual value implausibly low',
        direct_per_tonne: directPerTonne,
        default_per_tonne: defaults.direct,
      });
      throw new HttpError(422, `the actual value for ${defaults.name} needs a verifier's report`);
    }
    embedded += tonnes * ((directPerTonne ?? defaults.direct) + defaults.indirect);
    declarationLog.goods_calculated({ cn_code: cn, tonnes, actual: directPerTonne !== undefined });
  }
  const certificates = Math.ceil(embedded * phaseIn);
  declarationLog.emission_calculated(
    { embedded_tonnes: Math.round(embedded * 100) / 100, certificates, goods: declaration.goods.length },
    { duration_ms: performance.now() - started },
  );
  const missing = certificates - declaration.balance;
  if (missing > 12) {
    const refused = new PaymentRefused(missing);
    declarationLog.certificate_purchase_failed({ certificates: missing }, { error: refused });
    throw new HttpError(402, 'the certificates could not be bought');
  }
  await service.call('audit-trail', '/records', {
    action: 'declaration.submitted',
    resource: `cbam/${declaration.declarant}`,
    result: 'success',
  });
  return { embedded, certificates };
});

await service.start();
