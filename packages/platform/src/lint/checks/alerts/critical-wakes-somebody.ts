import type { Check } from '../../check.ts';

export const criticalWakesSomebody: Check = {
  id: 'alerts/critical-wakes-somebody',
  severity: 'error',
  title: 'Critical alerts go to a receiver of their own',
  reason: 'In a channel with everything else a critical alert is read in the morning.',
  fix: "Add { match: { severity: 'critical' }, receiver } as the first of alerting.routes.",
  find({ platform: { alerting, rules } }) {
    const routed = alerting.routes.some(({ match }) => match['severity'] === 'critical');
    const critical = rules.some((group) => group.rules.some((rule) => 'alert' in rule && rule.severity === 'critical'));
    return routed || !critical || Object.keys(alerting.receivers).length < 2
      ? []
      : [{ message: `critical alerts go where all go: ${alerting.defaultReceiver}`, at: 'alerting.routes' }];
  },
};
