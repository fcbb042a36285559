import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { ProxyError } from '../core/errors.js';
import { readLines } from './lines.js';
import { inClusterIdentity } from './token.js';

/** Where the API server is and who asks. */
export interface KubeOptions {
  /** `https://10.43.0.1:443`. */
  readonly server: string;
  /** The bearer token; `fresh` is true after the last one was refused. */
  readonly token: (fresh: boolean) => Promise<string>;
  /** PEM of the authority that signed the server's certificate. @default - those node knows */
  readonly ca?: () => Promise<string>;
  /** How long to wait for an answer to begin, and for a list to be complete. @default 15,000 ms */
  readonly timeoutMs?: number;
}

/** What the watches need of an API server. */
export interface KubeClient {
  /** The whole answer, as JSON. @throws KubeError */
  get(path: string, signal?: AbortSignal): Promise<unknown>;
  /** Each line of the answer, as JSON, until it ends. @throws KubeError, also when `onLine` throws */
  stream(path: string, onLine: (line: unknown) => void, signal?: AbortSignal): Promise<void>;
}

/** The API server could not be asked, or said no. `status` is that of HTTP, 0 without an answer. */
export class KubeError extends ProxyError {
  constructor(
    readonly status: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super('EDGE_KUBERNETES', message, options);
  }
}

/** A list of all Ingresses of a namespace is far below; one Secret or ConfigMap is 1 MiB at most, 1.4 as base64. */
const longestList = 16 * 1024 * 1024;
const longestLine = 4 * 1024 * 1024;
const longestComplaint = 64 * 1024;
const probeMs = 30_000;

/** A client of one API server: enough to get, list and watch. */
export class KubeApi implements KubeClient {
  private readonly agent = new Agent({ keepAlive: true, keepAliveMsecs: probeMs });
  private readonly timeoutMs: number;
  private readonly server: URL;

  constructor(private readonly options: KubeOptions) {
    this.timeoutMs = options.timeoutMs ?? 15_000;
    this.server = new URL(options.server);
  }

  /** The API server of the cluster this process runs in, with the token of its pod; undefined outside of one. */
  static inCluster(env: NodeJS.ProcessEnv = process.env): KubeApi | undefined {
    const identity = inClusterIdentity(env);
    return identity === undefined ? undefined : new KubeApi(identity);
  }

  async get(path: string, signal?: AbortSignal): Promise<unknown> {
    const answer = await this.open(path, signal);
    // one that stalls half-way is as dead as none; a timeout of the socket would stay with it when it is used again
    const stalled = new Error(`not complete within ${this.timeoutMs} ms`);
    const timer = setTimeout(() => answer.destroy(stalled), this.timeoutMs);
    try {
      return parse(path, await this.text(path, answer, longestList));
    } finally {
      clearTimeout(timer);
    }
  }

  async stream(path: string, onLine: (line: unknown) => void, signal?: AbortSignal): Promise<void> {
    const answer = await this.open(path, signal);
    try {
      for await (const line of readLines(answer, longestLine)) onLine(parse(path, line));
    } catch (cause) {
      throw asKubeError(path, cause);
    } finally {
      answer.destroy();
    }
  }

  /** Closes idle connections; what is under way ends by its signal. */
  close(): void {
    this.agent.destroy();
  }

  /** An answer of 200. A refused token is read anew, once. */
  private async open(path: string, signal?: AbortSignal): Promise<IncomingMessage> {
    let answer = await this.send(path, false, signal);
    if (answer.statusCode === 401) {
      answer.resume();
      answer = await this.send(path, true, signal);
    }
    const { statusCode = 0 } = answer;
    if (statusCode === 200) return answer;
    const said = await this.text(path, answer, longestComplaint);
    const hint = hints[statusCode] ?? '';
    throw new KubeError(statusCode, `GET ${path}: answered ${statusCode} ${messageOf(said)}${hint}`);
  }

  private async send(path: string, fresh: boolean, signal?: AbortSignal): Promise<IncomingMessage> {
    const { token, ca } = this.options;
    try {
      const [bearer, authority] = await Promise.all([token(fresh), ca?.()]);
      signal?.throwIfAborted();
      return await new Promise((done, fail) => {
        const call = request(
          new URL(path, this.server),
          {
            agent: this.agent,
            headers: { accept: 'application/json', authorization: `Bearer ${bearer}`, 'user-agent': 'edge' },
            ...(authority === undefined ? {} : { ca: authority }),
            ...(signal === undefined ? {} : { signal }),
          },
          (answer) => {
            clearTimeout(timer);
            done(answer);
          },
        );
        // covers name lookup, connect and TLS too, which a timeout of the socket does not
        const timer = setTimeout(
          () => call.destroy(new Error(`no answer within ${this.timeoutMs} ms`)),
          this.timeoutMs,
        );
        call.on('socket', (socket) => socket.setKeepAlive(true, probeMs));
        call.on('error', (error) => {
          clearTimeout(timer);
          fail(error);
        });
        call.end();
      });
    } catch (cause) {
      throw asKubeError(path, cause);
    }
  }

  private async text(path: string, answer: IncomingMessage, limit: number): Promise<string> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > limit) throw new Error(`more than ${limit} bytes`);
        chunks.push(chunk);
      }
    } catch (cause) {
      throw asKubeError(path, cause);
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}

const hints: Readonly<Record<number, string>> = {
  401: '; the token of the ServiceAccount was refused twice',
  403: '; the Role of the ServiceAccount must allow it, by name and with a fieldSelector where names are listed',
};

function asKubeError(path: string, cause: unknown): KubeError {
  if (cause instanceof KubeError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new KubeError(0, `GET ${path}: ${why}`, { cause });
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // the text may hold a Secret: only its length is told
    throw new KubeError(0, `GET ${path}: ${text.length} characters that are not JSON`, { cause });
  }
}

/** The message of a Status, or the beginning of whatever it is. */
function messageOf(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && 'message' in body) return String(body.message);
  } catch {
    // not from the API server, then
  }
  return text.slice(0, 200);
}
