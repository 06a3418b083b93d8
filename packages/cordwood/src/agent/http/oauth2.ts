import type { Clock } from '../../world/clock.ts';
import { HttpClient } from './client.ts';
import { type OAuth2Arguments, plainClient } from './client-arguments.ts';
import { readSecret } from './secret-file.ts';

/** How long the token server may take. */
const tokenTimeoutMs = 10_000;
/** A token is renewed this long before it ends, so that none ends on its way. */
const earlyMs = 10_000;

/** Access tokens by the client credentials grant (RFC 6749, section 4.4), kept until shortly before they end. */
export class OAuth2Tokens {
  readonly #args: OAuth2Arguments;
  readonly #clock: Clock;
  readonly #client: HttpClient;
  #token: { readonly text: string; readonly endMs: number } | undefined;
  #asking: Promise<string> | undefined;
  /** Servers differ in where they want the client's name and secret; the way that worked stays. */
  #inBody = false;

  constructor(args: OAuth2Arguments, clock: Clock) {
    this.#args = args;
    this.#clock = clock;
    this.#client = new HttpClient({ ...plainClient, tls_config: args.tls_config }, clock);
  }

  /** Fails when the token server does not give one. */
  async token(): Promise<string> {
    if (this.#token !== undefined && this.#clock.monotonicMs() < this.#token.endMs) return this.#token.text;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** A token that was refused is not used again. */
  forget(): void {
    this.#token = undefined;
  }

  async #ask(): Promise<string> {
    let response = await this.#post(this.#inBody);
    if (response.status >= 400 && response.status < 500) {
      this.#inBody = !this.#inBody;
      response = await this.#post(this.#inBody);
    }
    const text = response.body.toString('utf8');
    if (response.status !== 200)
      throw new Error(
        `no OAuth 2 token from ${this.#args.token_url.origin}: HTTP status ${response.status} (${text.slice(0, 200)})`,
      );
    const answer = parseAnswer(text);
    if (answer === undefined)
      throw new Error(`no OAuth 2 token from ${this.#args.token_url.origin}: its answer has none`);
    const endMs = this.#clock.monotonicMs() + answer.seconds * 1000 - earlyMs;
    this.#token = { text: answer.token, endMs };
    return answer.token;
  }

  async #post(inBody: boolean) {
    const {
      client_id: id,
      client_secret,
      client_secret_file: file,
      scopes,
      endpoint_params: more,
      token_url: url,
    } = this.#args;
    const secret = file === '' ? (client_secret?.reveal() ?? '') : await readSecret(file);
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...Object.fromEntries(more) });
    if (scopes.length > 0) form.set('scope', scopes.join(' '));
    const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' };
    if (inBody) {
      form.set('client_id', id);
      form.set('client_secret', secret);
    } else {
      const pair = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`;
      headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`;
    }
    return this.#client.post(url, Buffer.from(form.toString()), headers, tokenTimeoutMs);
  }

  close(): void {
    this.#client.close();
  }
}

function parseAnswer(text: string): { token: string; seconds: number } | undefined {
  let answer: { access_token?: unknown; expires_in?: unknown };
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof answer?.access_token !== 'string' || answer.access_token === '') return undefined;
  const seconds = Number(answer.expires_in);
  return { token: answer.access_token, seconds: Number.isFinite(seconds) && seconds > 0 ? seconds : 3600 };
}
