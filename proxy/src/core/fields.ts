/*
 * The field names the proxy itself looks at, as small numbers, so that nothing on the hot path compares strings twice.
 * Everything else is passed on unread.
 */

/** What becomes of a known field. */
export const Fate = {
  /** Passed on. */
  keep: 0,
  /** Not passed on to an upstream: it belongs to this connection, or only the proxy may say it. */
  request: 1,
  /** Not passed on to a client. */
  response: 2,
  /** A client must not name it in Connection: doing so would take away what the proxy or the app relies on. */
  guarded: 4,
} as const;

const both = Fate.request | Fate.response;
const ownWord = Fate.request | Fate.guarded;

const table = {
  host: ownWord,
  connection: both,
  'keep-alive': both,
  'proxy-connection': both,
  'proxy-authorization': both,
  'proxy-authenticate': both,
  te: both,
  'transfer-encoding': both | Fate.guarded,
  'content-length': both | Fate.guarded,
  upgrade: both,
  'http2-settings': both,
  trailer: both,
  expect: Fate.request | Fate.guarded,
  via: Fate.guarded,
  forwarded: ownWord,
  'x-forwarded-for': ownWord,
  'x-forwarded-host': ownWord,
  'x-forwarded-proto': ownWord,
  'x-forwarded-port': ownWord,
  'x-forwarded-server': ownWord,
  'x-forwarded-prefix': ownWord,
  'x-forwarded-protocol': ownWord,
  'x-forwarded-scheme': ownWord,
  'x-forwarded-ssl': ownWord,
  'x-real-ip': ownWord,
  'x-client-ip': ownWord,
  'x-cluster-client-ip': ownWord,
  'true-client-ip': ownWord,
  'cf-connecting-ip': ownWord,
  'x-original-url': ownWord,
  'x-original-uri': ownWord,
  'x-original-method': ownWord,
  'x-rewrite-url': ownWord,
  'x-request-id': both | Fate.guarded,
  traceparent: ownWord,
  tracestate: ownWord,
  cookie: Fate.guarded,
  authorization: Fate.guarded,
  'user-agent': Fate.keep,
  accept: Fate.keep,
  'accept-language': Fate.keep,
  'accept-encoding': Fate.keep,
  referer: Fate.keep,
  origin: Fate.guarded,
  'content-type': Fate.guarded,
  'content-encoding': Fate.guarded,
  range: Fate.keep,
  'if-range': Fate.keep,
  'if-match': Fate.keep,
  'if-none-match': Fate.keep,
  'if-modified-since': Fate.keep,
  'if-unmodified-since': Fate.keep,
  'cache-control': Fate.keep,
  pragma: Fate.keep,
  'sec-websocket-key': Fate.guarded,
  'sec-websocket-version': Fate.guarded,
  'sec-websocket-accept': Fate.keep,
  'sec-fetch-mode': Fate.keep,
  'sec-fetch-site': Fate.keep,
  'sec-ch-ua': Fate.keep,
  date: Fate.keep,
  server: Fate.keep,
  etag: Fate.keep,
  age: Fate.keep,
  expires: Fate.keep,
  vary: Fate.keep,
  location: Fate.keep,
  'last-modified': Fate.keep,
  'set-cookie': Fate.keep,
  'accept-ranges': Fate.keep,
  'content-range': Fate.keep,
  'content-md5': Fate.keep,
  digest: Fate.keep,
  'strict-transport-security': Fate.keep,
  'alt-svc': Fate.response,
} as const satisfies Record<string, number>;

/** A known field name. */
export type FieldName = keyof typeof table;

const names = Object.keys(table) as FieldName[];

/** Number of known names, 0 standing for every other name. */
export const fieldCount = names.length + 1;

/** Number of each known name. */
export const Field = Object.fromEntries(names.map((name, i) => [name, i + 1])) as Record<FieldName, number>;

/** Name of each number. */
export const fieldNames: readonly string[] = ['', ...names];

/** {@link Fate} of each number. */
export const fates = Uint8Array.from([Fate.keep, ...names.map((name) => table[name])]);

/** Seed of {@link hashStep}. */
export const hashSeed = 0x811c9dc5 | 0;

/** One step of the hash of a name, over a lower-case character code. */
export function hashStep(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193);
}

const slots = 1024;
const byHash = new Uint8Array(slots);
for (const [i, name] of names.entries()) {
  let hash = hashSeed;
  for (let at = 0; at < name.length; at++) hash = hashStep(hash, name.charCodeAt(at));
  let slot = (hash ^ (hash >>> 15)) & (slots - 1);
  while (byHash[slot] !== 0) slot = (slot + 1) & (slots - 1);
  byHash[slot] = i + 1;
}

/** Lower case of each token character of RFC 9110 5.6.2, 0 for what is none. */
export const tokenChars = new Uint8Array(256);
for (const c of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")
  tokenChars[c.charCodeAt(0)] = c.charCodeAt(0);
for (const c of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') tokenChars[c.charCodeAt(0)] = c.charCodeAt(0) | 0x20;

/**
 * Number of the known field whose name stands in `bytes` from `start` to `end`, 0 when it is another one. `hash` is that
 * of its lower-case characters.
 */
export function lookUpField(bytes: Uint8Array, start: number, end: number, hash: number): number {
  let slot = (hash ^ (hash >>> 15)) & (slots - 1);
  for (let id = byHash[slot] as number; id !== 0; id = byHash[slot] as number) {
    const name = nameBytes[id] as Uint8Array;
    const { length } = name;
    if (length === end - start) {
      let at = 0;
      while (at < length && tokenChars[bytes[start + at] as number] === name[at]) at++;
      if (at === length) return id;
    }
    slot = (slot + 1) & (slots - 1);
  }
  return 0;
}

const nameBytes: readonly Uint8Array[] = fieldNames.map((name) => Uint8Array.from(Buffer.from(name)));
const numbers: ReadonlyMap<string, number> = new Map(names.map((name, i) => [name, i + 1]));

/** Number of the known field of a name in any case, 0 when it is another one. */
export function fieldNumber(name: string): number {
  return numbers.get(name.toLowerCase()) ?? 0;
}
