import type { IncomingHttpHeaders } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2, type OutgoingHttpHeaders } from 'node:http2';
import { Agent, type RequestOptions, request } from 'node:https';
import { bodyOf } from './app.js';

/** Where a proxy is, and whose certificates it has. */
export interface Target {
  readonly https: number;
  readonly certificate: { readonly ca: string };
}

/** A request for a test. */
export interface Ask {
  /** @default 'app.example.org' */
  readonly host?: string;
  /** @default '/' */
  readonly path?: string;
  /** @default 'GET' */
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

/** What came back. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const agents = new Map<string, Agent>();

/** Connections are kept, one pool for each target and name. */
function agentOf({ https, certificate: { ca } }: Target, host: string): Agent {
  const key = `${https} ${host}`;
  let agent = agents.get(key);
  if (agent === undefined) {
    agent = new Agent({ keepAlive: true, ca, servername: host });
    agents.set(key, agent);
  }
  return agent;
}

/** Closes connections that are kept. */
export function closeClients(): void {
  for (const agent of agents.values()) agent.destroy();
  agents.clear();
  for (const session of sessions) session.destroy();
  sessions.clear();
}

/** Asks over HTTP/1.1 and TLS. */
export function ask(
  target: Target,
  { host = 'app.example.org', headers = {}, body, ...rest }: Ask = {},
): Promise<Reply> {
  const options: RequestOptions = {
    ...{ host: '127.0.0.1', port: target.https, agent: agentOf(target, host) },
    ...rest,
    headers: { host, ...(headers as RequestOptions['headers'] as object) },
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      const { statusCode = 0, headers: fields } = response;
      bodyOf(response).then(
        (bytes) => resolve({ status: statusCode, headers: fields, text: bytes.toString() }),
        reject,
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const sessions = new Set<ClientHttp2Session>();

/** An HTTP/2 connection to the proxy. */
export function openHttp2(
  { https, certificate: { ca } }: Target,
  host = 'app.example.org',
): ClientHttp2Session {
  const session = connectHttp2(`https://${host}:${https}`, { ca, host: '127.0.0.1', servername: host });
  session.on('error', () => {});
  sessions.add(session);
  session.once('close', () => sessions.delete(session));
  return session;
}

/** Asks over an HTTP/2 connection. */
export async function askHttp2(
  session: ClientHttp2Session,
  { host = 'app.example.org', path = '/', method = 'GET', headers = {}, body }: Ask = {},
): Promise<Reply> {
  const stream = session.request(
    { ':method': method, ':path': path, ':scheme': 'https', ':authority': host, ...headers },
    { endStream: body === undefined },
  );
  if (body !== undefined) stream.end(body);
  const answered = new Promise<IncomingHttpHeaders & { ':status'?: number }>((resolve, reject) => {
    stream.once('response', resolve).once('error', reject);
    stream.once('close', () => reject(new Error(`stream closed, code ${stream.rstCode}`)));
  });
  const fields = await answered;
  const bytes = await bodyOf(stream);
  return { status: Number(fields[':status']), headers: fields, text: bytes.toString() };
}
