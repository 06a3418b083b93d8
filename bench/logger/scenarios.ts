/** What is logged. Each contender logs the same, in the way its own documentation shows. */
export const scenarios = ['string', 'object', 'deep object', 'child', 'context', 'redaction'] as const;
export type Scenario = (typeof scenarios)[number];

export const message = 'emission calculated for the site';
export const flat = { site: 'ulm-2', scope: 1, tonnes: 12.75, verified: true };
export const deep = {
  report: {
    id: 7,
    undertaking: { name: 'Nordic Steel', address: { street: 'Main 1', city: 'Ulm', geo: { lat: 48.4, lon: 9.99 } } },
  },
  items: [
    { sku: 'a-1', quantity: 2, price: 9.5 },
    { sku: 'b-2', quantity: 3, price: 1.25 },
  ],
  tags: ['csrd', 'e1', 'draft'],
};
export const bindings = { component: 'calculator', worker: 3, region: 'eu-central-1' };
export const context = {
  request_id: 'req-1f2e3d4c5b6a79880f1e2d3c4b5a6978',
  trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  span_id: '00f067aa0ba902b7',
};
export const secretValue = 'hunter2-hunter2';
/** Ten keys, of which two occur. */
export const secretKeys = [
  'password',
  'token',
  'apiKey',
  'authorization',
  'cookie',
  'secret',
  'cardNumber',
  'iban',
  'ssn',
  'privateKey',
];
export const withSecrets = {
  user: { id: 'u-1', password: secretValue, plan: 'pro' },
  token: secretValue,
  site: 'ulm-2',
  tonnes: 12.75,
};
