import { createHash, createHmac } from 'node:crypto';
import { type Answer, ask } from './http.js';

/** One half of a key pair each. */
export interface S3Keys {
  readonly accessKey: string;
  readonly secretKey: string;
}

export interface S3Options {
  readonly port: number;
  /** Host the client believes to talk to, which is part of the signature. @default the loopback address */
  readonly host?: string;
  readonly region: string;
}

export interface S3Request {
  readonly method?: string;
  /** Path with bucket and key. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const hex = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const percent = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * A client of S3 with signatures of version 4, in the header or, presigned, in the URL.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 */
export class S3 {
  constructor(
    private readonly options: S3Options,
    /** undefined: asks without a signature. */
    private readonly keys: S3Keys | undefined,
  ) {}

  send(request: S3Request): Promise<Answer> {
    const { method = 'GET', path, query = {}, body, headers = {} } = request;
    const { port, host = `127.0.0.1:${port}` } = this.options;
    const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const own = {
      ...lower(headers),
      host,
      'x-amz-content-sha256': hex(body ?? ''),
      'x-amz-date': time,
    };
    const signature = this.sign(method, path, query, own, own['x-amz-content-sha256'], time);
    const authorization = signature === undefined ? {} : { authorization: signature.header };
    return ask(port, withQuery(path, query), {
      method,
      headers: { ...own, ...authorization },
      ...(body === undefined ? {} : { body }),
    });
  }

  /** Asks for a presigned URL. @param path what `presigned` gave */
  fetch(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const { port, host = `127.0.0.1:${port}` } = this.options;
    return ask(port, path, { headers: { host, ...headers } });
  }

  /** Path of a URL that anybody may use for some seconds. */
  presigned(path: string, seconds = 60): string {
    const { port, host = `127.0.0.1:${port}`, region } = this.options;
    const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const query = {
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': `${this.keys?.accessKey}/${scopeOf(time, region)}`,
      'X-Amz-Date': time,
      'X-Amz-Expires': String(seconds),
      'X-Amz-SignedHeaders': 'host',
    };
    const signature = this.sign('GET', path, query, { host }, 'UNSIGNED-PAYLOAD', time);
    return withQuery(path, { ...query, 'X-Amz-Signature': signature?.value ?? '' });
  }

  private sign(
    method: string,
    path: string,
    query: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>>,
    payload: string,
    time: string,
  ): { readonly value: string; readonly header: string } | undefined {
    if (this.keys === undefined) return undefined;
    const { accessKey, secretKey } = this.keys;
    const names = Object.keys(headers).sort();
    const canonical = [
      method,
      path.split('/').map(percent).join('/'),
      queryText(query),
      ...names.map((name) => `${name}:${headers[name]?.trim()}`),
      '',
      names.join(';'),
      payload,
    ].join('\n');
    const scope = scopeOf(time, this.options.region);
    const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secretKey}`);
    const value = hmac(key, ['AWS4-HMAC-SHA256', time, scope, hex(canonical)].join('\n')).toString('hex');
    const header = `AWS4-HMAC-SHA256 Credential=${accessKey}/${scope}, SignedHeaders=${names.join(';')}, Signature=${value}`;
    return { value, header };
  }
}

const scopeOf = (time: string, region: string) => `${time.slice(0, 8)}/${region}/s3/aws4_request`;

const queryText = (query: Readonly<Record<string, string>>) =>
  Object.keys(query)
    .sort()
    .map((key) => `${percent(key)}=${percent(query[key] ?? '')}`)
    .join('&');

const withQuery = (path: string, query: Readonly<Record<string, string>>) =>
  `${path.split('/').map(percent).join('/')}${Object.keys(query).length === 0 ? '' : `?${queryText(query)}`}`;

const lower = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
