/** A Loki push endpoint over real HTTP: keeps what it takes, answers as the test says. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodePushRequest } from '../../codec/push-request.ts';
import { decompressSnappy } from '../../codec/snappy.ts';
import { parseLabels } from '../../extract/labels-parser.ts';
import { labelsObject, printLabels } from '../../model/labels.ts';

export interface ReceivedEntry {
  readonly tenant: string;
  readonly labels: string;
  readonly timestampNs: bigint;
  readonly line: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Status, or status with headers and body. */
export type Answer =
  | number
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

export class PushServer {
  readonly entries: ReceivedEntry[] = [];
  /** Entries per accepted request. */
  readonly requests: { readonly headers: IncomingHttpHeaders; readonly entries: readonly ReceivedEntry[] }[] = [];
  /** Requests of any outcome. */
  attempts = 0;
  /** Called with what was taken, instead of keeping it. */
  onEntries: ((entries: readonly ReceivedEntry[]) => void) | undefined;
  /** Called for each request; default: everything is taken. */
  answer: (attempt: number, entries: readonly ReceivedEntry[]) => Answer | Promise<Answer> = () => 204;
  #server: Server | undefined;
  #port = 0;
  #waiters: { readonly done: () => boolean; readonly resolve: () => void }[] = [];

  /** Listens; after `close` again on the same port. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', async () => {
        const entries = decode(Buffer.concat(parts), String(request.headers['x-scope-orgid'] ?? ''));
        const answer = await this.answer(this.attempts++, entries);
        const { status, headers = {}, body = '' } = typeof answer === 'number' ? { status: answer } : answer;
        if (status >= 200 && status < 300 && this.onEntries !== undefined) this.onEntries(entries);
        else if (status >= 200 && status < 300) {
          this.entries.push(...entries);
          this.requests.push({ headers: request.headers, entries });
        }
        response.writeHead(status, headers).end(body);
        this.#check();
      });
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/loki/api/v1/push`;
  }

  get lines(): string[] {
    return this.entries.map((entry) => entry.line);
  }

  /** Resolves once the condition holds after a request. */
  until(done: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push({ done, resolve });
      this.#check();
    });
  }

  #check(): void {
    const ready = this.#waiters.filter((waiter) => waiter.done());
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter));
    for (const waiter of ready) waiter.resolve();
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  }
}

function decode(body: Buffer, tenant: string): ReceivedEntry[] {
  const { bytes } = decompressSnappy(body, 100_000_000);
  const { streams, error } = decodePushRequest(bytes!, parseLabels);
  if (streams === undefined) throw new Error(error);
  const out: ReceivedEntry[] = [];
  for (const { labels, entries } of streams) {
    for (let row = 0; row < entries.rowCount; row++) {
      out.push({
        tenant,
        labels: printLabels(labels),
        timestampNs: entries.timestampsNs[row]!,
        line: Buffer.from(entries.bytes.subarray(entries.lineStarts[row]!, entries.lineEnds[row]!)).toString(),
        metadata: labelsObject(entries.structuredMetadata?.[row] ?? []),
      });
    }
  }
  return out;
}
