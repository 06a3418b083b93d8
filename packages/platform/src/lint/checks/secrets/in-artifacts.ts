import type { Check, CheckFinding } from '../../check.ts';

/** Keys whose values are secrets, unless they say where the secret is. */
const secretKey =
  /(?:^|[_-])(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|routing[_-]?key|credentials?)$/i;
const camelSecretKey = /(?:Password|Secret|Token|ApiKey|AccessKey|SecretKey|PrivateKey|RoutingKey)$/;

/** Values that are secrets wherever they stand: keys of AWS, GitHub, Slack, Stripe, private keys, URLs with a password. */
const secretValue =
  /AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|xox[abprs]-[A-Za-z0-9-]{10,}|hooks\.slack\.com\/services\/[A-Z0-9]+\/|sk_live_[0-9A-Za-z]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY|[a-z]+:\/\/[^\s/:@]+:[^\s/@]+@/;

/** A reference: a file, a variable, a name of a Secret. */
const reference = /^(?:\$|\/|\{\{)|^$/;

export const inArtifacts: Check = {
  id: 'secrets/in-artifacts',
  severity: 'error',
  title: 'No artifact holds a secret',
  reason: 'What is rendered is checked in and read by everybody. A secret in a repository is a secret no more.',
  fix: 'Put it into a Kubernetes Secret and name that: names.gatewaySecret, names.credentialsSecret, objectStore.credentialsSecret, urlFile.',
  traps: ['T15'],
  find(input) {
    const findings: CheckFinding[] = [];
    for (const { path, text } of input.artifacts) {
      if (path.endsWith('.hcl') || path.includes('/templates/')) continue;
      const literal = secretValue.exec(path.endsWith('.alloy') ? withoutExpressions(text) : text)?.[0];
      if (literal !== undefined)
        findings.push({
          message: `${path} holds a secret: ${literal.slice(0, 6)}…`,
          at: '',
          in: { path, text: literal },
        });
      if (!/[.](yaml|yml|json)$/.test(path)) continue;
      for (const document of input.documents(path))
        for (const key of literalSecrets(document))
          findings.push({ message: `${path}: ${key.path} is written out`, at: '', in: { path, text: `${key.name}:` } });
    }
    return findings;
  },
};

/** Patterns of the redaction look like what they find. */
const withoutExpressions = (configAlloy: string): string =>
  configAlloy.replaceAll(/(?:expression|replace)\s*= (?:`[^`]*`|"(?:[^"\\]|\\.)*")/g, '');

function literalSecrets(value: unknown, path = ''): { readonly name: string; readonly path: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, entry]) => {
    const at = path === '' ? name : `${path}.${name}`;
    if (
      typeof entry === 'string' &&
      (secretKey.test(name) || camelSecretKey.test(name)) &&
      !reference.test(entry) &&
      !/^existing|Secret$/.test(name)
    )
      return [{ name, path: at }];
    return literalSecrets(entry, at);
  });
}
