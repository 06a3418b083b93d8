import type { Check } from '../../check.ts';

export const samePriority: Check = {
  id: 'retention/same-priority',
  severity: 'error',
  title: 'Classes of a tenant differ in priority',
  reason: 'Where two selectors of one priority fit a stream, the order in the file decides how long a log is kept.',
  fix: 'Give the class that must win a higher priority.',
  traps: ['T7'],
  find: ({ platform }) =>
    platform.tenants.flatMap(({ id, retentionClasses }) => {
      const classes = platform.retentionClasses.filter(({ name }) => retentionClasses.includes(name));
      return classes
        .filter(({ priority, name }, i) => classes.findIndex((each) => each.priority === priority) !== i && name)
        .map(({ name, priority }) => ({
          message: `${id}: ${name} has priority ${priority}, and so has another`,
          at: `retentionClasses.${name}.priority`,
        }));
    }),
};
