import { events } from '../events.ts';
import { countryRisk } from './emission-factors.ts';
import { crossesItself, hectares, type Point } from './plot-geometry.ts';
import { createService, HttpError } from './service.ts';

/** EUDR: due diligence for commodities: are the plots of land where they say they are, and what is the risk of the country? */
export interface DueDiligence {
  readonly operator: string;
  readonly commodity: string;
  readonly country: string;
  /** Corners of each plot. One point is enough below four hectares (Article 2(28)). */
  readonly plots: readonly { readonly id: string; readonly corners: readonly Point[]; readonly hectares: number }[];
}

const service = createService({ name: 'eudr-agent', logger: 'greenlang.agents.eudr', events: events['eudr-agent'] });
const { log } = service;

service.on('/statements', async (body) => {
  const request = body as DueDiligence;
  const started = performance.now();
  const statementLog = log.child({
    operator: request.operator,
    commodity: request.commodity,
    country: request.country,
  });
  let total = 0;
  for (const plot of request.plots) {
    const measured = plot.corners.length < 3 ? plot.hectares : hectares(plot.corners);
    const problem =
      plot.corners.length < 3 && plot.hectares > 4
        ? 'a plot above 4 ha needs a polygon'
        : crossesItself(plot.corners)
          ? 'the polygon crosses itself'
          : Math.abs(measured - plot.hectares) > 0.1 * plot.hectares
            ? 'the polygon does not have the stated area'
            : undefined;
    if (problem !== undefined) {
      statementLog.plot_validation_failed({
        plot: plot.id,
        reason: problem,
        measured_ha: measured,
        stated_ha: plot.hectares,
      });
      throw new HttpError(422, `${plot.id}: ${problem}`);
    }
    total += measured;
  }
  const risk = countryRisk[request.country] ?? 'standard';
  const assessed = { risk, plots: request.plots.length, hectares: Math.round(total * 100) / 100 };
  const duration_ms = performance.now() - started;
  if (risk !== 'high') statementLog.deforestation_risk_assessed(assessed, { duration_ms });
  else {
    statementLog.deforestation_risk_found(assessed, { duration_ms });
    throw new HttpError(451, 'the risk is not negligible: the goods may not be placed on the market');
  }
  await service.call('audit-trail', '/records', {
    action: 'statement.submitted',
    resource: `eudr/${request.operator}`,
    result: 'success',
  });
  return { risk, hectares: total };
});

await service.start();
