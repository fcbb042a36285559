import type { Socket } from 'node:net';
import type { Address } from './core/address.js';
import { ProxyError } from './core/errors.js';
import { MAX_HEADER, readProxyHeader } from './l4/proxy-protocol.js';

/** Milliseconds a load balancer has for its PROXY header. */
const headerTime = 1000;

/**
 * Reads the PROXY header that a load balancer's connection begins with, and calls back with the client it names. A
 * connection without a good one is closed: nobody knows whose it is.
 */
export function readProxyClient(
  raw: Socket,
  balancer: Address,
  go: (client: Address) => void,
  refuse: (problem: ProxyError) => void,
): void {
  let bytes: Buffer = Buffer.alloc(0);
  const leave = () => {
    clearTimeout(timer);
    raw.off('data', take).off('close', leave).off('end', end);
  };
  const fail = (problem: string) => {
    leave();
    raw.destroy();
    refuse(new ProxyError('EDGE_PROXY_PROTOCOL', `${balancer.text}: ${problem}`));
  };
  const end = () => fail('it ended before its PROXY header');
  const take = (chunk: Buffer) => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const header = readProxyHeader(bytes);
    if (header === 'need more') {
      if (bytes.length > MAX_HEADER) fail(`no PROXY header in ${MAX_HEADER} octets`);
      return;
    }
    if (header instanceof ProxyError) {
      fail(header.message);
      return;
    }
    // LOCAL: the balancer itself, for its health checks
    const client = header.source?.address ?? balancer;
    leave();
    raw.pause();
    if (header.length < bytes.length) raw.unshift(bytes.subarray(header.length));
    go(client);
  };
  const timer = setTimeout(() => fail(`no PROXY header within ${headerTime} ms`), headerTime);
  raw.on('data', take).once('close', leave).once('end', end);
}
