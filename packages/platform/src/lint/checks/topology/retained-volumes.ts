import { clusters } from '../../../platform.ts';
import type { Check } from '../../check.ts';
import { lokiValue, lokiValuesPath } from '../../rendered-values.ts';

export const retainedVolumes: Check = {
  id: 'topology/retained-volumes',
  severity: 'error',
  title: 'Volumes with a WAL outlive the StatefulSet',
  reason:
    "The chart deletes volumes when a StatefulSet shrinks or is replaced. With them go the lines that are in no chunk yet, the compactor's marks and the samples that the ruler has not sent.",
  fix: 'Leave write.persistence and backend.persistence of the chart to the definition.',
  traps: ['T38'],
  find: (input) =>
    clusters(input.platform)
      .filter(({ topology, highlyAvailable }) => topology === 'simple-scalable' && highlyAvailable)
      .filter((environment) => input.text(lokiValuesPath(environment)) !== undefined)
      .flatMap((environment) =>
        ['write', 'backend'].flatMap((component) =>
          ['whenDeleted', 'whenScaled']
            .filter((when) => lokiValue(input, environment, [component, 'persistence', when]) !== 'Retain')
            .map((when) => ({
              message: `${environment.name}: volumes of ${component} are deleted (${when})`,
              at: `environments.${environment.name}.highlyAvailable`,
              in: { path: lokiValuesPath(environment), text: `${component}:` },
            })),
        ),
      ),
};
