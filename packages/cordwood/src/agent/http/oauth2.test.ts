import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Secret } from '@cordwood/alloy';
import { SimulatedClock } from '../../world/simulated-clock.ts';
import { OAuth2Tokens } from './oauth2.ts';

interface TokenServer {
  readonly url: URL;
  /** What was asked: authorization header and body. */
  readonly asked: { readonly authorization: string | undefined; readonly body: string }[];
  answer: (authorization: string | undefined) => { status: number; body: string };
}

async function withTokenServer(run: (server: TokenServer) => Promise<void>): Promise<void> {
  const asked: { authorization: string | undefined; body: string }[] = [];
  const made = { answer: (() => ({ status: 200, body: '' })) as TokenServer['answer'] };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      const { authorization } = request.headers;
      asked.push({ authorization, body });
      const answer = scene.answer(authorization);
      response.writeHead(answer.status).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/token`);
  const scene: TokenServer = Object.assign(made, { url, asked });
  try {
    await run(scene);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function tokensOf(url: URL, clock = new SimulatedClock(0n)): { tokens: OAuth2Tokens; clock: SimulatedClock } {
  const tokens = new OAuth2Tokens(
    {
      client_id: 'agent',
      client_secret: new Secret('s3'),
      client_secret_file: '',
      scopes: ['logs', 'write'],
      token_url: url,
      endpoint_params: new Map([['audience', 'loki']]),
      proxy_url: '',
      tls_config: undefined,
    },
    clock,
  );
  return { tokens, clock };
}

test('a token is asked for once and kept until shortly before its end', () =>
  withTokenServer(async (server) => {
    let count = 0;
    server.answer = () => ({ status: 200, body: `{"access_token":"t${++count}","expires_in":60}` });
    const { tokens, clock } = tokensOf(server.url);
    assert.deepEqual(await Promise.all([tokens.token(), tokens.token()]), ['t1', 't1']);
    assert.equal(server.asked[0]!.authorization, `Basic ${Buffer.from('agent:s3').toString('base64')}`);
    assert.equal(server.asked[0]!.body, 'grant_type=client_credentials&audience=loki&scope=logs+write');
    await clock.advance(49_000);
    assert.equal(await tokens.token(), 't1');
    await clock.advance(2000);
    assert.equal(await tokens.token(), 't2');
    tokens.forget();
    assert.equal(await tokens.token(), 't3');
    tokens.close();
  }));

test('a server that wants name and secret in the body', () =>
  withTokenServer(async (server) => {
    server.answer = (authorization) =>
      authorization === undefined ? { status: 200, body: '{"access_token":"t"}' } : { status: 401, body: '' };
    const { tokens } = tokensOf(server.url);
    assert.equal(await tokens.token(), 't');
    assert.match(server.asked.at(-1)!.body, /client_id=agent&client_secret=s3$/);
    tokens.close();
  }));

test('what the server says when it gives none', () =>
  withTokenServer(async (server) => {
    server.answer = () => ({ status: 400, body: '{"error":"invalid_client"}' });
    const { tokens } = tokensOf(server.url);
    await assert.rejects(tokens.token(), /HTTP status 400 \(\{"error":"invalid_client"\}\)/);
    server.answer = () => ({ status: 200, body: 'hello' });
    await assert.rejects(tokens.token(), /its answer has none/);
    tokens.close();
  }));
