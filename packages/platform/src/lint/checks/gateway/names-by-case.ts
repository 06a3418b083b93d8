import type { Check } from '../../check.ts';

export const namesByCase: Check = {
  id: 'gateway/names-by-case',
  severity: 'error',
  title: 'Tenants and users differ by more than upper and lower case, and hold no character of nginx',
  reason:
    "nginx' tables ignore case: Audit and audit would be one row, and the configuration is refused or lets in the wrong one.",
  fix: 'Use lower case letters, digits, - _ and . only.',
  find: ({ platform }) =>
    [
      { what: 'tenants', names: platform.tenants.map(({ id }) => id) },
      { what: 'access.users', names: platform.users.map(({ name }) => name) },
    ].flatMap(({ what, names }) =>
      names.flatMap((name, index) => {
        const at = `${what}.${name}`;
        const twin = names.slice(0, index).find((other) => other.toLowerCase() === name.toLowerCase());
        if (twin !== undefined) return [{ message: `${name} and ${twin} differ by case only`, at }];
        return /^[\w.-]+$/.test(name)
          ? []
          : [{ message: `${name} has characters that the gateway's table cannot hold`, at }];
      }),
    ),
};
