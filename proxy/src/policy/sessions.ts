import type { Config } from '../config/schema.js';
import { Field } from '../core/fields.js';
import type { Exchange } from '../exchange.js';
import type { FieldList } from '../http1/field-list.js';
import { CredentialKey, type KeyNumbers } from '../limit/identity.js';
import { SessionCache } from '../limit/sessions.js';
import { ask } from '../upstream/ask.js';
import type { Upstreams } from '../upstream/upstreams.js';

/** Milliseconds whoami may take, and octets it may answer. */
const time = 5000;
const limit = 65_536;
/** Most questions at once that nobody waits for. */
const backgroundLimit = 32;

const QUOTE = 34;
const isBlank = (code: number) => code === 32 || code === 9;

/** What is known of somebody. */
export type Standing =
  | { readonly known: true; readonly groups: readonly string[] }
  | { readonly known: false };

/** Who is signed in, as the session provider says; answers are kept for a while. */
export class Sessions {
  private readonly cache = new SessionCache();
  private readonly key = new CredentialKey();
  private readonly asking = new Map<string, Promise<Standing>>();
  private config: Config['session'] = undefined;
  private names: readonly string[] = [];

  constructor(private readonly upstreams: Upstreams) {}

  /** Takes a configuration over. Another provider means that nothing known before holds. */
  adopt(config: Config['session']): void {
    if (config?.whoami !== this.config?.whoami || config?.groups !== this.config?.groups) this.cache.clear();
    this.config = config;
    this.names = config?.cookies ?? [];
  }

  /** Marks the exchange as signed in when its session is known. True: it has one that nobody was asked about. */
  recognise(exchange: Exchange, now: number): boolean {
    if (!this.readKey(exchange.head)) return false;
    const { key } = this;
    const session = this.cache.find(key, now);
    if (session === undefined) return true;
    if (session.valid) {
      exchange.signedIn = true;
      exchange.sessionHi = key.hi;
      exchange.sessionLo = key.lo;
    }
    return false;
  }

  /** Finds out about a session for the next time; nobody waits for it. */
  findOut(exchange: Exchange, now: number): void {
    if (this.asking.size < backgroundLimit) this.ask(exchange, now).catch(() => {});
  }

  /** What is known without asking: undefined when nothing is. */
  known(exchange: Exchange, now: number): Standing | undefined {
    if (!this.readKey(exchange.head)) return { known: false };
    const session = this.cache.find(this.key, now);
    if (session === undefined) return undefined;
    return session.valid ? { known: true, groups: session.groups ?? [] } : { known: false };
  }

  /** Asks the provider; several at once for one session ask once. Fails when it cannot tell. */
  ask(exchange: Exchange, now: number): Promise<Standing> {
    const { config } = this;
    if (config === undefined || !this.readKey(exchange.head)) return Promise.resolve({ known: false });
    const { hi, lo, checkHi, checkLo } = this.key;
    const name = `${hi},${lo},${checkHi},${checkLo}`;
    let asking = this.asking.get(name);
    if (asking === undefined) {
      asking = this.whoami(
        config,
        exchange.head.all(Field.cookie, '; '),
        { hi, lo, checkHi, checkLo },
        now,
      ).finally(() => this.asking.delete(name));
      this.asking.set(name, asking);
    }
    return asking;
  }

  private async whoami(
    config: NonNullable<Config['session']>,
    cookie: string,
    key: KeyNumbers,
    now: number,
  ): Promise<Standing> {
    const url = new URL(config.whoami);
    const pool = this.upstreams.get(url.hostname, Number(url.port) || 80);
    const reply = await ask(pool, {
      target: url.pathname + url.search,
      host: url.host,
      lines: `Cookie: ${cookie}\r\nAccept: application/json\r\n`,
      time,
      limit,
    });
    if (reply.status === 200) {
      const groups = readGroups(reply.body, config.groups);
      this.cache.admit(key, groups, config.cacheSeconds * 1000, now);
      return { known: true, groups };
    }
    if (reply.status === 401 || reply.status === 403) {
      this.cache.refuse(key, 5000, now);
      return { known: false };
    }
    throw new Error(`whoami answered ${reply.status}`);
  }

  /** Reads the first session cookie there is into `key`. */
  private readKey(head: FieldList): boolean {
    const id = Field.cookie;
    for (let at = head.indexOf(id); at >= 0 && at < head.count; at++) {
      if (head.ids[at] !== id) continue;
      const { text } = head;
      const start = head.offsets[4 * at + 2] as number;
      const end = head.offsets[4 * at + 3] as number;
      for (const name of this.names) {
        let from = text.indexOf(name, start);
        while (from >= 0 && from < end) {
          const before = from === start ? 59 : text.charCodeAt(from - 1);
          const equals = from + name.length;
          if ((before === 59 || before === 32) && text.charCodeAt(equals) === 61) {
            let stop = text.indexOf(';', equals);
            if (stop < 0 || stop > end) stop = end;
            // spaces around it and quotes are none of the value: written in another way it is still the same session
            let first = equals + 1;
            while (first < stop && isBlank(text.charCodeAt(first))) first++;
            while (stop > first && isBlank(text.charCodeAt(stop - 1))) stop--;
            if (stop - first > 1 && text.charCodeAt(first) === QUOTE && text.charCodeAt(stop - 1) === QUOTE) {
              first++;
              stop--;
            }
            if (stop === first) break;
            this.key.read(text, first, stop);
            return true;
          }
          from = text.indexOf(name, from + 1);
        }
      }
    }
    return false;
  }
}

/** The groups an answer of whoami names, at a JSON pointer (RFC 6901); none when it names none. */
function readGroups(body: Buffer, pointer: string): readonly string[] {
  let value: unknown = JSON.parse(body.toString('utf8'));
  for (const part of pointer.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null) return [];
    value = (value as Record<string, unknown>)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
