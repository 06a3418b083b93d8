import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { WorldError } from '../../model/failure.ts';
import { tlsOptions } from '../http/client.ts';
import type { TlsArguments } from '../http/client-arguments.ts';
import { FrameReader } from './frame-reader.ts';

export interface SyslogListenerOptions {
  readonly protocol: 'tcp' | 'udp';
  readonly host: string;
  readonly port: number;
  readonly tls: TlsArguments | undefined;
  readonly idleTimeoutMs: number;
  readonly messageBytesMax: number;
  /** Messages that have no priority and go to the next newline (or NUL). */
  readonly raw: boolean;
  readonly nulDelimited: boolean;
  /** Takes messages; what the peer sends meanwhile waits. Never rejects. */
  onMessages(messages: readonly string[], peer: string): Promise<void>;
  /** Something that is not a message. */
  onBadFrame(reason: string, peer: string): void;
  /** A datagram for which there was no room. */
  onDropped(): void;
}

/** Datagrams that wait for the pipeline. The kernel's own buffer is behind it; what does not fit there is lost without a sign. */
const datagramsMax = 10_000;

/** Listens for syslog on one address. */
export class SyslogListener {
  readonly #options: SyslogListenerOptions;
  readonly #sockets = new Set<Socket>();
  readonly #reading = new Set<Promise<void>>();
  #server: Server | undefined;
  #udp: UdpSocket | undefined;
  #waiting: { text: string; peer: string }[] = [];
  #draining: Promise<void> | undefined;

  constructor(options: SyslogListenerOptions) {
    this.#options = options;
  }

  get port(): number {
    return ((this.#server ?? this.#udp)?.address() as AddressInfo | undefined)?.port ?? 0;
  }

  /** Fails with UNREACHABLE when the address is taken. */
  async listen(): Promise<void> {
    const { protocol, host, port, tls } = this.#options;
    try {
      if (protocol === 'udp') this.#udp = await this.#bind(host, port);
      else {
        const options = tls === undefined ? undefined : await tlsOptions(tls);
        const accept = (socket: Socket) => this.#accept(socket);
        const server =
          options === undefined
            ? createServer(accept)
            : // With a CA, clients must show a certificate of it.
              createTlsServer({ ...options, requestCert: options['ca'] !== undefined }, accept);
        server.on('tlsClientError', (cause: Error) => this.#options.onBadFrame(cause.message, ''));
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject);
          server.listen(port, host, resolve);
        });
        server.on('error', () => {});
        this.#server = server;
      }
    } catch (cause) {
      throw new WorldError('UNREACHABLE', `cannot listen on ${host}:${port}: ${(cause as Error).message}`, { cause });
    }
  }

  async #bind(host: string, port: number): Promise<UdpSocket> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.on('message', (bytes, { address }) => this.#datagram(bytes, address));
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, host, resolve);
    });
    socket.on('error', () => {});
    return socket;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    const { idleTimeoutMs } = this.#options;
    if (idleTimeoutMs > 0) socket.setTimeout(idleTimeoutMs, () => socket.destroy());
    socket.on('error', () => {});
    const reading = this.#read(socket).finally(() => {
      this.#sockets.delete(socket);
      this.#reading.delete(reading);
    });
    this.#reading.add(reading);
  }

  async #read(socket: Socket): Promise<void> {
    const { messageBytesMax, raw, nulDelimited, onMessages, onBadFrame } = this.#options;
    const peer = peerAddress(socket.remoteAddress);
    const frames = new FrameReader(messageBytesMax, { counted: !raw, delimiters: nulDelimited ? [0] : [0x0a, 0] });
    let tooLong = 0;
    try {
      for await (const part of socket as AsyncIterable<Buffer>) {
        const { messages, error } = frames.read(part);
        for (; tooLong < frames.tooLong; tooLong++)
          onBadFrame(`a message is longer than ${messageBytesMax} bytes`, peer);
        if (messages.length > 0) await onMessages(messages, peer);
        if (error === undefined) continue;
        onBadFrame(error, peer);
        break;
      }
    } catch {
      // The peer has gone; what came before is with us.
    }
    const last = frames.end();
    if (last.length > 0) await onMessages(last, peer);
    socket.destroy();
  }

  /** A datagram is one message (RFC 5426). */
  #datagram(bytes: Buffer, address: string): void {
    const { messageBytesMax, onBadFrame, onDropped } = this.#options;
    const peer = peerAddress(address);
    if (bytes.length > messageBytesMax) {
      onBadFrame(`a message of ${bytes.length} bytes is longer than ${messageBytesMax}`, peer);
      return;
    }
    if (this.#waiting.length >= datagramsMax) {
      onDropped();
      return;
    }
    const text = bytes
      .toString('utf8')
      .replace(/[\r\n\0]+$/, '')
      .replace(/^\d+ (?=<)/, '');
    if (text === '') return;
    this.#waiting.push({ text, peer });
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const taken = this.#waiting;
      this.#waiting = [];
      for (let start = 0; start < taken.length; ) {
        let end = start + 1;
        while (end < taken.length && taken[end]!.peer === taken[start]!.peer) end++;
        await this.#options.onMessages(
          taken.slice(start, end).map(({ text }) => text),
          taken[start]!.peer,
        );
        start = end;
      }
    }
  }

  /** Closes; resolves when what was received has been handed on. */
  async close(): Promise<void> {
    const closed = this.#server && new Promise((resolve) => this.#server!.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([...this.#reading]);
    await closed;
    await new Promise<void>((resolve) => (this.#udp ? this.#udp.close(resolve) : resolve()));
    await this.#draining;
    this.#server = undefined;
    this.#udp = undefined;
  }
}

/** `::ffff:10.0.0.1` is 10.0.0.1. */
function peerAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '');
}
