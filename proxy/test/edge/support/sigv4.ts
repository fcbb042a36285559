import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

export const credentials = { accessKeyId: 'docs', secretAccessKey: 'docs-secret' };
export const region = 'us-east-1';

/** What the AWS library wants of a hash. */
class Sha256 {
  private hash: Hash | Hmac;
  constructor(private readonly secret?: Parameters<typeof createHmac>[1]) {
    this.hash = this.make();
  }
  private make() {
    return this.secret === undefined ? createHash('sha256') : createHmac('sha256', this.secret);
  }
  update(data: string | Uint8Array): void {
    this.hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }
  reset(): void {
    this.hash = this.make();
  }
}

const signer = new SignatureV4({
  ...{ service: 's3', region, credentials, uriEscapePath: false },
  sha256: Sha256 as unknown as ConstructorParameters<typeof SignatureV4>[0]['sha256'],
});

/** Signs a GET as an app does that answers `media-auth`: by the AWS library; gives the fields of its answer. */
export async function signGet(host: string, path: string): Promise<Record<string, string>> {
  const { headers } = await signer.sign({
    ...{ method: 'GET', protocol: 'http:', hostname: host, path, query: {} },
    headers: { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
  });
  const { authorization = '', 'x-amz-date': date = '', 'x-amz-content-sha256': hash = '' } = headers;
  return { Authorization: authorization, 'X-Amz-Date': date, 'X-Amz-Content-SHA256': hash };
}

/** A request as a store receives it. */
export interface Signed {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** RFC 3986 2.3 keeps these; everything else is escaped. */
const escaped = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** A path as signatures have it, whatever of it was escaped. */
export const canonicalPath = (path: string) => escaped(decodeURIComponent(path)).replaceAll('%2F', '/');

/**
 * Checks a signature as S3 does (Signature Version 4, in the Authorization field or the query), written from its
 * description: '' when it holds, else why not.
 */
export function signatureProblem({ method, url, headers }: Signed): string {
  const [path = '', search = ''] = url.split('?');
  const query = search === '' ? [] : search.split('&').map((pair) => pair.split('=').map(decodeURIComponent));
  const given = new Map(query.map(([name = '', value = '']) => [name, value]));
  const field = (name: string) => String(headers[name] ?? '');
  const match = /Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)/.exec(
    field('authorization'),
  );
  const presigned = given.has('X-Amz-Signature');
  if (match === null && !presigned) return 'no signature';
  const credential = presigned ? given.get('X-Amz-Credential') : match?.[1];
  const signedHeaders = (presigned ? given.get('X-Amz-SignedHeaders') : match?.[2]) ?? '';
  const signature = presigned ? given.get('X-Amz-Signature') : match?.[3];
  const date = presigned ? (given.get('X-Amz-Date') ?? '') : field('x-amz-date');
  const [accessKey, day = '', where = '', service = ''] = (credential ?? '').split('/');
  if (accessKey !== credentials.accessKeyId) return `no such key: ${accessKey}`;
  const canonicalQuery = query
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name = '', value = '']) => `${escaped(name)}=${escaped(value)}`)
    .sort()
    .join('&');
  const canonical = [
    method,
    canonicalPath(path),
    canonicalQuery,
    ...signedHeaders.split(';').map((name) => `${name}:${field(name).trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders,
    presigned ? 'UNSIGNED-PAYLOAD' : field('x-amz-content-sha256'),
  ].join('\n');
  const digest = createHash('sha256').update(canonical).digest('hex');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const parts = [day, where, service, 'aws4_request'];
  const key = parts.reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  const expected = hmac(key, ['AWS4-HMAC-SHA256', date, parts.join('/'), digest].join('\n')).toString('hex');
  return expected === signature ? '' : `signature of\n${canonical}`;
}

/** Path and query of a GET that carries its own signature, for a minute. */
export async function presign(host: string, path: string): Promise<string> {
  const { query = {} } = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname: host,
      path,
      query: {},
      headers: { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    },
    { expiresIn: 60 },
  );
  const pairs = Object.entries(query).map(([name, value]) => `${escaped(name)}=${escaped(String(value))}`);
  return `${path}?${pairs.join('&')}`;
}
