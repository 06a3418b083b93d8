import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultLimits, type Limits } from '../model/limits.ts';
import { createTenantSettings } from './tenant-settings.ts';
import { tenant } from './test/fake-ruler.ts';

function settingsWith(limits: Partial<Limits>, enabled = true) {
  const logged: string[] = [];
  const settings = createTenantSettings({
    remoteWrite: { enabled, clients: { a: { url: 'http://a' }, b: { url: 'http://b' } } },
    limitsFor: () => ({ ...defaultLimits, ...limits }),
    log: (_level, message, fields) => logged.push(`${message}: ${fields?.['problem']}`),
  });
  return { settings, logged };
}

for (const [name, limits, enabled, urls] of [
  ['the ruler’s clients', {}, true, ['http://a', 'http://b']],
  [
    'one replaced by the tenant',
    { rulerRemoteWriteConfig: { b: { url: 'http://own' } } },
    true,
    ['http://a', 'http://own'],
  ],
  [
    'one of the tenant’s own',
    { rulerRemoteWriteConfig: { c: { url: 'http://c' } } },
    true,
    ['http://a', 'http://b', 'http://c'],
  ],
  ['a tenant without remote write', { rulerRemoteWriteDisabled: true }, true, []],
  ['no remote write at all', {}, false, []],
] as const)
  test(name, () =>
    assert.deepEqual(
      settingsWith(limits, enabled)
        .settings.clientsFor(tenant)
        .map(({ url }) => url),
      urls,
    ),
  );

test('a broken block of a tenant is named once, and nothing goes anywhere else', () => {
  const { settings, logged } = settingsWith({
    rulerRemoteWriteConfig: { b: { url: 'nowhere' } },
    rulerAlertmanagerConfig: { alertmanager_url: 'nowhere' },
  });
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(
      settings.clientsFor(tenant).map(({ id }) => id),
      ['a'],
    );
    assert.deepEqual(settings.alertmanagerFor(tenant)!.urls, []);
  }
  assert.deepEqual(logged, [
    'ruler_remote_write_config cannot be used: remote_write.clients.b.url must be an http or https address',
    'ruler_alertmanager_config cannot be used; alerts of the tenant are not sent: ruler_alertmanager_config.alertmanager_url: "nowhere" is no http or https address',
  ]);
});

test("without settings of its own a tenant has the ruler's", () => {
  assert.equal(settingsWith({}).settings.alertmanagerFor(tenant), undefined);
});
