import type { Disk } from '../world/disk.ts';
import type { BlockReader } from './read-block.ts';

/** How a request says who it is: HTTP basic authentication, or `Authorization: <type> <credentials>`. */
export interface HttpAuthorization {
  readonly basic?: { readonly username: string; readonly password: string; readonly passwordFile?: string };
  readonly type?: string;
  readonly credentials?: string;
  /** Read before each request, so that it may change. */
  readonly credentialsFile?: string;
}

/** Prometheus' `basic_auth`, `authorization`, `bearer_token` and `bearer_token_file`. */
export function readHttpAuthorization(block: BlockReader): HttpAuthorization {
  const basic = block.block('basic_auth');
  const authorization = block.block('authorization');
  const found: HttpAuthorization = {
    ...(basic && {
      basic: {
        username: basic.text('username', ''),
        password: basic.text('password', ''),
        passwordFile: basic.text('password_file', ''),
      },
    }),
    type: authorization?.text('type', 'Bearer') ?? 'Bearer',
    credentials: authorization?.text('credentials', '') ?? block.text('bearer_token', ''),
    credentialsFile: authorization?.text('credentials_file', '') ?? block.text('bearer_token_file', ''),
  };
  basic?.end();
  authorization?.end();
  return found;
}

/** The header; undefined without credentials. Fails with WorldError when a file cannot be read. */
export async function authorizationHeader(authorization: HttpAuthorization, disk: Disk): Promise<string | undefined> {
  const { basic, type = 'Bearer', credentials, credentialsFile } = authorization;
  if (basic !== undefined && basic.username !== '') {
    const password = basic.passwordFile ? await readSecret(disk, basic.passwordFile) : basic.password;
    return `Basic ${Buffer.from(`${basic.username}:${password}`).toString('base64')}`;
  }
  const secret = credentialsFile ? await readSecret(disk, credentialsFile) : credentials;
  return secret ? `${type} ${secret}` : undefined;
}

async function readSecret(disk: Disk, path: string): Promise<string> {
  const bytes = await disk.readFile(path);
  if (bytes === undefined) throw new Error(`the file with the credentials is not there: ${path}`);
  return new TextDecoder().decode(bytes).trim();
}
