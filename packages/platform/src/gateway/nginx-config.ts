import { type Deed, deedsOf, type Endpoint, endpoints, type Role, type Side } from './endpoint.ts';

/**
 * The gateway is the border between tenants: Loki takes X-Scope-OrgID for the truth, from whoever reaches it. So here
 *  1. a request without valid credentials gets 401,
 *  2. the name of the user and the header that it sent choose the tenant from a table; no row, 403,
 *  3. the role of the user must allow the endpoint; 403,
 *  4. Loki gets the header from the table, never the client's, and no credentials,
 *  5. what is not an endpoint for users answers 404.
 *
 * The decisions 2 and 3 are made in a subrequest (auth_request), because that runs after the password was checked; an `if` in the location
 * would run before, and tell everybody which users may read which tenants.
 */
export interface NginxConfigOptions {
  readonly listenPort: number;
  /** Undefined: authentication is off, everybody is Loki's one tenant `fake`. */
  readonly users:
    | readonly { readonly name: string; readonly role: Role; readonly tenants: readonly string[] }[]
    | undefined;
  /** File of passwords, as `htpasswd` writes it. */
  readonly passwordFile: string;
  /** `host:port` of each side of Loki. */
  readonly backends: Readonly<Record<Side, string>>;
  /** Server for the names of the backends: services move, and nginx would resolve them once. Undefined where they are addresses. */
  readonly resolver: string | undefined;
  readonly maxBodyMb: number;
  /** The longest query. */
  readonly readTimeoutSeconds: number;
  /** A folder that can be written. */
  readonly temporaryFolder: string;
  readonly accessLog: string;
}

const deeds: readonly Deed[] = ['push', 'read', 'see-rules', 'change-rules'];

export function nginxConfig(options: NginxConfigOptions): string {
  const { users, temporaryFolder, resolver } = options;
  return `# Gateway of Loki: who may do what, as which tenant. Rendered by \`cordwood render\`; change the definition, not this file.
worker_processes auto;
pid ${temporaryFolder}/nginx.pid;
error_log stderr warn;

events {
  worker_connections 4096;
}

http {
  default_type application/octet-stream;
  server_tokens off;
  client_body_temp_path ${temporaryFolder}/client;
  proxy_temp_path ${temporaryFolder}/proxy;
  fastcgi_temp_path ${temporaryFolder}/fastcgi;
  uwsgi_temp_path ${temporaryFolder}/uwsgi;
  scgi_temp_path ${temporaryFolder}/scgi;

  # Who asked for what, as whom. No query texts: they may hold what people search for.
  log_format access escape=json '{"time":"$time_iso8601","user":"$remote_user","tenant":"$tenant","method":"$request_method","path":"$uri","status":$status,"bytes_in":$request_length,"bytes_out":$body_bytes_sent,"seconds":$request_time}';
  map $uri $is_logged { / 0; default 1; }
  access_log ${options.accessLog} access if=$is_logged;
${resolver === undefined ? '' : `\n  resolver ${resolver} valid=10s;\n`}
${users === undefined ? withoutUsers : maps(users)}
  # A path that Loki would read differently than the locations below.
  map $request_uri $is_odd_path {
    "~^[^?]*//" 1;
    "~*^[^?]*(/|%2f)(\\.|%2e){1,2}(/|%2f|\\?|$)" 1;
    default 0;
  }

  map $http_upgrade $connection_header {
    "" "";
    default upgrade;
  }

  server {
    listen ${options.listenPort};
    client_max_body_size ${options.maxBodyMb}m;
${users === undefined ? '' : `\n    auth_basic "Loki";\n    auth_basic_user_file ${options.passwordFile};\n`}
    proxy_http_version 1.1;
    proxy_connect_timeout 5s;
    proxy_read_timeout ${options.readTimeoutSeconds}s;
    proxy_send_timeout ${options.readTimeoutSeconds}s;
    proxy_set_header Host $host;
    proxy_set_header X-Scope-OrgID $tenant;
    proxy_set_header Authorization "";
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_header;

    if ($is_odd_path) {
      return 400;
    }

    # For probes.
    location = / {
      auth_basic off;
      access_log off;
      default_type text/plain;
      return 200 "OK\\n";
    }

${endpoints.map((endpoint) => location(endpoint, options)).join('\n\n')}

    location / {
      return 404;
    }
${users === undefined ? '' : decisions()}  }
}
`;
}

const withoutUsers = `  # Authentication is off: Loki files everything under the tenant "fake", whatever the header says.
  map "" $tenant { default ""; }
`;

function maps(users: NonNullable<NginxConfigOptions['users']>): string {
  const rows = users.flatMap(({ name, tenants }) => [
    ...tenants.map((tenant) => [`${name}:${tenant}`, tenant] as const),
    // Who has one tenant need not name it.
    ...(tenants.length === 1 ? [[`${name}:`, tenants[0]!] as const] : []),
  ]);
  const roles = users.map(({ name, role }) => `    ${quoted(name)} ${role};`);
  const allowed = deeds.map((deed) => {
    const able = (Object.keys(deedsOf) as Role[]).filter((role) => deedsOf[role].includes(deed));
    return `  map "$role:$tenant" ${variableOf(deed)} {\n    "~^(${able.join('|')}):." 1;\n    default 0;\n  }`;
  });
  return `  # User and claimed tenant => tenant. "grafana:a|b" has no row: nobody reads several tenants in one query.
  map "$remote_user:$http_x_scope_orgid" $tenant {
${rows.map(([key, tenant]) => `    ${quoted(key)} ${quoted(tenant)};`).join('\n')}
    default "";
  }

  map $remote_user $role {
${roles.join('\n')}
    default none;
  }

${allowed.join('\n\n')}
`;
}

/** A text of the definition as nginx reads it; a leading ~ would make it a regular expression. */
const quoted = (text: string): string => {
  if (/[\\"$~{}\n]/.test(text)) throw new Error(`${text} cannot stand in an nginx configuration`);
  return `"${text}"`;
};

const variableOf = (deed: Deed): string => `$may_${deed.replace('-', '_')}`;
const decisionOf = (deed: Deed): string => `/_may_${deed.replace('-', '_')}`;

function location(endpoint: Endpoint, { users, backends, readTimeoutSeconds }: NginxConfigOptions): string {
  const { path, methods, deed, side } = endpoint;
  const needed = [...new Set(methods.map((method) => deed(method)))];
  const head = path.startsWith('^') ? `location ~ ${path}` : `location = ${path}`;
  const lines = [
    `limit_except ${methods.join(' ')} { deny all; }`,
    ...(side === 'tail' ? [`proxy_read_timeout ${Math.max(3600, readTimeoutSeconds)}s;`] : []),
    ...(users === undefined ? [] : [`auth_request ${needed.length === 1 ? decisionOf(needed[0]!) : '/_may_rules'};`]),
    `proxy_pass http://${backends[side]}$request_uri;`,
  ];
  return `    ${head} {\n${lines.map((line) => `      ${line}`).join('\n')}\n    }`;
}

/** A subrequest is always a GET, so what the method decides is read from the request line. */
function decisions(): string {
  const decision = (name: string, conditions: readonly string[]) =>
    `\n    location = ${name} {\n      internal;\n${conditions.map((line) => `      ${line}`).join('\n')}\n    }\n`;
  const simple = (deed: Deed) =>
    decision(decisionOf(deed), [`if (${variableOf(deed)}) { return 204; }`, 'return 403;']);
  return [
    ...deeds.filter((deed) => deed === 'push' || deed === 'read' || deed === 'see-rules').map(simple),
    decision('/_may_rules', [
      'set $asked "$may_see_rules:$may_change_rules:$request";',
      'if ($asked ~ "^1:.:GET ") { return 204; }',
      'if ($asked ~ "^.:1:(POST|DELETE) ") { return 204; }',
      'return 403;',
    ]),
  ].join('');
}
