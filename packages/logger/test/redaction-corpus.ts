import { createHash } from 'node:crypto';

/**
 * Lines as services, proxies, drivers and stack traces write them, each with one planted secret, and clean lines full of what
 * merely looks like one. Values are generated from a seed in the vendors' documented shapes; none is real.
 */
export interface PlantedLine {
  readonly kind: string;
  readonly line: string;
  readonly secret: string;
  /** The line as it should be afterwards. */
  readonly expected: string;
  /** The kinds that TR-002 names: no leak is accepted. */
  readonly named: boolean;
}

export interface Random {
  readonly next: () => number;
  readonly below: (limit: number) => number;
  readonly pick: <T>(values: readonly T[]) => T;
  readonly from: (alphabet: string, length: number) => string;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    pick: (values) => values[below(values.length)] as never,
    from: (alphabet, length) => Array.from({ length }, () => alphabet[below(alphabet.length)]).join(''),
  };
}

const digits = '0123456789';
const hex = '0123456789abcdef';
const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const lower = upper.toLowerCase();
const alphanumeric = upper + lower + digits;
const base64url = `${alphanumeric}-_`;

function luhnDigit(body: string): string {
  let sum = 0;
  for (let i = 0; i < body.length; i++) {
    const digit = Number(body[body.length - 1 - i]) * (i % 2 === 0 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return String((10 - (sum % 10)) % 10);
}

function card(random: Random): string {
  const [prefix, length] = random.pick([
    ['4', 16],
    ['4', 13],
    ['51', 16],
    ['55', 16],
    ['2221', 16],
    ['2720', 16],
    ['34', 15],
    ['37', 15],
    ['6011', 16],
    ['65', 16],
    ['3530', 16],
    ['36', 14],
    ['62', 16],
  ] as const);
  const body = prefix + random.from(digits, length - prefix.length - 1);
  const number = body + luhnDigit(body);
  const separator = random.pick(['', '', ' ', '-']);
  if (separator === '' || (length !== 16 && length !== 15)) return number;
  const groups = length === 15 ? [4, 6, 5] : [4, 4, 4, 4];
  const starts = groups.map((_, i) => groups.slice(0, i).reduce((sum, size) => sum + size, 0));
  return groups.map((size, i) => number.slice(starts[i], (starts[i] as number) + size)).join(separator);
}

function iban(random: Random): string {
  const [country, shape] = random.pick([
    ['DE', '9'.repeat(18)],
    ['FR', `${'9'.repeat(10)}${'A'.repeat(11)}99`],
    ['GB', `AAAA${'9'.repeat(14)}`],
    ['NL', `AAAA${'9'.repeat(10)}`],
    ['ES', '9'.repeat(20)],
    ['IT', `A${'9'.repeat(22)}`],
    ['PL', '9'.repeat(24)],
    ['NO', '9'.repeat(11)],
    ['BE', '9'.repeat(12)],
  ] as const);
  const body = [...shape].map((kind) => random.from(kind === '9' ? digits : upper, 1)).join('');
  const numeric = [...`${body}${country}00`].map((char) => Number.parseInt(char, 36)).join('');
  const check = String(98n - (BigInt(numeric) % 97n)).padStart(2, '0');
  const compact = `${country}${check}${body}`;
  return random.pick([true, false]) ? compact : (compact.match(/.{1,4}/g) as string[]).join(' ');
}

const people = ['anna.berg', 'bob', 'j.o-neil', 'maria_silva', 'x.y.z', 'info+esg', 'ops%eu', 'li.wei88', 'søren.holm'];
const hosts = [
  'example.org',
  'mail.nordic-steel.example',
  'acme.co.uk',
  'x.io',
  'sub.domain.example.com',
  'grün.example',
];

const values: Readonly<Record<string, (random: Random) => string>> = {
  email: (random) => `${random.pick(people)}@${random.pick(hosts)}`,
  bearer: (random) =>
    random.pick([
      () => random.from(base64url, 32),
      () => random.from(hex, 40),
      () => `${random.from(alphanumeric, 12)}.${random.from(base64url, 24)}`,
    ])(),
  'vendor key': (random) =>
    random.pick([
      () => `sk_live_${random.from(alphanumeric, 24)}`,
      () => `gl_live_${random.from(alphanumeric, 20)}`,
      () => `sk-proj-${random.from(base64url, 48)}`,
      () => `sk-ant-api03-${random.from(base64url, 80)}`,
      () => `xoxb-${random.from(digits, 12)}-${random.from(alphanumeric, 24)}`,
      () => `AIza${random.from(base64url, 35)}`,
      () => `SG.${random.from(base64url, 22)}.${random.from(base64url, 43)}`,
      () => `glpat-${random.from(base64url, 20)}`,
      () => `npm_${random.from(alphanumeric, 36)}`,
      () => `hvs.${random.from(base64url, 24)}`,
      () => `glsa_${random.from(alphanumeric, 32)}_${random.from(hex, 8)}`,
      () => `shpat_${random.from(hex, 32)}`,
      () => `dapi${random.from(hex, 32)}`,
    ])(),
  'github token': (random) =>
    random.pick([
      () => `${random.pick(['ghp', 'gho', 'ghs', 'ghu', 'ghr'])}_${random.from(alphanumeric, 36)}`,
      () => `github_pat_${random.from(alphanumeric, 22)}_${random.from(alphanumeric, 59)}`,
    ])(),
  'aws key id': (random) => `${random.pick(['AKIA', 'ASIA', 'AROA'])}${random.from(upper + digits, 16)}`,
  'aws secret': (random) => `${random.from(`${alphanumeric}/+`, 38)}7Q`,
  jwt: (random) => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${part({ alg: random.pick(['HS256', 'RS256', 'EdDSA']), typ: 'JWT' })}.${part({ sub: random.from(lower, 8), exp: 1_800_000_000 + random.below(1e6) })}.${random.from(base64url, 43)}`;
  },
  card,
  iban,
  'private key': (random) => {
    const type = random.pick(['RSA PRIVATE KEY', 'PRIVATE KEY', 'EC PRIVATE KEY', 'OPENSSH PRIVATE KEY']);
    return `-----BEGIN ${type}-----\n${Array.from({ length: 3 }, () => random.from(`${alphanumeric}+/`, 64)).join('\n')}\n-----END ${type}-----`;
  },
  'url password': (random) => `${random.pick(['app', 'svc-logs', 'admin'])}:${random.from(`${alphanumeric}!$*`, 14)}`,
  password: (random) =>
    random.pick([
      () => random.from(`${alphanumeric}!#%*+`, 12),
      () => `${random.from(lower, 6)}-${random.from(lower, 6)}-${random.from(digits, 2)}`,
    ])(),
  'query token': (random) => random.from(alphanumeric, 30) + random.from(digits, 2),
  'basic auth': (random) => Buffer.from(`${random.from(lower, 6)}:${random.from(alphanumeric, 12)}`).toString('base64'),
  ipv4: (random) =>
    Array.from({ length: 4 }, (_, i) => (i === 0 ? 10 + random.below(200) : random.below(256))).join('.'),
  ipv6: (random) =>
    random.pick([
      () => Array.from({ length: 8 }, () => (0x1000 + random.below(0xe000)).toString(16)).join(':'),
      () => `2001:db8:${random.from(hex.slice(1), 3)}::${random.from(hex.slice(1), 4)}`,
    ])(),
};

/** `§` is the secret. What stands around it is what real lines have there. */
const anywhere = [
  '§',
  'sent to § at 12:00',
  'value (§) rejected',
  '"§"',
  "got '§' instead",
  'a=1 b=§ c=3',
  '[§]',
  '2026-11-24T10:00:00Z ERROR failed for §: timeout after 3000ms',
  '{"level":"INFO","event":"x","data":{"note":"§"}}',
  '{"level":"ERROR","event":"failed for §","data":{"n":1}}',
  '{"msg":"first line\\n§\\nlast line"}',
  '{"body":"{\\"note\\":\\"§\\",\\"n\\":1}"}',
  'Error: cannot process §\n    at handle (/srv/app/index.js:10:5)',
  '{"error":{"message":"bad input: §","stack":"Error: bad input: §\\n    at f (a.ts:1:1)"}}',
  'ts=2026-11-24T10:00:00Z level=info msg="done with §" duration=12ms',
  "INSERT INTO t VALUES (7, '§', NULL)",
  'id;name;value\n7;x;§',
  '<field name="x">§</field>',
  'key\t§\tend',
  'list: §, other',
];

/** Contexts that a kind of its own has. */
const contexts: Readonly<Record<string, readonly string[]>> = {
  email: [
    'From: A B <§>',
    'mailto:§',
    'user §, role admin',
    'GET /users/§/reports 200',
    '{"email_address":"§"}',
    'to=§&cc=none',
    'customer § signed in',
  ],
  bearer: [
    'Authorization: Bearer §',
    '{"headers":{"authorization":"Bearer §"}}',
    '> authorization: bearer § ',
    'curl -H "Authorization: Bearer §" https://api',
    "headers: { authorization: 'Bearer §' }",
    '{"req":"{\\"Authorization\\":\\"Bearer §\\"}"}',
    'using Bearer § for upstream',
    'grpc-metadata-authorization=Bearer §',
  ],
  'aws secret': [
    'aws_secret_access_key=§',
    'AWS_SECRET_ACCESS_KEY: §',
    '{"SecretAccessKey":"§"}',
    'secret_access_key = "§"',
    'export AWS_SECRET_ACCESS_KEY=§',
    '{"env":"AWS_SECRET_ACCESS_KEY=§"}',
  ],
  'private key': ['§', 'loaded key:\n§\nok', 'key="§"'],
  'url password': [
    'postgres://§@db.internal:5432/app',
    'connecting to redis://§@cache:6379/0',
    '{"dsn":"mysql://§@db.internal/x"}',
    'https://§@registry.example/v2/',
    'amqps://§@mq:5671/%2f refused',
    'proxy http://§@proxy.corp:3128',
  ],
  password: [
    'password=§',
    'db_password=§ host=x',
    'PASSWORD: §',
    '{"password":"§"}',
    '{"user":"a","dbPassword":"§"}',
    'passwd=§;',
    "login(user='a', password='§')",
    'passphrase: §',
    '{"cfg":"{\\"password\\":\\"§\\"}"}',
    'jdbc:x?user=a&password=§&ssl=true',
  ],
  'query token': [
    'GET /v1/x?token=§ HTTP/1.1',
    'GET /v1/x?a=1&api_key=§&b=2',
    '/cb?access_token=§',
    '{"url":"https://h/p?apikey=§"}',
    'secret=§',
    '{"api_key":"§"}',
    '{"X-Api-Key":"§"}',
    'token: §',
    'client_secret=§',
  ],
  'basic auth': [
    'Authorization: Basic §',
    '{"authorization":"Basic §"}',
    "authorization='Basic §'",
    'proxy-authorization: Basic §',
  ],
};
const noAnywhere = new Set([
  'bearer',
  'aws secret',
  'private key',
  'url password',
  'password',
  'query token',
  'basic auth',
]);

const tags: Readonly<Record<string, string>> = { email: 'EMAIL', card: 'CC', iban: 'IBAN', ipv4: 'IP', ipv6: 'IP' };
const named = new Set([
  'email',
  'bearer',
  'vendor key',
  'github token',
  'aws key id',
  'aws secret',
  'jwt',
  'card',
  'query token',
  'basic auth',
]);

/** `perKind` lines of each of the sixteen kinds. */
export function plantedLines(seed: number, perKind: number): PlantedLine[] {
  const random = createRandom(seed);
  const lines: PlantedLine[] = [];
  for (const [kind, create] of Object.entries(values)) {
    const own = contexts[kind] ?? [];
    const all = noAnywhere.has(kind) ? own : [...own, ...anywhere];
    for (let i = 0; i < perKind; i++) {
      const secret = create(random);
      const context = all[i % all.length] as string;
      const tag = `[REDACTED_${tags[kind] ?? 'KEY'}]`;
      // The same text as JSON writes it, where the context is JSON.
      const written = context.startsWith('{') && secret.includes('\n') ? JSON.stringify(secret).slice(1, -1) : secret;
      lines.push({
        kind,
        secret: written,
        line: context.replaceAll('§', () => written),
        expected: expectedLine(context, tag),
        named: named.has(kind),
      });
    }
  }
  return lines;
}

/** A key that names a secret hides the whole value, with the scheme before it. */
function expectedLine(context: string, tag: string): string {
  return context
    .replace(/"(authorization)":"(?:Bearer|Basic) §"/i, '"$1":"§"')
    .replace(/\\"(Authorization)\\":\\"Bearer §\\"/, '\\"$1\\":\\"§\\"')
    .replaceAll('§', () => tag);
}

/** Clean lines: ids, hashes, versions, addresses of code, numbers, prose about tokens and passwords. */
export function cleanLines(seed: number, count: number): string[] {
  const random = createRandom(seed);
  const uuid = () =>
    `${random.from(hex, 8)}-${random.from(hex, 4)}-4${random.from(hex, 3)}-a${random.from(hex, 3)}-${random.from(hex, 12)}`;
  const sha = () => createHash('sha256').update(String(random.next())).digest('hex');
  const time = () => new Date(1_790_000_000_000 + random.below(1e9)).toISOString();
  const number = (size: number) => `1${random.from(digits, size - 1)}`;
  const makers: (() => string)[] = [
    () =>
      `{"timestamp":"${time()}","level":"INFO","event":"emission_calculated","trace_id":"${random.from(hex, 32)}","span_id":"${random.from(hex, 16)}","duration_ms":${(random.next() * 1000).toFixed(3)},"data":{"tonnes":${random.next() * 1000}}}`,
    () => `${time()} stdout F GET /v1/reports/${uuid()} ${random.pick(['200', '404', '503'])} ${random.below(900)}ms`,
    () => `pulled registry.example/app@sha256:${sha()} in ${random.below(9)}.${random.below(9)}s`,
    () => `commit ${sha().slice(0, 40)} by build-bot on refs/heads/main`,
    () => `epoch_ns=${number(19)} epoch_us=${number(16)} epoch_ms=${number(13)}`,
    () => `order ${random.from(digits, 12)} invoice ${random.from(digits, 10)} qty ${random.below(1000)}`,
    () => `token bucket refilled: tokens=${random.below(100)} burst=${random.below(100)}`,
    () => `prompt_tokens: ${random.below(4000)}, completion_tokens: ${random.below(4000)}, max_tokens: 4096`,
    () =>
      random.pick([
        'password changed for user 7',
        'password expired',
        'the token is expired',
        'secret rotated',
        'API key created',
        'missing bearer token',
        'Bearer authentication required',
        'authorization denied by policy',
        'invalid signature',
        'no credentials given',
      ]),
    () =>
      `at Object.<anonymous> (/srv/app/node_modules/@nestjs/core/router.js:${random.below(900)}:${random.below(90)})`,
    () =>
      `installed @nestjs/core@12.${random.below(9)}.${random.below(9)} and hono@4.1.${random.below(20)} in ${random.below(60)}s`,
    () =>
      `pod csrd-agent-${random.from(hex, 9)}-${random.from(lower + digits, 5)} on ip-10-0-${random.below(255)}-${random.below(255)}.eu-central-1.compute.internal`,
    () =>
      `user_agent="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/1${random.below(90)}.0.0.0 Safari/537.36"`,
    () =>
      `lat=${(random.next() * 90).toFixed(13)} lon=${(random.next() * 180).toFixed(14)} area=${random.next() * 10_000}`,
    () =>
      `{"ratio":0.${random.from(digits, 16)},"value":${random.next()},"sum":4${random.from(digits, 2)}.${random.from(digits, 13)}}`,
    () =>
      `https://api.example.org:8443/v2/items?page=${random.below(99)}&sort=name&cursor=${random.from(alphanumeric, 20)}`,
    () => `mem 0x${random.from(hex, 16)} rss=${random.below(1e9)} heap=${random.below(1e9)}`,
    () => `etag W/"${random.from(hex, 8)}-${random.from(alphanumeric, 27)}" max-age=3600`,
    () => `cn_code=${random.from(digits, 8)} certificates=${random.below(90)} declarant=tenant-nordic-steel`,
    () =>
      `event emission_calculation_timed_out logger greenlang.agents.csrd service csrd-agent-worker-pool-${random.below(99)}`,
    () => `traceparent 00-${random.from(hex, 32)}-${random.from(hex, 16)}-01 sampled`,
    () => `{"request_id":"req-${random.from(hex, 32)}","session":"${uuid()}","count":${random.below(1e9)}}`,
    () => `cron 0 ${random.below(24)} * * * next run in ${random.below(59)}m${random.below(59)}s at ${time()}`,
    () => `rule {service="csrd-agent"} |= "failed" | json event="event" took ${random.next().toFixed(4)}s`,
    () =>
      `disk /dev/nvme0n1p1 ${random.below(99)}% used, inode ${random.below(1e8)}, serial S4EWNX0N${random.from(digits, 6)}K`,
    () =>
      `phone extension ${random.from(digits, 4)}, room ${random.from(upper, 1)}${random.below(300)}, PO 4${random.from(digits, 6)}`,
    () => `retry ${random.below(9)} of 10 for task-force-planning-and-scheduling-service in ${random.below(999)}ms`,
    () => `SELECT id, name FROM plots WHERE country = 'BR' AND hectares > ${random.below(90)} LIMIT 100`,
    () =>
      `${random.from(digits, 1)} warnings: deprecated option "auth" (use "credentials" instead), see docs/auth.md#api-keys`,
    () => `config loaded: log.level=info http.port=3100 auth.enabled=true token.ttl=15m password.min_length=12`,
  ];
  return Array.from({ length: count }, (_, i) => (makers[i % makers.length] as () => string)());
}
