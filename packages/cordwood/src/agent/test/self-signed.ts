import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Reason to skip a test that needs a certificate; false when openssl is there. */
export function withoutOpenssl(): false | string {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'skipped: needs openssl';
  }
}

/** A key and a certificate for `localhost`, signed by itself. */
export function createSelfSigned(folder: string): { key: string; cert: string } {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '2'];
  execFileSync('openssl', [...request, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'], {
    stdio: 'ignore',
  });
  return { key, cert };
}
