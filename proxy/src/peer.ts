import type { Address } from './core/address.js';

/** What is known of a client's connection as a whole; made once, read by every request on it. */
export class Peer {
  /** Host of the request before, whose lines below still hold. */
  private lastAuthority = '';
  private lastLines = '';
  /** What the access log made of the fields that a client repeats. */
  agent: { agent: string; language: string; encoding: string; text: string } | undefined = undefined;

  /**
   * @param address of the socket, or of the PROXY header of a peer that may send one
   * @param secure over TLS
   * @param serverName of TLS, '' when none was given
   * @param forwarding a proxy in front of this one, whose X-Forwarded-For is believed
   * @param unlimited spared the limiter and the detector, and nothing else
   * @param port the public port clients see
   */
  constructor(
    readonly address: Address,
    readonly secure: boolean,
    readonly serverName: string,
    readonly forwarding: boolean,
    readonly unlimited: boolean,
    readonly port: number,
  ) {}

  /** The lines that tell an upstream who asks and by what name, for a client of this connection's own address. */
  forwardedLines(authority: string): string {
    if (authority !== this.lastAuthority) {
      this.lastAuthority = authority;
      this.lastLines = forwardedLines(this.address.text, this.secure, this.port, authority);
    }
    return this.lastLines;
  }
}

/** Fields about the client that only the proxy may say (RFC 7239 8.1). */
export function forwardedLines(address: string, secure: boolean, port: number, authority: string): string {
  return (
    `X-Forwarded-For: ${address}\r\nX-Real-IP: ${address}\r\nX-Forwarded-Proto: ${secure ? 'https' : 'http'}\r\n` +
    `X-Forwarded-Port: ${port}\r\nX-Forwarded-Host: ${authority}\r\n`
  );
}
