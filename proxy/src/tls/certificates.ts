import {
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type Server,
  type TlsOptions,
} from 'node:tls';
import { ProxyError } from '../core/errors.js';
import { tlsProfile } from './profile.js';
import { type Certificate, type CertificatePem, parseCertificate, refuse, timeProblem } from './validate.js';

/** When a certificate ends, for metrics and readiness. */
export interface Expiry {
  readonly source: string;
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly notAfter: number;
}

/** What became of a certificate that was handed in. */
export interface Replacement {
  /** False when it is the one already served. */
  readonly changed: boolean;
  readonly certificate: Certificate;
  /** What is odd about it, though it is served. */
  readonly warnings: readonly string[];
}

/** How a store is made. */
export interface CertificateStoreOptions {
  /** 48 bytes, from `TicketKeys.current()`. */
  readonly ticketKeys: Buffer;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
  /** Called after each change of what is served. A throw is not caught. */
  readonly onChange?: (replacement: Replacement) => void;
}

interface Entry {
  readonly certificate: Certificate;
  readonly context: SecureContext;
}

/**
 * The certificates of the proxy, each from one source, chosen by server name. A change takes effect with the next
 * handshake: open connections keep what they have, and tickets stay good.
 */
export class CertificateStore {
  private readonly entries = new Map<string, Entry>();
  private exact = new Map<string, Entry>();
  private wildcard = new Map<string, Entry>();
  private fallback: Entry | undefined;
  /** Handed to servers as their default; see `mixes`. */
  private unnamed: Certificate | undefined;
  private order: readonly string[] = [];
  private ticketKeys: Buffer;
  private readonly now: () => number;
  private readonly onChange: (replacement: Replacement) => void;
  private readonly servers = new Set<Server>();

  constructor({ ticketKeys, now = Date.now, onChange = () => {} }: CertificateStoreOptions) {
    this.ticketKeys = ticketKeys;
    this.now = now;
    this.onChange = onChange;
  }

  /** Whether there is any certificate: without one no handshake can succeed. */
  get ready(): boolean {
    return this.fallback !== undefined;
  }

  /**
   * Takes the certificate of a source over, in place. One outside its time is taken only when the source has none that
   * is better, with a warning.
   * @throws ProxyError EDGE_CERTIFICATE; what was served before still is
   */
  replace(source: string, pem: CertificatePem): Replacement {
    const certificate = parseCertificate(source, pem);
    const before = this.entries.get(source)?.certificate;
    const warnings = [...certificate.warnings];
    const problem = timeProblem(certificate, this.now());
    if (problem !== undefined) {
      const better = before !== undefined && timeProblem(before, this.now()) === undefined;
      if (better) throw refuse(source, `it ${problem}`, 'the one before is kept; issue it again');
      warnings.push(`${source}: it ${problem}, and is served for want of a better one`);
    }
    const same = before?.fingerprint === certificate.fingerprint && before.key === certificate.key;
    if (same) return { changed: false, certificate, warnings };
    this.entries.set(source, { certificate, context: contextOf(certificate) });
    this.index();
    if (this.unnamed === undefined) warnings.push(`${source}: ${mixedWarning}`);
    const replacement = { changed: true, certificate, warnings };
    this.onChange(replacement);
    return replacement;
  }

  /** Serves the certificate of a source no longer; open connections stay. The last one is kept. */
  remove(source: string): void {
    if (this.entries.size < 2 || !this.entries.delete(source)) return;
    this.index();
  }

  /** Serves these sources only; a name that no certificate has gets the first of them. One certificate always stays. */
  retain(sources: readonly string[]): void {
    this.order = sources;
    const wanted = [...this.entries.keys()].filter((source) => sources.includes(source));
    if (wanted.length > 0)
      for (const source of this.entries.keys()) if (!sources.includes(source)) this.entries.delete(source);
    this.index();
  }

  /** The context for a server name: exact, then wildcard of one label, then the first certificate. */
  select(serverName: string | undefined): SecureContext | undefined {
    return (this.find(serverName) ?? this.fallback)?.context;
  }

  /** Whether a certificate names this host, and is within its time. */
  covers(host: string): boolean {
    const certificate = this.find(host)?.certificate;
    return certificate !== undefined && timeProblem(certificate, this.now()) === undefined;
  }

  /** All that are served. */
  expiries(): Expiry[] {
    return [...this.entries.values()].map(({ certificate: { source, names, notAfter } }) => ({
      source,
      names,
      notAfter,
    }));
  }

  /**
   * Options for `tls.createServer`: versions, ciphers, tickets, ALPN and the choice by name. Give the server to
   * `attach` afterwards, which keeps its default certificate and ticket keys up to date.
   */
  serverOptions(): TlsOptions {
    return {
      ...this.defaults(),
      ALPNProtocols: ['h2', 'http/1.1'],
      // a throw here once ended the process (CVE-2026-21637)
      SNICallback: (name, done) => {
        try {
          done(null, this.select(name));
        } catch (error) {
          done(error instanceof Error ? error : new Error(String(error)));
        }
      },
    };
  }

  /** Keeps a server up to date until the function returned is called. */
  attach(server: Server): () => void {
    this.servers.add(server);
    server.setSecureContext(this.defaults());
    return () => this.servers.delete(server);
  }

  /** Takes new ticket keys over: 48 bytes. Each client does one full handshake. */
  setTicketKeys(keys: Buffer): void {
    this.ticketKeys = keys;
    for (const server of this.servers) server.setTicketKeys(keys);
  }

  private find(host: string | undefined): Entry | undefined {
    if (host === undefined) return undefined;
    const name = host.toLowerCase();
    const found = this.exact.get(name);
    if (found !== undefined) return found;
    const dot = name.indexOf('.');
    return dot > 0 ? this.wildcard.get(name.slice(dot + 1)) : undefined;
  }

  /** Rebuilds both maps and hands the default over. Where two name one host the valid one wins, then the later end. */
  private index(): void {
    const now = this.now();
    const exact = new Map<string, Entry>();
    const wildcard = new Map<string, Entry>();
    for (const entry of this.entries.values())
      for (const name of entry.certificate.names) {
        const [map, key] = name.startsWith('*.') ? [wildcard, name.slice(2)] : [exact, name];
        const other = map.get(key);
        if (other === undefined || isBetter(entry.certificate, other.certificate, now)) map.set(key, entry);
      }
    const [first] = this.entries.values();
    const preferred = this.order.find((source) => this.entries.has(source));
    this.exact = exact;
    this.wildcard = wildcard;
    this.fallback = preferred === undefined ? first : this.entries.get(preferred);
    const certificate = this.fallback?.certificate;
    const all = [...this.entries.values()];
    const fits = certificate !== undefined && !all.some((entry) => mixes(certificate, entry.certificate));
    this.unnamed = fits ? certificate : undefined;
    for (const server of this.servers) server.setSecureContext(this.defaults());
  }

  private defaults(): SecureContextOptions {
    const { unnamed } = this;
    const own = unnamed === undefined ? {} : { cert: unnamed.cert, key: unnamed.key };
    // without these node makes new keys, and every ticket given out before is void
    return { ...tlsProfile, ...own, ticketKeys: this.ticketKeys };
  }
}

/**
 * Node lays the certificate chosen by name over the server's default instead of putting it in its place: of two kinds
 * of keys OpenSSL then prefers either, and a missing chain lets the other show through (nodejs/node#54235). Such a
 * default must not exist, at the price of clients that send no name.
 */
function mixes(unnamed: Certificate, named: Certificate): boolean {
  return unnamed.keyType !== named.keyType || (unnamed.hasChain && !named.hasChain);
}

const mixedWarning =
  'certificates differ in the kind of their key or in having a chain, so that clients without a server name are ' +
  'refused; issue all of them alike';

function contextOf({ source, cert, key }: Certificate): SecureContext {
  try {
    return createSecureContext({ ...tlsProfile, cert, key });
  } catch (cause) {
    const what = `TLS does not take it (${cause instanceof Error ? cause.message : cause})`;
    throw new ProxyError('EDGE_CERTIFICATE', `${source}: ${what}; issue it with an ECDSA P-256 key`, {
      cause,
    });
  }
}

function isBetter(one: Certificate, other: Certificate, now: number): boolean {
  const [valid, otherValid] = [timeProblem(one, now) === undefined, timeProblem(other, now) === undefined];
  return valid === otherValid ? one.notAfter > other.notAfter : valid;
}
