import { randomInt } from 'node:crypto';
import { type Check, type Criterion, failed, judged, listed, notJudged, passed } from '../criterion.ts';
import { ownNamespace, sendOtlp } from '../otlp-record.ts';
import { eventually, lastSpan, markerLabel, runSpan, type Stack } from '../stack.ts';

export const redaction: Criterion = {
  number: 5,
  title: 'Sensitive data (emails, API keys, CC numbers) redacted before ingestion',
  judge: async (stack) => [...(await judgePlanted(stack)), await judgeLeaks(stack)],
};

interface Secret {
  readonly kind: string;
  readonly value: string;
  readonly mark: string;
}

/** Made for this run and worth nothing: reserved domains, a test range of card numbers, keys of random letters. */
function plantSecrets(runId: string): Secret[] {
  return [
    { kind: 'e-mail', value: `verify.${runId}@example.org`, mark: '[REDACTED_EMAIL]' },
    { kind: 'API key', value: ['gl', 'live', randomText(24)].join('_'), mark: '[REDACTED_KEY]' },
    { kind: 'AWS key', value: `AKIA${randomText(16).toUpperCase()}`, mark: '[REDACTED_KEY]' },
    { kind: 'bearer token', value: `${randomText(20)}0${randomText(20)}`, mark: '[REDACTED_KEY]' },
    { kind: 'card number', value: cardNumber(), mark: '[REDACTED_CC]' },
    { kind: 'card number in groups', value: cardNumber().replace(/(....)(?=.)/g, '$1 '), mark: '[REDACTED_CC]' },
  ];
}

function randomText(length: number): string {
  const letters = 'abcdefghijkmnopqrstuvwxyz23456789';
  return Array.from({ length }, () => letters[randomInt(letters.length)]).join('');
}

/** Sixteen digits of a test range (4000 00…) whose check digit is right: without it nothing is taken for a card. */
function cardNumber(): string {
  const digits = `400000${String(randomInt(1_000_000_000)).padStart(9, '0')}`;
  const sum = [...digits].reduce((total, digit, i) => {
    const doubled = Number(digit) * (i % 2 === 0 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

async function judgePlanted(stack: Stack): Promise<Check[]> {
  const what = 'planted secrets are redacted on their way through the agent';
  const { otlp } = stack.endpoints;
  if (otlp === undefined) return [notJudged(what, "--otlp: the agent's OTLP receiver over HTTP")];
  const own = ownNamespace(stack.environment);
  if (own === undefined) return [notJudged(what, 'a tenant with a namespace')];
  const secrets = plantSecrets(stack.runId);
  const [email, apiKey, awsKey, bearer, card, groups] = secrets as [Secret, Secret, Secret, Secret, Secret, Secret];
  const body = JSON.stringify({
    timestamp: new Date(Number(stack.clock.nowNs() / 1_000_000n)).toISOString(),
    level: 'INFO',
    event: `verify ${stack.runId}: order of ${email.value}`,
    logger: 'cordwood.verify',
    service: 'cordwood-verify',
    version: '1.0.0',
    environment: 'acceptance',
    data: {
      headers: { 'x-api-key': apiKey.value, authorization: `Bearer ${bearer.value}` },
      note: `key ${awsKey.value}, card ${groups.value}`,
      card: card.value,
      kept: `kept-${stack.runId}`,
    },
  });
  const record = { serviceName: 'cordwood-verify', namespace: own.namespace, body };
  const sent = await sendOtlp(stack, otlp, {
    ...record,
    attributes: { [markerLabel]: stack.runId, contact: email.value },
  });
  if (sent.status !== 200) return [failed(what, `OTLP at ${otlp}: ${sent.status || 'no answer'} ${sent.text}`)];
  const query = `{service_name=~".+"} |= "verify ${stack.runId}"`;
  stack.leave(own.tenant, query);
  const found = await eventually(
    stack,
    stack.settings.waitMs,
    () => stack.loki.entries(own.tenant, query, runSpan(stack), 10),
    (entries) => entries.length > 0,
  );
  if (found.length === 0) return [failed(what, `the record was taken and is not in ${own.tenant}`)];
  const seen = JSON.stringify(found.map(({ line, labels }) => [line, labels]));
  const open = secrets.filter(({ value }) => seen.includes(value));
  const unmarked = [...new Set(secrets.map(({ mark }) => mark))].filter((mark) => !seen.includes(mark));
  return [
    judged(
      open.length === 0,
      what,
      open.length === 0 ? listed(secrets.map(({ kind }) => kind)) : `readable: ${listed(open.map(({ kind }) => kind))}`,
    ),
    judged(
      unmarked.length === 0 && seen.includes(`kept-${stack.runId}`),
      'each is replaced by its mark, and the rest of the line is kept',
      unmarked.length === 0 ? 'every mark is there' : `no ${listed(unmarked)}`,
    ),
  ];
}

/** Shapes that no redacted line has. The expressions are simple on purpose: they do not repeat the pipeline's. */
const leaks = 'AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+[.][A-Za-z]{2,}';

async function judgeLeaks(stack: Stack): Promise<Check> {
  const what = 'no line of the last hour holds an address or a key';
  const found: string[] = [];
  for (const { id } of stack.environment.tenants) {
    const query = `{service_name=~".+"} |~ ${JSON.stringify(leaks)}`;
    const entries = await stack.loki.entries(id, query, lastSpan(stack, 3_600_000), 20);
    // Never the line itself: a report is read by more people than the logs are.
    for (const { labels, timestampNs } of entries)
      found.push(
        `${id} ${labels['service_name'] ?? ''} at ${new Date(Number(timestampNs / 1_000_000n)).toISOString()}`,
      );
  }
  const places = [...new Set(found)];
  return places.length === 0
    ? passed(what, listed(stack.environment.tenants.map(({ id }) => id)))
    : failed(what, listed(places));
}
