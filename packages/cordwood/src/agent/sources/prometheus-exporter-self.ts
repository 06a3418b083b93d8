import { schema } from '@cordwood/alloy';
import type { ComponentDefinition } from '../component.ts';
import { ownAddress } from '../prometheus/scrape-loop.ts';
import { targetsValue } from '../target.ts';

/** Exports the agent itself as a target of prometheus.scrape. */
export const prometheusExporterSelf: ComponentDefinition<unknown> = {
  name: 'prometheus.exporter.self',
  stability: 'generally-available',
  schema: schema({}),
  exports: ['targets'],
  create(context) {
    const target = new Map([
      ['__address__', ownAddress],
      ['__metrics_path__', `/api/v0/component/${context.id}/metrics`],
      ['__scheme__', 'http'],
      ['instance', context.environment.hostname],
      ['job', 'integrations/self'],
    ]);
    return {
      exports: new Map([['targets', targetsValue([target])]]),
      update: () => undefined,
      start() {},
      async stop() {},
    };
  },
};
