import type { PlatformDefinition } from '../../src/platform-definition.ts';
import { type BrokenPlatform, part, replacing, tenant } from './broken-platform.ts';

const prodValues = 'helm/loki/values-prod.yaml';

/** GreenLang's users, and changes to them. */
const users =
  (change: Record<string, object>) =>
  (definition: PlatformDefinition): PlatformDefinition => ({
    ...definition,
    access: {
      users: Object.fromEntries(
        Object.entries({ ...definition.access.users, ...change }).map(([name, user]) => [
          name,
          { ...definition.access.users[name], ...(change[name] ?? user) },
        ]),
      ) as never,
    },
  });

export const gateway: readonly BrokenPlatform[] = [
  {
    check: 'gateway/allow-list',
    name: 'the delete API passes',
    artifact: {
      path: prodValues,
      change: replacing('location = /otlp/v1/logs {', 'location = /loki/api/v1/delete {'),
    },
    finds: /the gateway passes \/loki\/api\/v1\/delete/,
  },
  {
    check: 'gateway/tenant-header',
    name: 'the header is passed on as it came',
    artifact: {
      path: prodValues,
      change: replacing('X-Scope-OrgID $tenant;', 'X-Scope-OrgID $http_x_scope_orgid;'),
    },
    finds: /passes on the tenant that the client claims/,
  },
  {
    check: 'gateway/tenant-header',
    name: 'no password is asked for',
    artifact: { path: prodValues, change: replacing('auth_basic "Loki";', '') },
    finds: /asks for no password/,
  },
  {
    check: 'gateway/password-file',
    name: 'basicAuth of the chart is switched off',
    artifact: { path: prodValues, change: replacing(/(basicAuth:\n +enabled: )true/, '$1false') },
    finds: /prod: the gateway mounts no passwords/,
  },
  {
    check: 'gateway/password-file',
    name: 'another Secret is mounted',
    artifact: { path: prodValues, change: replacing('existingSecret: loki-gateway-users', 'existingSecret: htpasswd') },
    finds: /mounts the Secret htpasswd, the passwords are in loki-gateway-users/,
  },
  {
    check: 'gateway/unread-tenant',
    name: 'a tenant without a reader',
    definition: tenant('forensics', { description: 'x', namespaces: ['forensics'] }),
    finds: /no user may read forensics/,
  },
  {
    check: 'gateway/unwritten-tenant',
    name: 'a tenant that Alloy may not write',
    definition: tenant('forensics', { description: 'x', namespaces: ['forensics'] }),
    finds: /no writer may send to forensics/,
  },
  {
    check: 'gateway/collector-user',
    name: 'Alloy logs in as somebody who reads',
    artifact: { path: 'helm/alloy/files/prod.alloy', change: replacing(/(username +)= "alloy"/, '$1= "grafana"') },
    finds: /Alloy logs in as grafana, who is no writer/,
  },
  {
    check: 'gateway/audit-reader',
    name: 'the datasource of the teams reads the audit trail',
    definition: users({
      grafana: {
        tenants: [
          'greenlang-prod',
          'greenlang-staging',
          'greenlang-dev',
          'platform',
          'self-monitoring',
          'compliance-audit',
        ],
      },
    }),
    finds: /grafana reads compliance-audit and also greenlang-prod/,
  },
  {
    check: 'gateway/names-by-case',
    name: 'two tenants that differ by case',
    definition: tenant('Platform', {}),
    finds: /Platform and platform differ by case only/,
  },
  {
    check: 'gateway/body-size',
    name: 'bodies of one MiB',
    definition: part('tuning', { maxRequestBodyMb: 1 }),
    finds: /limited to 1 MiB/,
  },
  {
    check: 'secrets/in-artifacts',
    name: 'a password in the values',
    artifact: { path: prodValues, change: replacing(/$/, '  minio:\n    rootPassword: hunter2hunter2\n') },
    finds: /loki\.minio\.rootPassword is written out/,
  },
  {
    check: 'secrets/in-artifacts',
    name: 'a key of AWS in a comment',
    artifact: { path: 'terraform/environments/prod/main.tf', change: replacing(/^/, `# ${'AKIA'}IOSFODNN7EXAMPLE\n`) },
    finds: /holds a secret: AKIAIO…/,
  },
  {
    check: 'secrets/in-artifacts',
    name: 'a URL with a password',
    definition: (definition) => ({
      ...definition,
      alerting: {
        ...definition.alerting,
        receivers: {
          ...definition.alerting.receivers,
          hook: { kind: 'webhook', url: 'https://user:pass@hooks.example/x' },
        },
      },
    }),
    finds: /alertmanager\.yaml holds a secret/,
  },
];
