import { clusters, type Environment, type Platform, type Tenant, type User, usersOf } from '../../platform.ts';
import { renderedNote } from '../rendered-note.ts';
import type { Renderer } from '../renderer.ts';
import { yamlText } from '../yaml-text.ts';

/**
 * A datasource for each tenant that somebody may read: choosing a datasource is choosing a tenant. Passwords are files of the Secret
 * with the gateway's credentials, mounted into Grafana; the header with the tenant is only a claim, which the gateway checks.
 */
export const grafanaDatasources: Renderer = {
  name: 'grafana-datasources',
  render: (platform) =>
    clusters(platform).map((environment) => ({
      path: grafanaDatasourcesPath(environment),
      text: yamlText(
        {
          apiVersion: 1,
          datasources: [
            ...readableTenants(platform, environment).map(({ tenant, user }) =>
              lokiDatasource(platform, {
                tenant: tenant.id,
                uid: tenant.id === environment.defaultTenant.id ? 'loki' : `loki-${tenant.id}`,
                url: environment.gatewayUrl,
                user,
              }),
            ),
            ...(environment.auth
              ? []
              : [
                  lokiDatasource(platform, {
                    tenant: undefined,
                    uid: 'loki',
                    url: environment.gatewayUrl,
                    user: undefined,
                  }),
                ]),
            tempoDatasource(platform),
          ],
        },
        {
          head: `Grafana's datasources in ${environment.name}: one for each tenant. Keep uid loki: dashboards and links hold it.\n$$ is how a provisioning file writes one $. Give the datasource of an audit tenant to its own folder or organisation: who may\nexplore may read it. ${renderedNote}`,
        },
      ),
    })),
};

export const grafanaDatasourcesPath = ({ name }: Environment): string => `monitoring/grafana/datasources-${name}.yaml`;

/** Tenants of an environment with the first user that may read them. */
function readableTenants(
  platform: Platform,
  environment: Environment,
): readonly { readonly tenant: Tenant; readonly user: User }[] {
  const readers = usersOf(platform, environment).filter(({ role }) => role === 'reader' || role === 'reader-and-rules');
  return environment.tenants.flatMap((tenant) => {
    const user = readers.find(({ tenants }) => tenants.includes(tenant.id));
    return user === undefined ? [] : [{ tenant, user }];
  });
}

/** Where the Secret with the gateway's passwords is mounted in Grafana's pod. */
const credentialsFolder = '/etc/grafana/loki-gateway';

export function lokiDatasource(
  platform: Platform,
  of: {
    readonly tenant: string | undefined;
    readonly uid: string;
    readonly url: string;
    readonly user: User | undefined;
  },
) {
  return {
    name: of.tenant === undefined ? 'Loki' : `Loki (${of.tenant})`,
    type: 'loki',
    uid: of.uid,
    access: 'proxy',
    url: of.url,
    isDefault: false,
    editable: false,
    basicAuth: of.user === undefined ? undefined : true,
    basicAuthUser: of.user?.name,
    jsonData: {
      maxLines: 1000,
      timeout: 300,
      // Only who may see rules: the others would get 403 on the alerting page.
      manageAlerts: of.user === undefined || of.user.role === 'reader-and-rules',
      httpHeaderName1: of.tenant === undefined ? undefined : 'X-Scope-OrgID',
      derivedFields: derivedFields(platform),
    },
    secureJsonData:
      of.tenant === undefined
        ? undefined
        : {
            httpHeaderValue1: of.tenant,
            basicAuthPassword: of.user === undefined ? undefined : `$__file{${credentialsFolder}/${of.user.name}}`,
          },
  };
}

/** From a line to its trace: the structured metadata, and for lines without it the JSON in the line (trap T28). */
export function derivedFields({ neighbours }: Platform) {
  const link = { datasourceUid: neighbours.tempo.datasourceUid, url: '$${__value.raw}', urlDisplayLabel: 'View trace' };
  return [
    { name: 'TraceID', matcherType: 'label', matcherRegex: 'trace_id', ...link },
    { name: 'TraceID in the line', matcherType: 'regex', matcherRegex: traceIdInLine, ...link },
  ];
}

/** `"trace_id":"…"` and the `traceId` of older services; W3C ids only. */
export const traceIdInLine = '"trace_?[iI][dD]": ?"([0-9a-f]{32})"';

/** And from a trace to its lines: the tenant is that of the datasource `loki`. */
export function tempoDatasource({ neighbours }: Platform) {
  return {
    name: 'Tempo',
    type: 'tempo',
    uid: neighbours.tempo.datasourceUid,
    access: 'proxy',
    url: neighbours.tempo.url,
    editable: false,
    jsonData: {
      tracesToLogsV2: {
        datasourceUid: 'loki',
        spanStartTimeShift: '-5m',
        spanEndTimeShift: '5m',
        filterByTraceID: false,
        filterBySpanID: false,
        customQuery: true,
        query: '{service="$${__span.tags["service.name"]}"} | trace_id="$${__trace.traceId}"',
      },
    },
  };
}
