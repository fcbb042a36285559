import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import { ProxyError } from '../core/errors.js';

/** Addresses of a name, best first. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  /** Default: the system's resolver, asked each time. */
  readonly resolve?: Resolve;
  /** ms for each address. Default 3,000. */
  readonly connectMs?: number;
}

/**
 * Asks the system; an address is its own answer. A name with a dot is taken as it stands: with its final dot no search domain is tried, which in a
 * cluster would be four lookups more.
 */
export const systemResolve: Resolve = async (host) => {
  if (isIP(host)) return [host];
  const name = host.includes('.') && !host.endsWith('.') ? `${host}.` : host;
  const found = await lookup(name, { all: true, verbatim: true });
  return found.map(({ address }) => address);
};

/**
 * Connects to the first address of a name that answers; both directions end by themselves (`allowHalfOpen`).
 * @param cancelled asked before each attempt: nobody waits for the connection any more
 * @throws ProxyError EDGE_UPSTREAM_CONNECT naming each address that was tried
 */
export async function dial(options: DialOptions, cancelled: () => boolean = () => false): Promise<Socket> {
  const { host, port, resolve = systemResolve, connectMs = 3000 } = options;
  const addresses = await resolved(host, resolve);
  const failures: string[] = [];
  let cause: unknown;
  for (const address of addresses) {
    if (cancelled()) break;
    try {
      return await attempt(address, port, connectMs);
    } catch (error) {
      cause = error;
      failures.push(`${address}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`);
    }
  }
  const tried =
    failures.length > 0 ? failures.join(', ') : cancelled() ? 'the client has left' : 'no address';
  throw new ProxyError('EDGE_UPSTREAM_CONNECT', `cannot connect to ${host}:${port} (${tried})`, { cause });
}

async function resolved(host: string, resolve: Resolve): Promise<readonly string[]> {
  try {
    return await resolve(host);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
    throw new ProxyError('EDGE_UPSTREAM_CONNECT', `cannot look up '${host}' (${code})`, { cause });
  }
}

function attempt(host: string, port: number, connectMs: number): Promise<Socket> {
  return new Promise((done, failed) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${connectMs} ms`)), connectMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      failed(error);
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      done(socket);
    });
  });
}
