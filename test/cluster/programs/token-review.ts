import { createPrivateKey, createSign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { Api } from '../api.js';
import { Authority } from '../certificates.js';
import type { Bench } from './program.js';

/** Who a token is for. */
export interface TokenSubject {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Empty for the API server itself. */
  readonly audience: string;
}

/** The part of a Kubernetes API server that says whether a ServiceAccount's token is genuine. */
export interface TokenReviewer {
  readonly url: string;
  /** PEM text of the authority of its certificate. */
  readonly authority: string;
  /** A token as the API server makes it. */
  token(subject: TokenSubject): Promise<string>;
}

/**
 * A stand-in that answers as the API server does: the token it made itself is genuine, for the audiences it was made
 * for, and only a reviewer with a token may ask.
 */
export async function startTokenReviewer(bench: Bench): Promise<TokenReviewer> {
  const authority = new Authority(bench.folder('token-review'));
  const { certificate, key } = authority.issue({
    name: 'api-server',
    dnsNames: ['localhost'],
    addresses: ['127.0.0.1'],
  });
  const signing = createPrivateKey(readFileSync(key));
  const known = new Map<string, TokenSubject>();
  const server = createServer(
    { cert: readFileSync(certificate), key: readFileSync(key) },
    (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      request.on('end', () => {
        const isReview =
          request.url === '/apis/authentication.k8s.io/v1/tokenreviews' && request.method === 'POST';
        const asker = known.get((request.headers.authorization ?? '').replace('Bearer ', ''));
        if (!isReview || asker === undefined) return response.writeHead(isReview ? 401 : 404).end('{}');
        response.writeHead(201, { 'content-type': 'application/json' });
        response.end(JSON.stringify(review(JSON.parse(body), known)));
      });
    },
  );
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  bench.atEnd(() => new Promise((done) => server.close(done).closeAllConnections()));
  const address = server.address();
  const url = `https://127.0.0.1:${address instanceof Object ? address.port : 0}`;
  return {
    url,
    authority: readFileSync(authority.files.certificate, 'utf8'),
    token(subject) {
      const token = signed(subject, signing);
      known.set(token, subject);
      return Promise.resolve(token);
    },
  };
}

interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: { readonly token: string; readonly audiences?: readonly string[] };
}

function review(asked: Review, known: ReadonlyMap<string, TokenSubject>): object {
  const { token, audiences = [] } = asked.spec;
  const subject = known.get(token);
  // without audiences the API server takes its own, which no token of the box is for
  const shared = audiences.filter((audience) => audience === subject?.audience);
  if (subject === undefined || shared.length === 0)
    return { ...asked, status: { authenticated: false, error: 'invalid bearer token' } };
  const { namespace, serviceAccount } = subject;
  return {
    ...asked,
    status: {
      authenticated: true,
      audiences: shared,
      user: {
        username: `system:serviceaccount:${namespace}:${serviceAccount}`,
        uid: uidOf(subject),
        groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      },
    },
  };
}

const uidOf = ({ namespace, serviceAccount }: TokenSubject) => `uid-of-${namespace}-${serviceAccount}`;

/** The API server itself, with the accounts that are on it. */
export async function apiServerReviewer(api: Api): Promise<TokenReviewer> {
  // what every pod has in its own mount
  const root = await api.must<{ data: Record<string, string> }>(
    'GET',
    '/api/v1/namespaces/data/configmaps/kube-root-ca.crt',
  );
  return {
    url: `https://127.0.0.1:${api.port}`,
    authority: root.data['ca.crt'] ?? '',
    async token({ namespace, serviceAccount, audience }) {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`;
      const made = await api.must<{ status: { token: string } }>('POST', path, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: 600, ...(audience === '' ? {} : { audiences: [audience] }) },
      });
      return made.status.token;
    },
  };
}

let serial = 0;

function signed(subject: TokenSubject, key: ReturnType<typeof createPrivateKey>): string {
  const { namespace, serviceAccount, audience } = subject;
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    aud: [audience],
    exp: now + 600,
    iat: now,
    nbf: now,
    iss: 'https://kubernetes.default.svc.cluster.local',
    jti: `token-${serial++}`,
    'kubernetes.io': { namespace, serviceaccount: { name: serviceAccount, uid: uidOf(subject) } },
    sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
  };
  const content = `${part({ alg: 'ES256', kid: 'test' })}.${part(claims)}`;
  const signature = createSign('sha256').update(content).sign({ key, dsaEncoding: 'ieee-p1363' });
  return `${content}.${signature.toString('base64url')}`;
}
