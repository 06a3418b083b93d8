import type { Check } from '../../check.ts';

export const unusedReceiver: Check = {
  id: 'alerts/unused-receiver',
  severity: 'warning',
  title: 'Each receiver is told of something',
  reason: 'A team that is listed and never told believes that all is well.',
  fix: 'Add a route to it in alerting.routes, or remove it.',
  find({ platform: { alerting } }) {
    const used = new Set([alerting.defaultReceiver, ...alerting.routes.map(({ receiver }) => receiver)]);
    return Object.keys(alerting.receivers)
      .filter((name) => !used.has(name))
      .map((name) => ({ message: `no route leads to ${name}`, at: `alerting.receivers.${name}` }));
  },
};
