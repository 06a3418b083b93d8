/**
 * Values that the demo's services log on purpose, past the logger's redaction, so that only the collector's protects them.
 * None of them is real: the card numbers are the networks' test numbers, the keys are put together here from parts (and so
 * do not look like keys to whoever scans this file).
 */
export interface PlantedSecret {
  readonly kind: 'email' | 'key' | 'card';
  readonly value: string;
  /** Who logs it, and in which part of the line. */
  readonly where: string;
}

const join = (...parts: readonly string[]) => parts.join('');

export const planted = {
  customerEmail: 'ingrid.solberg@nordic-steel.example',
  contactEmail: 'p.marchand+esg@acier-lorrain.example',
  apiKey: join('gl', '_live_', '9fK2mQ7xLw3ZtR8vNp5Y'),
  bearer: join(
    'eyJhbGciOiJFZERTQSJ9',
    '.',
    'eyJzdWIiOiJwb3J0YWwiLCJhdWQiOiJnYXRld2F5In0',
    '.',
    'c2lnbmF0dXJlLW9mLXRoZS1kZW1v',
  ),
  awsKey: join('AKIA', 'QXJ4TESTONLY7K2M'),
  databasePassword: join('corr3ct', '-h0rse-', 'staple'),
  card: '4000 0566 5566 5556',
  cardCompact: '5555555555554444',
} as const;

export function plantedSecrets(): readonly PlantedSecret[] {
  return [
    { kind: 'email', value: planted.customerEmail, where: 'customer-portal, in the message' },
    { kind: 'email', value: planted.contactEmail, where: 'csrd-agent, in nested data' },
    { kind: 'key', value: planted.apiKey, where: 'api-gateway, in the headers of a forwarded request (x-api-key)' },
    { kind: 'key', value: planted.bearer, where: 'api-gateway, in the headers of a forwarded request (authorization)' },
    { kind: 'key', value: planted.awsKey, where: 'sb253-agent, in an error text' },
    {
      kind: 'key',
      value: planted.databasePassword,
      where: 'sb253-agent, in a connection string of a plain line on stderr',
    },
    { kind: 'card', value: planted.card, where: 'cbam-agent, in an error text' },
    { kind: 'card', value: planted.cardCompact, where: 'cbam-agent, as a number in nested data' },
  ];
}
