import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultAlertmanagerSettings, parseAlertmanagerSettings } from './alertmanager-settings.ts';

test("a tenant's block", () => {
  const { settings, problems } = parseAlertmanagerSettings({
    alertmanager_url: 'http://a:9093, http://b:9093',
    notification_queue_capacity: 5,
    alertmanager_client: { basic_auth_username: 'u', basic_auth_password: 'p' },
  });
  assert.equal(problems, undefined);
  assert.deepEqual(settings!.urls, ['http://a:9093', 'http://b:9093']);
  assert.deepEqual(settings!.authorization.basic, { username: 'u', password: 'p' });
  assert.equal(settings!.queueCapacity, 5);
  assert.equal(settings!.timeoutMs, defaultAlertmanagerSettings.timeoutMs);
});

for (const [block, problem] of [
  [{ alertmanager_url: 'a:9093' }, '.alertmanager_url: "a:9093" is no http or https address'],
  [{ alertmanager_urls: 'http://a' }, '.alertmanager_urls: there is no such setting'],
  [
    { enable_alertmanager_v2: false },
    '.enable_alertmanager_v2: Alertmanager has had no version 1 of its API since 0.27; leave it on',
  ],
] as const)
  test(`refused: ${JSON.stringify(block)}`, () =>
    assert.deepEqual(parseAlertmanagerSettings(block).problems, [`ruler_alertmanager_config${problem}`]));
