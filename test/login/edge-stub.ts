import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createPlain, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { Authority } from '../cluster/certificates.js';
import type { Bench } from '../cluster/programs/program.js';

/** What a stub of an app was asked. */
export interface AppRequest {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

/** The box's edge as far as sign-in needs it: TLS, the routes of the sign-in host, and apps that remember. */
export interface EdgeStub {
  readonly port: number;
  /** Where apps are reached inside the cluster, without TLS. */
  readonly plainPort: number;
  /** Hash by which Chromium trusts the certificate. */
  readonly keyHash: string;
  readonly requests: readonly AppRequest[];
}

export interface EdgeStubOptions {
  readonly domain: string;
  readonly pages: number;
  readonly kratos: number;
  readonly hydra: number;
}

/** Paths of the sign-in host that are Hydra's, as `constructs/identity` routes them. */
const ofHydra = /^\/(oauth2|\.well-known|userinfo|credentials)(\/|$|\?)/;

export async function startEdge(bench: Bench, options: EdgeStubOptions): Promise<EdgeStub> {
  const { domain } = options;
  const files = new Authority(bench.folder('edge')).issue({
    name: 'edge',
    dnsNames: [domain, `*.${domain}`],
  });
  const certificate = readFileSync(files.certificate);
  const requests: AppRequest[] = [];
  const app = (incoming: IncomingMessage, response: ServerResponse) => {
    const host = (incoming.headers.host ?? '').split(':')[0] ?? '';
    if (host === `auth.${domain}`) return passOn(options, incoming, response);
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '/', `https://${host}`);
      const body = Buffer.concat(chunks).toString('utf8');
      requests.push({
        host,
        method: incoming.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        body,
      });
      response.setHeader('content-type', 'text/html');
      response.end(`<title>${host}</title><h1>${host}</h1>`);
    });
  };
  const tls = createServer({ cert: certificate, key: readFileSync(files.key) }, app);
  const plain = createPlain(app);
  const listen = async (server: typeof tls | typeof plain): Promise<number> => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    bench.atEnd(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    return address instanceof Object ? address.port : 0;
  };
  const [port, plainPort] = [await listen(tls), await listen(plain)];
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  return {
    port,
    plainPort,
    keyHash: createHash('sha256').update(key).digest('base64'),
    requests,
  };
}

function passOn(options: EdgeStubOptions, incoming: IncomingMessage, response: ServerResponse): void {
  const url = incoming.url ?? '/';
  const kratos = /^\/kratos(\/.*)$/.exec(url)?.[1];
  const port = kratos !== undefined ? options.kratos : ofHydra.test(url) ? options.hydra : options.pages;
  const upstream = request(
    {
      host: '127.0.0.1',
      port,
      path: kratos ?? url,
      method: incoming.method,
      headers: { ...incoming.headers, 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.10' },
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  upstream.on('error', () => {
    if (!response.headersSent) response.writeHead(502);
    response.end('bad gateway');
  });
  incoming.pipe(upstream);
}
