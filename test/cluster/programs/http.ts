import { request } from 'node:http';
import { dig, parsed } from '../../../constructs/proofs/read.js';

/** An answer, its body as it came and parsed. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** What its JSON says below some keys; undefined where it says nothing. */
  at(...path: readonly string[]): unknown;
  /** The text there, or an empty one. */
  said(...path: readonly string[]): string;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Objects go as JSON, `URLSearchParams` as a form, texts and bytes as they are. */
  readonly body?: object | string | Buffer;
  readonly cookies?: CookieJar;
}

/** Asks a server on the loopback address; any header may be set, `Host` too, and redirects are not followed. */
export function ask(port: number, path: string, options: AskOptions = {}): Promise<Answer> {
  const { body, cookies, headers = {} } = options;
  const [content, type] = encoded(body);
  const { method = content === undefined ? 'GET' : 'POST' } = options;
  return new Promise((done, fail) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        headers: {
          ...(type === undefined ? {} : { 'content-type': type }),
          ...(content === undefined ? {} : { 'content-length': content.length }),
          ...(cookies === undefined ? {} : { cookie: cookies.header }),
          ...headers,
        },
        timeout: 30_000,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          cookies?.store(response.headers['set-cookie'] ?? []);
          const body = parsed(text);
          done({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            at: (...keys) => dig(body, ...keys),
            said: (...keys) => String(dig(body, ...keys) ?? ''),
          });
        });
      },
    );
    sent.once('error', (error) => fail(new Error(`${method} ${path}: ${error.message}`)));
    sent.once('timeout', () => sent.destroy(new Error('no answer within 30 s')));
    sent.end(content);
  });
}

/** @throws when the answer is another one than expected */
export function expectStatus(answer: Answer, wanted: number | readonly number[], what: string): Answer {
  if (![wanted].flat().includes(answer.status))
    throw new Error(
      `${what}: answered ${answer.status} instead of ${[wanted].flat().join(' or ')}: ${answer.text.slice(0, 600)}`,
    );
  return answer;
}

/** What a browser keeps, `Secure` cookies too: TLS ends before the programs. */
export class CookieJar {
  /** Name -> the whole `Set-Cookie` line. */
  private readonly lines = new Map<string, string>();

  store(lines: readonly string[]): void {
    for (const line of lines) {
      const name = line.split('=')[0] ?? '';
      if (/^[^=]+=;|;\s*max-age=0(;|$)/i.test(line)) this.lines.delete(name);
      else this.lines.set(name, line);
    }
  }

  /** How a cookie was set, with its attributes. */
  line(name: string): string | undefined {
    return this.lines.get(name);
  }

  get header(): string {
    return [...this.lines.values()].map((line) => line.split(';')[0]).join('; ');
  }
}

function encoded(body: AskOptions['body']): [content: Buffer | undefined, type: string | undefined] {
  if (body === undefined) return [undefined, undefined];
  if (typeof body === 'string' || Buffer.isBuffer(body)) return [Buffer.from(body), undefined];
  if (body instanceof URLSearchParams)
    return [Buffer.from(body.toString()), 'application/x-www-form-urlencoded'];
  return [Buffer.from(JSON.stringify(body)), 'application/json'];
}
