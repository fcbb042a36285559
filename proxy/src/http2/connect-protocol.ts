import { createHash, randomBytes } from 'node:crypto';

const suffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/*
 * A WebSocket of HTTP/2 (RFC 8441) has no key and no accept: the stream is proof enough. Upstreams speak HTTP/1.1, so
 * that the proxy makes the key and checks what comes back.
 */

/** A new Sec-WebSocket-Key (RFC 6455 4.1). */
export function webSocketKey(): string {
  return randomBytes(16).toString('base64');
}

/** The Sec-WebSocket-Accept that answers a key (RFC 6455 4.2.2). */
export function webSocketAccept(key: string): string {
  return createHash('sha1').update(key).update(suffix).digest('base64');
}
