import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf } from './app.js';
import { signatureProblem } from './sigv4.js';

/** As much of a store as the tests ask for, where SeaweedFS is not at hand; it checks every signature. */
export class StoreDouble {
  private readonly objects = new Map<string, { body: Buffer; owner: string }>();
  private readonly parts = new Map<string, Buffer>();

  constructor(private readonly bucket: string) {}

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = '', url = '', headers } = request;
    if (headers.expect === '100-continue') response.writeContinue();
    const problem = signatureProblem({ method, url, headers });
    void bodyOf(request).then((raw) => {
      if (problem !== '') response.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code></Error>');
      else this.serve(request, response, unchunk(raw, String(headers['x-amz-content-sha256'])));
    });
  };

  private serve(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const url = new URL(request.url ?? '', 'http://store');
    const key = decodeURIComponent(url.pathname.slice(this.bucket.length + 2));
    const { method } = request;
    const number = url.searchParams.get('partNumber');
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    if (url.searchParams.has('uploads')) response.end('<R><UploadId>1</UploadId></R>');
    else if (method === 'PUT' && number !== null) {
      this.parts.set(number.padStart(5, '0'), body);
      response.setHeader('ETag', etag).end();
    } else if (method === 'POST') {
      const pieces = [...this.parts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, piece]) => piece);
      this.objects.set(key, { body: Buffer.concat(pieces), owner: '' });
      response.end('<R><ETag>1</ETag></R>');
    } else if (method === 'PUT') {
      if (key !== '')
        this.objects.set(key, { body, owner: String(request.headers['x-amz-meta-owner'] ?? '') });
      response.setHeader('ETag', etag).end();
    } else if (method === 'DELETE') {
      this.objects.delete(key);
      response.writeHead(204).end();
    } else if (key === '') {
      const prefix = url.searchParams.get('prefix') ?? '';
      const keys = [...this.objects.keys()].filter((name) => name.startsWith(prefix));
      const plain = (text: string) => text.replace(/[&<]/g, (char) => `&#${char.charCodeAt(0)};`);
      const list = keys.map((name) => `<Contents><Key>${plain(name)}</Key></Contents>`).join('');
      response.end(`<ListBucketResult><KeyCount>${keys.length}</KeyCount>${list}</ListBucketResult>`);
    } else this.get(request, response, key);
  }

  private get(request: IncomingMessage, response: ServerResponse, key: string): void {
    const object = this.objects.get(key);
    if (object === undefined) {
      response.writeHead(404).end();
      return;
    }
    const { body, owner } = object;
    response.setHeader('x-amz-meta-owner', owner);
    const range = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '');
    const bytes = range === null ? body : body.subarray(Number(range[1]), Number(range[2]) + 1);
    response.writeHead(range === null ? 200 : 206, { 'Content-Length': bytes.length });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  }
}

/** Takes the framing off a body in `aws-chunked` coding. */
function unchunk(raw: Buffer, kind: string): Buffer {
  if (!kind.startsWith('STREAMING-')) return raw;
  const pieces: Buffer[] = [];
  for (let at = 0; at < raw.length; ) {
    const end = raw.indexOf('\r\n', at);
    const size = Number.parseInt(raw.toString('latin1', at, end), 16);
    if (size === 0) break;
    pieces.push(raw.subarray(end + 2, end + 2 + size));
    at = end + 4 + size;
  }
  return Buffer.concat(pieces);
}
