import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import greenlang from '../../../greenlang/platform.ts';
import { renderPlatform } from '../src/render/render-platform.ts';
import { decide, type IamRequest, type Policy } from './iam-policy.ts';
import { renderedFolder } from './rendered-folder.ts';
import { runProgram } from './run-program.ts';
import { terraform, terraformOptions, terraformPlugins } from './terraform.ts';

/**
 * Who may do what with logs in S3, decided from the policies that Terraform itself makes of the module: a run of `terraform test` with an
 * account for each component, whose state holds the finished documents.
 */

const chunks = 'arn:aws:s3:::gl-loki-chunks-prod';
const ruler = 'arn:aws:s3:::gl-loki-ruler-prod';
const key = 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555';
const issuer = 'oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE';

/** Resources of a state: `aws_iam_role.loki["loki-read"]` => its attributes. */
type State = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

describe('IAM', terraformOptions, () => {
  let state: State;
  const document = (address: string, attribute = 'policy') =>
    JSON.parse(String(state.get(address)?.[attribute])) as Policy;
  const bucketPolicy = (purpose: string) => document(`aws_s3_bucket_policy.loki["${purpose}"]`);
  const s3Context = {
    'aws:SecureTransport': 'true',
    's3:TlsVersion': '1.3',
    'aws:PrincipalAccount': '123456789012',
    'aws:PrincipalIsAWSService': 'false',
    'kms:ViaService': 's3.eu-central-1.amazonaws.com',
  };
  /** A pod of this account asks S3. */
  const asks = (account: string, action: string, resource: string, context: IamRequest['context'] = {}) => {
    const policies = [document(`aws_iam_role_policy.loki["${account}"]`)];
    if (resource.startsWith(chunks)) policies.push(bucketPolicy('chunks'));
    if (resource.startsWith(ruler)) policies.push(bucketPolicy('ruler'));
    return decide(policies, { principal: account, action, resource, context: { ...s3Context, ...context } });
  };

  before(async () => {
    await using folder = await renderedFolder(
      renderPlatform(greenlang).filter(({ path }) => path.startsWith('terraform/modules/')),
    );
    const cwd = join(folder.path, 'terraform/modules/loki-storage');
    const shipped = await readFile(join(cwd, 'tests/storage.tftest.hcl'), 'utf8');
    // The mocks and variables of the module's own tests, and one run.
    const head = shipped.slice(0, shipped.indexOf('\nrun "'));
    const accounts =
      '{ loki-write = { access = "write" }, loki-read = { access = "read" }, loki-backend = { access = "backend" } }';
    await writeFile(
      join(cwd, 'tests/iam.tftest.hcl'),
      `${head}\nrun "iam" {\n  variables {\n    service_accounts = ${accounts}\n  }\n}\n`,
    );
    const env = { TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' };
    const init = await runProgram(
      terraform!,
      ['init', '-backend=false', '-input=false', `-plugin-dir=${terraformPlugins}`],
      { cwd, env },
    );
    assert.equal(init.code, 0, init.text);
    const run = await runProgram(terraform!, ['test', '-json', '-verbose', '-filter=tests/iam.tftest.hcl'], {
      cwd,
      env,
    });
    assert.equal(run.code, 0, run.text.slice(-2000));
    state = stateOf(run.text);
  });

  test('each component has what its work needs, and no more', () => {
    const object = `${chunks}/greenlang-prod/abc`;
    const rows: readonly (readonly [action: string, resource: string, who: string])[] = [
      ['s3:ListBucket', chunks, 'write read backend'],
      ['s3:GetObject', object, 'write read backend'],
      ['s3:PutObject', object, 'write backend'],
      ['s3:DeleteObject', object, 'backend'],
      ['s3:GetObject', `${ruler}/rules/x`, 'backend'],
      ['s3:PutObject', `${ruler}/rules/x`, 'backend'],
      ['s3:ListBucket', ruler, 'backend'],
      ['kms:Decrypt', key, 'write read backend'],
      ['kms:GenerateDataKey', key, 'write backend'],
      ['kms:ScheduleKeyDeletion', key, ''],
      ['s3:PutBucketPolicy', chunks, ''],
      ['s3:PutLifecycleConfiguration', chunks, ''],
      ['s3:PutObjectAcl', object, ''],
      ['s3:ListAllMyBuckets', '*', ''],
      ['s3:GetObject', 'arn:aws:s3:::another-bucket/x', ''],
      ['s3:GetObject', `${chunks}-staging/x`, ''],
      ['kms:Decrypt', 'arn:aws:kms:eu-central-1:123456789012:key/other', ''],
      ['sts:AssumeRole', 'arn:aws:iam::123456789012:role/admin', ''],
    ];
    for (const [action, resource, who] of rows) {
      const may = ['write', 'read', 'backend'].filter(
        (account) => asks(`loki-${account}`, action, resource) === 'allowed',
      );
      assert.equal(may.join(' '), who, `${action} ${resource}`);
    }
  });

  test('the key answers through S3 only', () => {
    assert.equal(
      asks('loki-read', 'kms:Decrypt', key, { 'kms:ViaService': 'secretsmanager.eu-central-1.amazonaws.com' }),
      'not allowed',
    );
  });

  test('the buckets deny what the roles allow, when it comes the wrong way', () => {
    const put = (context: IamRequest['context']) => asks('loki-backend', 's3:PutObject', `${chunks}/t/c`, context);
    const named = 's3:x-amz-server-side-encryption-aws-kms-key-id';
    assert.equal(put({}), 'allowed', 'without a header the bucket encrypts');
    assert.equal(put({ [named]: key }), 'allowed');
    assert.equal(put({ [named]: 'arn:aws:kms:eu-central-1:123456789012:alias/gl-loki-prod' }), 'allowed');
    assert.equal(put({ [named]: 'arn:aws:kms:eu-central-1:123456789012:key/other' }), 'denied by DenyOtherKeys');
    assert.equal(put({ 'aws:SecureTransport': 'false' }), 'denied by DenyPlainText');
    assert.equal(put({ 's3:TlsVersion': '1.1' }), 'denied by DenyOldTls');
    assert.equal(put({ 'aws:PrincipalAccount': '999999999999' }), 'denied by DenyOtherAccounts');
  });

  test('nobody removes a bucket with logs, the administrator included', () => {
    const administrator: Policy = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
    const request = { principal: 'admin', action: 's3:DeleteBucket', resource: chunks, context: s3Context };
    assert.equal(decide([administrator, bucketPolicy('chunks')], request), 'denied by DenyDeleteBucket');
  });

  test('a stranger without an account gets nothing', () => {
    const { 'aws:PrincipalAccount': _, 'aws:PrincipalIsAWSService': __, ...anonymous } = s3Context;
    const request = { principal: '*', action: 's3:GetObject', resource: `${chunks}/t/c`, context: anonymous };
    assert.equal(decide([bucketPolicy('chunks')], request), 'denied by DenyOtherAccounts');
  });

  test('a role is taken by its service account in its namespace, and by nobody else', () => {
    const takes = (sub: string, aud = 'sts.amazonaws.com') =>
      decide([document('aws_iam_role.loki["loki-read"]', 'assume_role_policy')], {
        principal: `arn:aws:iam::123456789012:oidc-provider/${issuer}`,
        action: 'sts:AssumeRoleWithWebIdentity',
        context: { [`${issuer}:sub`]: sub, [`${issuer}:aud`]: aud },
      });
    assert.equal(takes('system:serviceaccount:loki:loki-read'), 'allowed');
    for (const sub of [
      'system:serviceaccount:loki:loki-backend',
      'system:serviceaccount:default:loki-read',
      'system:serviceaccount:loki:*',
    ])
      assert.equal(takes(sub), 'not allowed', sub);
    assert.equal(takes('system:serviceaccount:loki:loki-read', 'kubernetes'), 'not allowed');
  });
});

interface Module {
  readonly resources?: readonly { readonly address: string; readonly values: Record<string, unknown> }[];
}

function stateOf(jsonLines: string): State {
  for (const line of jsonLines.split('\n')) {
    if (!line.includes('"type":"test_state"')) continue;
    const { test_state } = JSON.parse(line) as { test_state: { root_module?: Module } };
    const resources = test_state.root_module?.resources ?? [];
    return new Map(resources.map(({ address, values }) => [address, values]));
  }
  return assert.fail('terraform test printed no state');
}
