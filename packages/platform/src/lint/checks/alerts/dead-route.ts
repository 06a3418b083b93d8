import type { Check } from '../../check.ts';
import { valueAt } from '../../rendered-values.ts';
import { renderedAlerts } from './runbook-and-severity.ts';

export const deadRoute: Check = {
  id: 'alerts/dead-route',
  severity: 'warning',
  title: 'Each route of Alertmanager is for some alert',
  reason:
    'A route whose labels no alert has looks like an arrangement and is none: what it was meant for goes to the default receiver.',
  fix: 'Correct alerting.routes[].match, or the labels of the alerts.',
  find(input) {
    const labels = renderedAlerts(input).map(({ rule }) => (valueAt(rule, ['labels']) ?? {}) as Record<string, string>);
    return input.platform.alerting.routes.flatMap(({ match, receiver }, index) =>
      labels.some((each) => Object.entries(match).every(([name, value]) => each[name] === value))
        ? []
        : [
            {
              message: `no alert has ${Object.entries(match)
                .map(([name, value]) => `${name}="${value}"`)
                .join(', ')}, so ${receiver} never hears of any`,
              at: `alerting.routes[${index}]`,
            },
          ],
    );
  },
};
