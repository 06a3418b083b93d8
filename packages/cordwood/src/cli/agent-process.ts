import { answerText, HttpServer } from '../agent/http/server.ts';
import { type Diagnostic, renderDiagnostic } from '../model/diagnostic.ts';
import { WorldError } from '../model/failure.ts';
import { ConfigError } from './config-error.ts';
import { loadAgent, type RunAgentOptions, type RunningAgent, startAgent } from './run-agent.ts';

export interface AgentProcessOptions extends RunAgentOptions {
  /** Where the agent itself answers. */
  readonly address: { readonly host: string; readonly port: number } | undefined;
}

/** An agent with an address of its own, whose configuration can be loaded anew. */
export class AgentProcess {
  readonly #options: AgentProcessOptions;
  readonly #server: HttpServer;
  #running: RunningAgent;
  /** Loads come one after another. */
  #reloading: Promise<string | undefined> = Promise.resolve(undefined);

  private constructor(options: AgentProcessOptions, server: HttpServer, running: RunningAgent) {
    this.#options = options;
    this.#server = server;
    this.#running = running;
  }

  /** Fails with ConfigError for what is wrong with the configuration or the address. */
  static async start(options: AgentProcessOptions): Promise<AgentProcess> {
    const loaded = loadAgent(options);
    let made: AgentProcess | undefined;
    const server = new HttpServer(async (request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      if (made === undefined) return answerText(response, 503, 'the agent is starting\n');
      if (pathname === '/-/reload') {
        const problem = await made.reload();
        return answerText(response, problem === undefined ? 200 : 400, problem ?? 'config reloaded\n');
      }
      const page = made.#running.http.answer(pathname === '/' ? '/agent' : pathname);
      if (page === undefined) return answerText(response, 404, '404 page not found\n');
      if (request.method !== 'GET') return answerText(response, 405, 'Method Not Allowed\n');
      return answerText(response, page.status, page.body, page.contentType);
    });
    const { address } = options;
    if (address !== undefined) {
      await server.listen(address.host, address.port).catch((cause: unknown) => {
        const reason = cause instanceof WorldError ? cause.message : String(cause);
        throw new ConfigError(`${reason}. --server.http.listen-addr HOST:PORT names another address.`);
      });
    }
    made = new AgentProcess(options, server, await startAgent(loaded, options));
    return made;
  }

  get url(): string | undefined {
    const { address } = this.#options;
    return address && `http://${address.host === '0.0.0.0' ? '127.0.0.1' : address.host}:${this.#server.port}`;
  }

  get files(): readonly string[] {
    return this.#running.files;
  }

  get warnings(): readonly Diagnostic[] {
    return this.#running.agent.warnings;
  }

  get componentCount(): number {
    return this.#running.agent.components().length;
  }

  /** Stops what runs and starts what the files say now; when they cannot be loaded, what runs goes on. Resolves with the problem. */
  reload(): Promise<string | undefined> {
    this.#reloading = this.#reloading.then(() => this.#reload());
    return this.#reloading;
  }

  async #reload(): Promise<string | undefined> {
    const { log } = this.#options;
    try {
      const loaded = loadAgent(this.#options);
      // Positions are written at the stop and read at the start: nothing is lost or read twice in between.
      await this.#running.stop();
      this.#running = await startAgent(loaded, this.#options);
      log('info', 'config reloaded');
      return undefined;
    } catch (cause) {
      const text =
        cause instanceof ConfigError
          ? [
              ...cause.findings.map(({ diagnostic, source }) => renderDiagnostic(diagnostic, source)),
              cause.message,
            ].join('\n')
          : String(cause);
      log('error', 'failed to reload config', { error: text });
      return `${text}\n`;
    }
  }

  async stop(): Promise<void> {
    await this.#reloading;
    await this.#running.stop();
    await this.#server.close();
  }
}
