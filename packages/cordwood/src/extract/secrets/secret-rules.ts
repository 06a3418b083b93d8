/**
 * What secrets look like, from the formats that their issuers publish. A rule finds candidates by an expression; its secret is
 * the first group that took part, or the whole match. A rule whose expression is not telling by itself asks for entropy.
 *
 * Ids are the names that secret scanners commonly use, because replacement texts show them (`$SECRET_NAME`).
 */
export interface SecretRule {
  readonly id: string;
  readonly description: string;
  /** RE2. */
  readonly expression: string;
  /** The group that holds the secret; else the first group that is not empty, else the whole match. */
  readonly secretGroup?: number;
  /** Shannon entropy in bits per character that the secret must exceed. */
  readonly minEntropy?: number;
  /** Lower case; one of them must stand in the text, in any case. Empty: no such condition. */
  readonly keywords: readonly string[];
  /** Secrets that match one of these expressions (unanchored) are none: placeholders and examples. */
  readonly allowed?: readonly string[];
  /** Exceptions in the way of a gitleaks configuration. */
  readonly allowances?: readonly SecretAllowance[];
}

/** What is no secret although a rule found it. */
export interface SecretAllowance {
  /** What `expressions` look at: the secret, all that the rule matched, or the whole text. */
  readonly target: 'secret' | 'match' | 'line';
  /** RE2, unanchored. */
  readonly expressions: readonly string[];
  /** Lower case; the secret contains one of them, in any case. */
  readonly stopwords: readonly string[];
  /** Must an expression and a stopword both apply? Else one of them is enough. */
  readonly all: boolean;
}

/** What cannot go on with another character of a token. */
const end = '(?:[^0-9A-Za-z_-]|$)';
/** `name = "value"`, `name: value`, `"name":"value"`, `name=value`: what stands between name and value. */
const assigns = `["']?[ \\t]{0,5}(?:=|:|:=|=>)[ \\t]{0,5}["'\`]?`;

/** A key of a vendor that is told by its first characters. */
function prefixed(
  id: string,
  description: string,
  expression: string,
  keyword: string,
  more: Partial<SecretRule> = {},
): SecretRule {
  return { id, description, expression: `\\b(${expression})${end}`, keywords: [keyword], ...more };
}

/** A value that only the name before it tells to be a secret. */
function named(id: string, description: string, name: string, value: string, keyword: string): SecretRule {
  return {
    id,
    description,
    expression: `(?i)${name}[0-9a-z_.\\t -]{0,20}${assigns}(${value})${end}`,
    minEntropy: 3,
    keywords: [keyword],
  };
}

export const secretRules: readonly SecretRule[] = [
  {
    id: 'private-key',
    description: 'Private key in PEM form',
    expression:
      '-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----[\\s\\S]{16,}?(?:-----END[ A-Z0-9_-]{0,100}-----|$)',
    keywords: ['private key'],
  },
  prefixed('aws-access-token', 'AWS access key id', '(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}', 'a', {
    keywords: ['akia', 'asia', 'abia', 'acca', 'a3t'],
    allowed: ['EXAMPLE$'],
  }),
  named('aws-secret-key', 'AWS secret access key', 'aws.{0,20}(?:secret|key)', '[0-9a-z/+=]{40}', 'aws'),
  prefixed('github-pat', 'GitHub personal access token', 'ghp_[0-9A-Za-z]{36}', 'ghp_'),
  prefixed('github-fine-grained-pat', 'GitHub fine-grained token', 'github_pat_[0-9A-Za-z_]{82}', 'github_pat_'),
  prefixed('github-oauth', 'GitHub OAuth token', 'gho_[0-9A-Za-z]{36}', 'gho_'),
  prefixed('github-app-token', 'GitHub app token', '(?:ghu|ghs)_[0-9A-Za-z]{36}', 'gh', { keywords: ['ghu_', 'ghs_'] }),
  prefixed('github-refresh-token', 'GitHub refresh token', 'ghr_[0-9A-Za-z]{36}', 'ghr_'),
  prefixed(
    'gitlab-pat',
    'GitLab personal access token',
    'glpat-[0-9A-Za-z_-]{20,}(?:\\.[0-9a-z]{2}\\.[0-9a-z]{9})?',
    'glpat-',
  ),
  prefixed(
    'gitlab-token',
    'GitLab token of another kind',
    'gl(?:ptt|dt|rt|cbt|soat|ft|imt|agent|oas|rtr)-[0-9A-Za-z_-]{20,}',
    'gl',
    {
      keywords: ['glptt-', 'gldt-', 'glrt-', 'glcbt-', 'glsoat-', 'glft-', 'glimt-', 'glagent-', 'gloas-', 'glrtr-'],
    },
  ),
  prefixed('slack-token', 'Slack token', 'xox[abeoprs]-[0-9A-Za-z-]{10,250}', 'xox'),
  prefixed('slack-app-token', 'Slack app token', 'xapp-\\d-[0-9A-Z]+-\\d+-[0-9a-z]+', 'xapp-'),
  {
    id: 'slack-webhook-url',
    description: 'Slack webhook',
    expression: '(https?://hooks\\.slack\\.com/(?:services|workflows|triggers)/[0-9A-Za-z+/]{30,60})',
    keywords: ['hooks.slack.com'],
  },
  {
    id: 'discord-webhook-url',
    description: 'Discord webhook',
    expression: '(https?://(?:\\w+\\.)?discord(?:app)?\\.com/api/webhooks/\\d{15,22}/[0-9A-Za-z_-]{60,80})',
    keywords: ['/api/webhooks/'],
  },
  {
    id: 'microsoft-teams-webhook',
    description: 'Microsoft Teams webhook',
    expression:
      '(https://[0-9a-z.-]+\\.webhook\\.office\\.com/webhookb2/[0-9a-f@/-]{36,110}/IncomingWebhook/[0-9a-z]{32}/[0-9a-f-]{36})',
    keywords: ['webhook.office.com'],
  },
  prefixed('stripe-access-token', 'Stripe key', '(?:sk|rk|pk)_(?:test|live|prod)_[0-9A-Za-z]{10,99}', '_', {
    keywords: ['_test_', '_live_', '_prod_'],
  }),
  {
    id: 'stripe-webhook-secret',
    description: 'Stripe webhook secret',
    expression: `\\b(whsec_[0-9A-Za-z+/]{32,})`,
    keywords: ['whsec_'],
  },
  prefixed('gcp-api-key', 'Google API key', 'AIza[0-9A-Za-z_-]{35}', 'aiza'),
  prefixed('google-oauth-token', 'Google OAuth access token', 'ya29\\.[0-9A-Za-z_-]{20,}', 'ya29.'),
  prefixed('google-oauth-client-secret', 'Google OAuth client secret', 'GOCSPX-[0-9A-Za-z_-]{28}', 'gocspx-'),
  {
    id: 'azure-storage-key',
    description: 'Azure storage account key',
    expression: '(?i)accountkey=([0-9a-z+/]{86}==)',
    keywords: ['accountkey='],
  },
  prefixed('azure-ad-client-secret', 'Azure AD client secret', '[0-9A-Za-z_~.]{3}\\dQ~[0-9A-Za-z_~.-]{31,34}', 'q~'),
  {
    id: 'azure-sas-signature',
    description: 'Signature of an Azure shared access link',
    expression: '[?&]sig=([0-9A-Za-z%/+]{40,100}(?:%3[Dd]|=))',
    keywords: ['sig='],
  },
  prefixed('sendgrid-api-token', 'SendGrid API key', 'SG\\.[0-9A-Za-z_-]{22}\\.[0-9A-Za-z_-]{43}', 'sg.'),
  prefixed('twilio-api-key', 'Twilio API key', 'SK[0-9a-f]{32}', 'sk', { minEntropy: 3 }),
  prefixed('mailgun-private-api-token', 'Mailgun private key', 'key-[0-9a-f]{32}', 'key-'),
  prefixed('mailchimp-api-key', 'Mailchimp key', '[0-9a-f]{32}-us\\d{1,2}', '-us'),
  prefixed('npm-access-token', 'npm token', 'npm_[0-9A-Za-z]{36}', 'npm_'),
  {
    id: 'pypi-upload-token',
    description: 'PyPI token',
    expression: '(pypi-AgEIcHlwaS5vcmc[0-9A-Za-z_-]{50,1000})',
    keywords: ['pypi-ageichlwas5vcmc'],
  },
  prefixed('rubygems-api-token', 'RubyGems key', 'rubygems_[0-9a-f]{48}', 'rubygems_'),
  prefixed('docker-pat', 'Docker Hub access token', 'dckr_(?:pat|oat)_[0-9A-Za-z_-]{20,60}', 'dckr_'),
  {
    id: 'jwt',
    description: 'JSON web token',
    expression: `\\b(ey[0-9A-Za-z_-]{17,}\\.ey[0-9A-Za-z_-]{17,}\\.[0-9A-Za-z_/+-]{10,}={0,2})`,
    minEntropy: 3,
    keywords: ['ey'],
  },
  prefixed(
    'grafana-service-account-token',
    'Grafana service account token',
    'glsa_[0-9A-Za-z]{32}_[0-9A-Fa-f]{8}',
    'glsa_',
  ),
  {
    id: 'grafana-cloud-api-token',
    description: 'Grafana Cloud token',
    expression: '\\b(glc_[0-9A-Za-z+/]{32,400}={0,3})',
    keywords: ['glc_'],
  },
  {
    id: 'grafana-api-key',
    description: 'Grafana API key',
    expression: '\\b(eyJrIjoi[0-9A-Za-z]{60,400}={0,3})',
    keywords: ['eyjrijoi'],
  },
  prefixed('vault-service-token', 'HashiCorp Vault service token', 'hvs\\.[0-9A-Za-z_-]{24,120}', 'hvs.'),
  prefixed('vault-batch-token', 'HashiCorp Vault batch token', 'hvb\\.[0-9A-Za-z_-]{90,300}', 'hvb.'),
  prefixed(
    'hashicorp-tf-api-token',
    'Terraform Cloud token',
    '[0-9A-Za-z]{14}\\.atlasv1\\.[0-9A-Za-z_=-]{60,70}',
    '.atlasv1.',
  ),
  prefixed('digitalocean-token', 'DigitalOcean token', 'do[opr]_v1_[0-9a-f]{64}', '_v1_'),
  prefixed(
    'doppler-api-token',
    'Doppler token',
    'dp\\.(?:pt|st|ct|sa|scim|audit)\\.(?:[0-9a-z_-]{2,35}\\.)?[0-9A-Za-z]{40,44}',
    'dp.',
  ),
  prefixed('databricks-api-token', 'Databricks token', 'dapi[0-9a-f]{32}(?:-\\d)?', 'dapi'),
  prefixed(
    'openai-api-key',
    'OpenAI key',
    'sk-(?:proj-|svcacct-|admin-)?[0-9A-Za-z_-]{20,100}T3BlbkFJ[0-9A-Za-z_-]{20,100}',
    't3blbkfj',
  ),
  prefixed('anthropic-api-key', 'Anthropic key', 'sk-ant-(?:api|admin)\\d\\d-[0-9A-Za-z_-]{80,120}', 'sk-ant-'),
  prefixed('huggingface-access-token', 'Hugging Face token', '(?:hf|api_org)_[A-Za-z]{34}', 'hf', {
    keywords: ['hf_', 'api_org_'],
  }),
  prefixed('shopify-token', 'Shopify token', 'shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}', 'shp'),
  prefixed('square-access-token', 'Square token', '(?:EAAA|sq0atp-|sq0csp-)[0-9A-Za-z_-]{22,60}', 'square', {
    keywords: ['eaaa', 'sq0atp-', 'sq0csp-'],
    minEntropy: 3,
  }),
  prefixed('telegram-bot-api-token', 'Telegram bot token', '\\d{8,10}:AA[0-9A-Za-z_-]{33}', ':aa'),
  prefixed('newrelic-api-key', 'New Relic key', 'NR(?:AK|JS|II|IQ|RA)-[0-9A-Za-z_-]{19,32}', 'nr', {
    keywords: ['nrak-', 'nrjs-', 'nrii-', 'nriq-', 'nrra-'],
  }),
  prefixed('postman-api-token', 'Postman key', 'PMAK-[0-9a-f]{24}-[0-9a-f]{34}', 'pmak-'),
  prefixed(
    'planetscale-token',
    'PlanetScale token or password',
    'pscale_(?:tkn|pw|oauth)_[0-9A-Za-z_.=-]{32,64}',
    'pscale_',
  ),
  prefixed('pulumi-api-token', 'Pulumi token', 'pul-[0-9a-f]{40}', 'pul-'),
  prefixed('sentry-token', 'Sentry token', 'sntry[su]_[0-9A-Za-z_+/=-]{60,400}', 'sntry'),
  prefixed('linear-api-key', 'Linear key', 'lin_(?:api|oauth)_[0-9A-Za-z]{40,64}', 'lin_'),
  prefixed('notion-api-token', 'Notion token', '(?:ntn_[0-9]{11}[0-9A-Za-z]{35}|secret_[0-9A-Za-z]{43})', 'n', {
    keywords: ['ntn_', 'secret_'],
  }),
  prefixed(
    'age-secret-key',
    'age identity',
    'AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}',
    'age-secret-key-1',
  ),
  prefixed('supabase-token', 'Supabase token', 'sb(?:p|_secret)_[0-9A-Za-z_]{20,60}', 'sb', {
    keywords: ['sbp_', 'sb_secret_'],
  }),
  prefixed(
    '1password-service-account-token',
    '1Password service account token',
    'ops_eyJ[0-9A-Za-z+/]{200,}={0,3}',
    'ops_eyj',
  ),
  {
    id: 'url-password',
    description: 'Password in a URL',
    expression: `\\b[A-Za-z][0-9A-Za-z+.-]{1,20}://[^\\s:@/"'<>]{0,100}:([^\\s@/"'<>]{3,200})@[0-9A-Za-z\\[]`,
    keywords: ['://'],
    allowed: ['^[x*]+$', '^\\$\\{?[A-Za-z_]', '^<', '(?i)^(?:password|redacted)$'],
  },
  {
    id: 'authorization-header',
    description: 'Bearer or basic credentials',
    expression: '(?i)\\b(?:bearer|basic)[ \\t]{1,5}([0-9a-z._~+/-]{16,}={0,3})',
    minEntropy: 3,
    keywords: ['bearer', 'basic'],
  },
  named('datadog-access-token', 'Datadog key', '(?:datadog|dd_(?:api|app))', '[0-9a-f]{32}(?:[0-9a-f]{8})?', 'd'),
  named(
    'heroku-api-key',
    'Heroku key',
    'heroku',
    '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}',
    'heroku',
  ),
  named('cloudflare-api-key', 'Cloudflare key', 'cloudflare', '[0-9a-z_-]{37,40}', 'cloudflare'),
  named('fastly-api-token', 'Fastly token', 'fastly', '[0-9a-z_=-]{32}', 'fastly'),
  named('okta-access-token', 'Okta token', 'okta', '00[0-9a-z_=-]{40}', 'okta'),
  {
    id: 'generic-api-key',
    description: 'A value whose name says that it is a secret',
    expression:
      `(?i)(?:api[_.-]?key|apikey|access[_.-]?token|auth[_.-]?token|client[_.-]?secret|secret[_.-]?key|private[_.-]?key|passwd|password|pwd|secret|token)` +
      `[0-9a-z_.-]{0,20}${assigns}([^\\s"'\`,;&<>{}()\\[\\]]{8,150})`,
    minEntropy: 3.5,
    keywords: ['key', 'secret', 'token', 'pass', 'pwd'],
    allowed: ['^[*x.]+$', '(?i)^(?:true|false|null|none|undefined|redacted|changeme|example)', '^\\$', '^/[a-z]'],
  },
];
