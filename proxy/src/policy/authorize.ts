import { Field, fieldNumber } from '../core/fields.js';
import { tableIndex } from '../core/keyed-hash.js';
import type { Exchange } from '../exchange.js';
import { CredentialKey } from '../limit/identity.js';
import type { Authorization } from '../routing/route.js';
import { ask, type Reply } from '../upstream/ask.js';
import type { Upstreams } from '../upstream/upstreams.js';

/** Milliseconds the app has to decide, and octets it may say. */
const time = 5000;
const limit = 65_536;

/** Decisions kept. */
const capacity = 10_000;

/** What an app decided about a request. */
export interface Decision {
  /** 200: allowed; 401 and 403: its answer goes to the client; 502: it could not decide. */
  readonly status: number;
  /** Captured fields, as lines for the upstream. */
  readonly lines: string;
  /** The app's own answer when it refuses. */
  readonly reply: Reply | undefined;
}

/** Fields of a refusal that the client needs. */
const passedOn = new Set(['www-authenticate', 'location', 'set-cookie', 'content-type', 'cache-control']);

interface Kept {
  readonly until: number;
  readonly checkHi: number;
  readonly checkLo: number;
  readonly decision: Decision;
}

/**
 * Asks apps whether requests may pass, as `auth_request` of nginx does: with the client's Cookie, Authorization and Host,
 * and what is asked for; never with its body. Whatever goes wrong refuses. Where a route says so a yes is believed for a
 * while, by a keyed hash of all that the app was told.
 */
export class Authorizer {
  private readonly kept = new Map<number, Kept>();
  private readonly key = new CredentialKey();

  constructor(private readonly upstreams: Upstreams) {}

  /** @param now milliseconds of the service's clock */
  async decide(exchange: Exchange, authorization: Authorization, now: number): Promise<Decision> {
    const { head, peer } = exchange;
    const { cacheMs, captureHeaders } = authorization;
    const url = new URL(authorization.url);
    const scheme = peer.secure ? 'https' : 'http';
    const query = head.query === '' ? '' : `?${head.query}`;
    let told = `X-Original-URL: ${scheme}://${head.authority}${exchange.path}${query}\r\nX-Original-Method: ${head.method}\r\n`;
    if (head.has(Field.cookie)) told += `Cookie: ${head.all(Field.cookie, '; ')}\r\n`;
    if (head.has(Field.authorization)) told += `Authorization: ${head.get(Field.authorization)}\r\n`;
    const { key } = this;
    if (cacheMs > 0) {
      key.read(`${authorization.url}\n${told}`);
      const kept = this.kept.get(tableIndex(key.hi, key.lo));
      if (
        kept !== undefined &&
        kept.until > now &&
        kept.checkHi === key.checkHi &&
        kept.checkLo === key.checkLo
      )
        return kept.decision;
    }
    // the key is one for all requests: what it says now is not there after the wait
    const { checkHi, checkLo } = key;
    const place = tableIndex(key.hi, key.lo);
    let lines = told + exchange.forwardedLines;
    if (head.has(Field.accept)) lines += `Accept: ${head.all(Field.accept)}\r\n`;
    lines += `X-Request-Id: ${exchange.id}\r\n${exchange.traceLines}`;
    const pool = this.upstreams.get(url.hostname, Number(url.port) || 80);
    const reply = await ask(pool, {
      target: url.pathname + url.search,
      host: head.authority,
      lines,
      time,
      limit,
    });
    if (reply.status >= 200 && reply.status < 300) {
      let captured = '';
      for (const [name, value] of reply.fields)
        if (captureHeaders.includes(name)) captured += `${name}: ${value}\r\n`;
      const decision: Decision = { status: 200, lines: captured, reply: undefined };
      if (cacheMs > 0) this.keep(place, { until: now + cacheMs, checkHi, checkLo, decision });
      return decision;
    }
    if (reply.status === 401 || reply.status === 403) return { status: reply.status, lines: '', reply };
    return { status: 502, lines: '', reply: undefined };
  }

  private keep(place: number, kept: Kept): void {
    this.kept.delete(place);
    if (this.kept.size >= capacity) {
      const [oldest] = this.kept.keys();
      if (oldest !== undefined) this.kept.delete(oldest);
    }
    this.kept.set(place, kept);
  }
}

/** Fields of the app's refusal that go to the client, as lines. */
export function refusalLines(reply: Reply): string {
  let lines = '';
  for (const [name, value] of reply.fields) if (passedOn.has(name)) lines += `${name}: ${value}\r\n`;
  return lines;
}

/** Takes from the head what the app's captured fields replace, whether the client sent it or not. */
export function dropCaptured(exchange: Exchange, authorization: Authorization): void {
  for (const name of authorization.captureHeaders) {
    const id = fieldNumber(name);
    if (id !== 0) exchange.head.drop(id);
    else exchange.head.dropNames([name]);
  }
}
