import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request as requestHttps } from 'node:https';
import { test } from 'node:test';
import { Client, credentials } from '@grpc/grpc-js';
import { encodeOtlpLogs } from '../../codec/otlp-logs.ts';
import { freePort } from '../../rules/test/real-process.ts';
import { withWorkplace } from '../test/agent-under-test.ts';
import { PushServer } from '../test/push-server.ts';
import { createSelfSigned, withoutOpenssl } from '../test/self-signed.ts';

function logsOf(body: string): Uint8Array {
  const record = {
    timeNs: 1n,
    observedTimeNs: 0n,
    severityNumber: 9,
    severityText: 'INFO',
    body: { kind: 'string' as const, value: body },
    attributes: [],
    droppedAttributesCount: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: '',
  };
  const scope = { name: '', version: '', attributes: [], droppedAttributesCount: 0, records: [record] };
  return encodeOtlpLogs({ resourceLogs: [{ attributes: [], droppedAttributesCount: 0, scopeLogs: [scope] }] });
}

const pipeline = (url: string) => `
otelcol.exporter.loki "out" {
  forward_to = [loki.write.out.receiver]
}
loki.write "out" {
  endpoint {
    url        = "${url}"
    batch_wait = "50ms"
  }
}`;

test('TLS of both transports', { skip: withoutOpenssl() }, () =>
  withWorkplace(async (work) => {
    const { key, cert } = createSelfSigned(work.directory);
    const server = new PushServer();
    await server.listen();
    const [grpc, http] = [await freePort(), await freePort()];
    const tls = `tls {
      cert_file = "${cert}"
      key_file  = "${key}"
    }`;
    const agent = await work.start(`
otelcol.receiver.otlp "in" {
  grpc {
    endpoint              = "127.0.0.1:${grpc}"
    max_concurrent_streams = 100
    keepalive {
      server_parameters {
        max_connection_idle = "1m"
      }
    }
    ${tls}
  }
  http {
    endpoint = "127.0.0.1:${http}"
    ${tls}
  }
  output {
    logs = [otelcol.exporter.loki.out.input]
  }
}
${pipeline(server.url)}`);
    const ca = readFileSync(cert);
    let status = 0;
    await work.until('the receiver', () => work.messages.some((message) => message.includes('OTLP is received')));
    const options = { host: '127.0.0.1', port: http, path: '/v1/logs', method: 'POST', servername: 'localhost', ca };
    const request = requestHttps({ ...options, headers: { 'content-type': 'application/x-protobuf' } }, (response) => {
      status = response.statusCode!;
      response.resume();
    });
    request.end(logsOf('over http'));
    await work.until('an answer over HTTP', () => status !== 0);
    assert.equal(status, 200);
    const client = new Client(`127.0.0.1:${grpc}`, credentials.createSsl(ca), {
      'grpc.ssl_target_name_override': 'localhost',
    });
    let outcome: string | undefined;
    const identity = (bytes: Buffer) => bytes;
    const path = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
    client.makeUnaryRequest(path, identity, identity, Buffer.from(logsOf('over grpc')), (error) => {
      outcome = error === null ? 'ok' : error.message;
    });
    await work.until('an answer over gRPC', () => outcome !== undefined);
    client.close();
    assert.equal(outcome, 'ok');
    assert.equal(server.entries.length, 2);
    assert.ok(agent.components().every(({ health }) => health === 'healthy'));
    await server.close();
  }),
);

test('browsers of allowed origins may send', () =>
  withWorkplace(async (work) => {
    const http = await freePort();
    await work.start(`
otelcol.receiver.otlp "in" {
  http {
    endpoint = "127.0.0.1:${http}"
    cors {
      allowed_origins = ["https://*.example.org"]
      allowed_headers = ["x-team"]
      max_age         = 600
    }
  }
  output {
    logs = [otelcol.exporter.loki.out.input]
  }
}
${pipeline('http://127.0.0.1:1')}`);
    await work.until('the receiver', () => work.messages.some((message) => message.includes('OTLP is received')));
    const ask = async (origin: string) => {
      let answer: Response | undefined;
      const question = { origin, 'access-control-request-method': 'POST' };
      void fetch(`http://127.0.0.1:${http}/v1/logs`, { method: 'OPTIONS', headers: question }).then((response) => {
        answer = response;
      });
      await work.until('an answer', () => answer !== undefined);
      const { headers, status } = answer!;
      return `${status} ${headers.get('access-control-allow-origin')} ${headers.get('access-control-allow-headers')} ${headers.get('access-control-max-age')}`;
    };
    const allowed = '204 https://app.example.org content-type, content-encoding, x-team 600';
    assert.equal(await ask('https://app.example.org'), allowed);
    assert.equal(await ask('https://example.com'), '204 null null null');
  }));

test('a certificate without a key is refused', () =>
  withWorkplace(async (work) => {
    const config = `
otelcol.receiver.otlp "in" {
  http {
    tls {
      cert_file = "a.pem"
    }
  }
  output { }
}`;
    await assert.rejects(work.start(config), /a server needs a certificate and a key/);
  }));
