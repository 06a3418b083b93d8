import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConvertOptions, convertPromtail } from './convert-promtail.ts';
import { compareConfigurations } from './test/compare-configurations.ts';

const quiet = 'tracing: {enabled: false}\nserver: {register_instrumentation: false}\n';

function convert(yaml: string, options?: ConvertOptions) {
  return convertPromtail({ name: 'promtail.yaml', text: `${quiet}${yaml}` }, options);
}

/** One job, given by the lines below its name; `expected` is what it becomes, up to layout. */
function job(name: string, lines: string, expected: string, top = ''): void {
  test(name, () => {
    const indented = lines.trim().replaceAll('\n', '\n    ');
    const { text, findings } = convert(`${top}scrape_configs:\n  - job_name: j\n    ${indented}\n`);
    assert.deepEqual(
      findings.filter(({ severity }) => severity === 'error' || severity === 'critical'),
      [],
    );
    const ours = compareConfigurations(text!, expected).filter(({ right }) => right !== undefined);
    assert.deepEqual(ours, [], text ?? '');
  });
}

/** One discovery: the component and its arguments. */
function discovers(kind: string, config: string, component: string, body: string): void {
  job(`${kind} becomes discovery.${component}`, `${kind}:\n  - ${config}`, `discovery.${component} "j" { ${body} }`);
}

discovers(
  'azure_sd_configs',
  '{subscription_id: s, authentication_method: ManagedIdentity, client_id: c, resource_group: g, refresh_interval: 1m}',
  'azure',
  'subscription_id = "s"\nresource_group = "g"\nrefresh_interval = "1m0s"\nmanaged_identity {\nclient_id = "c"\n}\n',
);
discovers(
  'consul_sd_configs',
  '{server: "c:1", token: t, datacenter: d, namespace: n, services: [a], node_meta: {k: v}, allow_stale: false}',
  'consul',
  'server = "c:1"\ntoken = "t"\ndatacenter = "d"\nnamespace = "n"\nservices = ["a"]\nnode_meta = {k = "v"}\nallow_stale = false\n',
);
discovers(
  'digitalocean_sd_configs',
  '{port: 81, bearer_token: t}',
  'digitalocean',
  'port = 81\nauthorization {\ntype = "Bearer"\ncredentials = "t"\n}\n',
);
discovers('dns_sd_configs', '{names: [a.b], type: A, port: 1}', 'dns', 'names = ["a.b"]\ntype = "A"\nport = 1\n');
discovers(
  'ec2_sd_configs',
  '{region: eu-west-1, role_arn: r, profile: p, filters: [{name: n, values: [v]}]}',
  'ec2',
  'region = "eu-west-1"\nrole_arn = "r"\nprofile = "p"\nfilter {\nname = "n"\nvalues = ["v"]\n}\n',
);
discovers('gce_sd_configs', '{project: p, zone: z}', 'gce', 'project = "p"\nzone = "z"\n');
discovers(
  'marathon_sd_configs',
  '{servers: ["https://m"], auth_token: t}',
  'marathon',
  'servers = ["https://m"]\nauth_token = "t"\n',
);
discovers(
  'openstack_sd_configs',
  '{role: hypervisor, region: r, identity_endpoint: "http://i", all_tenants: true, tls_config: {insecure_skip_verify: true}}',
  'openstack',
  'role = "hypervisor"\nregion = "r"\nidentity_endpoint = "http://i"\nall_tenants = true\ntls_config {\ninsecure_skip_verify = true\n}\n',
);
discovers(
  'triton_sd_configs',
  '{account: a, dns_suffix: d, endpoint: e, groups: [g], version: 2}',
  'triton',
  'account = "a"\ndns_suffix = "d"\nendpoint = "e"\ngroups = ["g"]\nversion = 2\n',
);
discovers(
  'nerve_sd_configs',
  '{servers: [s], paths: [/p], timeout: 15s}',
  'nerve',
  'servers = ["s"]\npaths = ["/p"]\ntimeout = "15s"\n',
);
discovers('serverset_sd_configs', '{servers: [s], paths: [/p]}', 'serverset', 'servers = ["s"]\npaths = ["/p"]\n');
discovers(
  'file_sd_configs',
  '{files: [a.json], refresh_interval: 1m}',
  'file',
  'files = ["a.json"]\nrefresh_interval = "1m0s"\n',
);
discovers(
  'dockerswarm_sd_configs',
  '{host: "http://h", role: tasks}',
  'dockerswarm',
  'host = "http://h"\nrole = "tasks"\n',
);
discovers(
  'consulagent_sd_configs',
  '{server: "c:1", services: [a], tls_config: {ca_file: c}}',
  'consulagent',
  'server = "c:1"\nservices = ["a"]\ntls_config {\nca_file = "c"\n}\n',
);

job(
  'pods are those of the node, behind what the file selects',
  'kubernetes_sd_configs:\n  - {role: pod, selectors: [{role: node, field: a=b, label: c=d}]}',
  'discovery.kubernetes "j" {\nselectors {\nrole = "pod"\nlabel = "c=d"\nfield = "a=b,spec.nodeName=" + coalesce(sys.env("HOSTNAME"), constants.hostname)\n}\n}',
);
job(
  'a target of another host is dropped where no node selector does it',
  'kubernetes_sd_configs:\n  - {role: node}\nrelabel_configs:\n  - {source_labels: [x], target_label: __host__}',
  'discovery.relabel "j" {\nrule {\nsource_labels = ["x"]\ntarget_label = "__host__"\n}\nrule {\nsource_labels = ["__host__"]\nregex = "(" + coalesce(sys.env("HOSTNAME"), constants.hostname) + ")?"\naction = "keep"\n}\n}',
);
job(
  "Docker's discovery comes with its source",
  'docker_sd_configs:\n  - {host: "unix:///d.sock", refresh_interval: 5s, basic_auth: {username: u, password_file: f}}',
  'discovery.docker "j" {\nhost = "unix:///d.sock"\n}\nloki.source.docker "j" {\nhost = "unix:///d.sock"\ntargets = discovery.docker.j.targets\nrefresh_interval = "5s"\nrelabel_rules = null\nhttp_client_config {\nbasic_auth {\nusername = "u"\npassword_file = "f"\n}\n}\n}',
);

job(
  'a journal keeps its job, its matches and its position',
  'journal: {max_age: 12h, path: /var/log/journal, matches: _TRANSPORT=kernel, labels: {job: node$1}}',
  'loki.source.journal "j" {\nmax_age = "12h0m0s"\npath = "/var/log/journal"\nmatches = "_TRANSPORT=kernel"\nrelabel_rules = discovery.relabel.j.rules\nlegacy_position {\nfile = "/p.yaml"\nname = "j"\n}\n}\ndiscovery.relabel "j" {\ntargets = []\nrule {\ntarget_label = "job"\nreplacement = "node$$1"\n}\n}',
  'positions: {filename: /p.yaml}\n',
);
job(
  'labels of gelf become rules before those of the file',
  'gelf: {listen_address: "0.0.0.0:1", labels: {a: b}}\nrelabel_configs:\n  - {source_labels: [x], target_label: y}',
  'loki.source.gelf "j" {\nlisten_address = "0.0.0.0:1"\n}\ndiscovery.relabel "j" {\nrule {\ntarget_label = "a"\nreplacement = "b"\n}\nrule {\nsource_labels = ["x"]\ntarget_label = "y"\n}\n}',
);
job(
  'cloudflare applies rules with a component of its own',
  'cloudflare: {api_token: t, zone_id: z, workers: 5, pull_range: 2m, fields_type: all, additional_fields: [f]}\nrelabel_configs:\n  - {action: labeldrop, regex: x}',
  'loki.source.cloudflare "j" {\napi_token = "t"\nzone_id = "z"\nworkers = 5\npull_range = "2m0s"\nfields_type = "all"\nadditional_fields = ["f"]\nforward_to = [loki.relabel.j.receiver]\n}\nloki.relabel "j" {\nrule {\nregex = "x"\naction = "labeldrop"\n}\n}',
);
job(
  'windows events apply rules with a component of their own',
  'windows_events: {eventlog_name: System, xpath_query: "*", bookmark_path: b}\nrelabel_configs:\n  - {source_labels: [a], target_label: b}',
  'loki.source.windowsevent "j" {\neventlog_name = "System"\nlegacy_bookmark_path = "b"\nforward_to = [loki.relabel.j.receiver]\n}',
);
job(
  'kafka keeps the consumer group that Promtail uses by default',
  'kafka: {brokers: ["b:1"], topics: [t], authentication: {type: ssl, tls_config: {ca_file: c}}}',
  'loki.source.kafka "j" {\nbrokers = ["b:1"]\ntopics = ["t"]\ngroup_id = "promtail"\nauthentication {\ntype = "ssl"\ntls_config {\nca_file = "c"\n}\n}\n}',
);
job(
  'Azure event hubs name the one mechanism that Promtail has',
  'azure_event_hubs: {fully_qualified_namespace: n, event_hubs: [h], connection_string: c}',
  'loki.source.azure_event_hubs "j" {\nevent_hubs = ["h"]\ngroup_id = "promtail"\nauthentication {\nmechanism = "connection_string"\nconnection_string = "c"\n}\n}',
);

/** One pipeline stage. */
function stage(yaml: string, expected: string): void {
  job(
    `stage ${yaml}`,
    `pipeline_stages:\n  - ${yaml}\nstatic_configs:\n  - labels: {__path__: /x}`,
    `loki.process "j" { ${expected} }`,
  );
}

stage('cri: {}', 'stage.cri { }');
stage('cri: {max_partial_lines: 5}', 'stage.cri {\nmax_partial_lines = 5\n}');
stage('docker: {}', 'stage.docker { }');
stage('decolorize:', 'stage.decolorize { }');
stage('labeldrop: [a, b]', 'stage.label_drop {\nvalues = ["a", "b"]\n}');
stage('labelallow: [a]', 'stage.label_keep {\nvalues = ["a"]\n}');
stage('static_labels: {a: b}', 'stage.static_labels {\nvalues = {a = "b"}\n}');
stage('labels: {a:, b: c}', 'stage.labels {\nvalues = {a = null, b = "c"}\n}');
stage('non_indexed_labels: {a: b}', 'stage.structured_metadata {\nvalues = {a = "b"}\n}');
stage('output: {source: msg}', 'stage.output {\nsource = "msg"\n}');
stage('tenant: {source: t}', 'stage.tenant {\nsource = "t"\n}');
stage(
  'template: {source: a, template: "{{ .Value }}"}',
  'stage.template {\nsource = "a"\ntemplate = "{{ .Value }}"\n}',
);
stage(
  'timestamp: {source: t, format: RFC3339, fallback_formats: [UnixMs], location: UTC, action_on_failure: skip}',
  'stage.timestamp {\nsource = "t"\nformat = "RFC3339"\nfallback_formats = ["UnixMs"]\nlocation = "UTC"\naction_on_failure = "skip"\naction_on_duplicate_timestamp = "keep"\n}',
);
stage('limit: {rate: "5.5", burst: 10, drop: true}', 'stage.limit {\nrate = 5.5\nburst = 10\ndrop = true\n}');
stage('sampling: {rate: 0.25}', 'stage.sampling {\nrate = 0.25\n}');
stage(
  'multiline: {firstline: "^x", max_wait_time: 5s}',
  'stage.multiline {\nfirstline = "^x"\nmax_wait_time = "5s"\n}',
);
stage('pack: {labels: [a], ingest_timestamp: false}', 'stage.pack {\nlabels = ["a"]\ningest_timestamp = false\n}');
stage(
  'eventlogmessage: {source: m, overwrite_existing: true}',
  'stage.eventlogmessage {\nsource = "m"\noverwrite_existing = true\n}',
);
stage('geoip: {db: d, source: ip, db_type: city}', 'stage.geoip {\ndb = "d"\nsource = "ip"\ndb_type = "city"\n}');
stage(
  'drop: {source: [a, b], separator: "|", expression: x}',
  'stage.drop {\nsource = "a,b"\nseparator = "|"\nexpression = "x"\n}',
);
stage(
  'match: {selector: "{a=\\"b\\"}", action: keep, stages: [{match: {selector: "{c=\\"d\\"}", action: drop, drop_counter_reason: r}}]}',
  'stage.match {\nselector = "{a=\\"b\\"}"\nstage.match {\nselector = "{c=\\"d\\"}"\naction = "drop"\ndrop_counter_reason = "r"\n}\n}',
);
stage(
  'metrics: {b: {type: Gauge, config: {action: inc}}, a: {type: histogram, config: {buckets: [1, 2.5]}}}',
  'stage.metrics {\nmetric.histogram {\nname = "a"\nprefix = "promtail_custom_"\nbuckets = [1, 2.5]\n}\nmetric.gauge {\nname = "b"\nprefix = "promtail_custom_"\naction = "inc"\n}\n}',
);

job(
  'limits stand behind the stages',
  'pipeline_stages:\n  - cri: {}\nstatic_configs:\n  - labels: {__path__: /x}',
  'loki.process "j" {\nstage.cri { }\nstage.limit {\nrate = 5\nburst = 10000\ndrop = true\n}\nstage.drop {\nlonger_than = "8KiB"\ndrop_counter_reason = "line_too_long"\n}\n}',
  'limits_config: {readline_rate_enabled: true, readline_rate: 5, max_line_size: 8KB}\n',
);
job(
  'what Alloy would refuse as zero is left out',
  'pipeline_stages:\n  - multiline: {firstline: x}\nstatic_configs:\n  - labels: {__path__: /x}',
  'loki.process "j" {\nstage.multiline {\nfirstline = "x"\n}\n}',
);
job(
  'sources of files take what the file says about reading',
  'static_configs:\n  - labels: {__path__: /x}',
  'loki.source.file "j" {\nfile_watch {\nmin_poll_frequency = "1s"\n}\nfile_match {\nenabled = true\nsync_period = "30s"\n}\nlegacy_positions_file = "/p.yaml"\n}',
  'positions: {filename: /p.yaml}\ntarget_config: {sync_period: 30s}\nglobal: {file_watch_config: {min_poll_frequency: 1s, max_poll_frequency: 250ms}}\n',
);

/** Findings of a file: severity, line, column and a part of the text. */
function finds(name: string, yaml: string, ...expected: [place: string, text: RegExp][]): void {
  test(name, () => {
    const { findings, refusals } = convert(yaml);
    const all = [...findings, ...refusals];
    const shown = all.map(({ severity, line, column, message }) => `${severity} ${line}:${column} ${message}`);
    expected.forEach(([place, text]) => {
      assert.ok(
        all.some((one, i) => `${one.severity} ${one.line}:${one.column}` === place && text.test(shown[i]!)),
        shown.join('\n'),
      );
    });
  });
}

finds('an unknown key', 'postions: {}\n', ['critical 3:1', /line 3: field postions not found in type config.plain$/]);
finds('text that is no YAML', 'a: [\n', ['critical 4:1', /yaml:/]);
finds('an unknown key in a job', 'scrape_configs:\n  - job_nam: x\n', [
  'critical 4:5',
  /field job_nam not found in type scrapeconfig.plain/,
]);
finds('a value of the wrong kind', 'scrape_configs:\n  - job_name: x\n    journal: {json: [1]}\n', [
  'critical 5:21',
  /cannot unmarshal !!seq into bool/,
]);
finds(
  'an unknown stage',
  'scrape_configs:\n  - pipeline_stages: [{nope: {}}]\n    static_configs: [{labels: {__path__: x}}]\n',
  ['error 4:24', /pipeline stage: nope/],
);
finds(
  'a stage with two keys',
  'scrape_configs:\n  - pipeline_stages: [{cri: {}, docker: {}}]\n    static_configs: [{}]\n',
  ['critical 4:23', /one key/],
);
finds(
  'a key that Promtail ignores',
  'scrape_configs:\n  - pipeline_stages: [{json: {expresions: {}}}]\n    static_configs: [{}]\n',
  ['warning 4:31', /expresions is unknown/],
);
finds(
  'a stage that Alloy refuses',
  'scrape_configs:\n  - pipeline_stages: [{regex: {expression: "("}}]\n    static_configs: [{}]\n',
  ['error 4:24', /Alloy refuses stage.regex/],
);
finds(
  'jobs whose labels collide',
  'scrape_configs:\n  - {job_name: a-b, static_configs: [{}]}\n  - {job_name: a_b, static_configs: [{}]}\n',
  ['critical 5:1', /duplicate label after conversion.*a_b/],
);
finds(
  'settings without an equal',
  'wal: {enabled: true}\ntarget_config: {stdin: true}\n',
  ['error 3:16', /wal/],
  ['error 4:24', /standard input/],
);
finds(
  'a server key that Alloy does not have',
  'scrape_configs:\n  - job_name: x\n    loki_push_api: {server: {http_path_prefix: /x}}\n',
  ['error 5:30', /http_path_prefix of loki_push_api/],
);
finds(
  'another authentication of Azure',
  'scrape_configs:\n  - azure_sd_configs: [{authentication_method: Kerberos}]\n',
  ['critical 4:48', /Kerberos/],
);
finds('an unknown syslog format', 'scrape_configs:\n  - syslog: {syslog_format: cef}\n', ['critical 4:29', /cef/]);
finds(
  'an unknown kind of metric',
  'scrape_configs:\n  - pipeline_stages: [{metrics: {m: {type: meter}}}]\n    static_configs: [{}]\n',
  ['error 4:34', /metric m has the type 'meter'/],
);
finds(
  'a word that Promtail reads as a boolean',
  'scrape_configs:\n  - pipeline_stages: [{drop: {expression: no}}]\n    static_configs: [{}]\n',
  ['warning 4:43', /bare word no/],
);
finds('references to the environment', 'clients: [{url: "http://${HOST}"}]\n', [
  'info 1:1',
  /\$\{HOST\} is kept as text/,
]);

test('an empty file is an empty configuration', () => {
  const { text, findings } = convertPromtail({ name: 'promtail.yaml', text: '' });
  assert.equal(text, '\n');
  assert.ok(findings.every(({ severity }) => severity === 'warning'));
});

test('values of the environment are put in before the file is read', () => {
  const { text } = convert('clients: [{url: "http://${HOST:-loki}:${PORT}", timeout: ${TIMEOUT}}]\n', {
    environment: { kind: 'values', variables: { PORT: '3100', TIMEOUT: '20s' } },
  });
  assert.match(text!, /url += "http:\/\/loki:3100"\n\t\tremote_timeout = "20s"/);
});

for (const environment of [{ kind: 'values', variables: {} }, { kind: 'references' }] as const) {
  test(`backslashes are doubled in a file for expansion (${environment.kind})`, () => {
    const stage = "pipeline_stages: [{regex: {expression: '(?P<a>\\\\d)'}}]";
    const { text } = convert(`scrape_configs:\n  - ${stage}\n    static_configs: [{}]\n`, { environment });
    assert.match(text!, /expression = "\(\?P<a>\\\\d\)"/);
  });
}

test('an expansion that Promtail refuses is named with its place', () => {
  const { findings, text } = convert('clients: [{url: "${A"}]\n', { environment: { kind: 'values', variables: {} } });
  assert.equal(text, undefined);
  assert.deepEqual(
    findings.map(({ line, column }) => `${line}:${column}`),
    ['3:18'],
  );
});

test('references to the environment become calls', () => {
  const { text } = convert('clients: [{url: "http://${HOST:-loki}/${1}"}]\n', { environment: { kind: 'references' } });
  assert.match(text!, /url = "http:\/\/" \+ coalesce\(sys\.env\("HOST"\), "loki"\) \+ "\/\$\{1\}"/);
});

test('comments stand where their line went', () => {
  const { text } = convertPromtail({
    name: 'promtail.yaml',
    text: `# of the file
server: {register_instrumentation: false} # not needed
# no spans
tracing: {enabled: false}
clients:
  # of the client
  - url: http://loki # of the URL
scrape_configs:
  # of the job
  - job_name: j
    static_configs:
      - labels:
          # of the path
          __path__: /x # behind it
    pipeline_stages:
      # of the stage
      - cri: {}
# the end
`,
  });
  assert.equal(
    text,
    `// of the file
// register_instrumentation: not needed
// tracing: no spans

// of the job
loki.process "j" {
	forward_to = [loki.write.default.receiver]

	// of the stage
	stage.cri { }
}

loki.source.file "j" {
	targets = [{
		__address__ = "localhost",
		// of the path
		__path__ = "/x", // behind it
	}]
	forward_to = [loki.process.j.receiver]

	file_match {
		enabled = true
	}
	legacy_positions_file = "/var/log/positions.yaml"
}

// of the client
loki.write "default" {
	endpoint {
		url = "http://loki" // of the URL
	}
	external_labels = {}
}
// the end
`,
  );
});

test('one client for each, the deprecated one last', () => {
  const { text } = convert(
    'client: {url: "http://c"}\nclients: [{url: "http://a", tenant_id: t}, {url: "http://b"}]\n',
  );
  assert.deepEqual(
    [...text!.matchAll(/loki\.write "(\w+)"|url += "([^"]+)"/g)].map(([, label, url]) => label ?? url),
    ['default', 'http://a', 'default_2', 'http://b', 'default_3', 'http://c'],
  );
});
