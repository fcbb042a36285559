/** A request as the upstream must see it. */
export interface Seen {
  readonly method: string;
  readonly target: string;
  readonly body: string;
}

/** Octets of a client, and what must come of them. */
export interface Case {
  readonly name: string;
  readonly octets: string;
  /** Statuses of the answers, in order. */
  readonly answers: readonly number[];
  /** Whole requests that reach the upstream, in order. */
  readonly seen: readonly Seen[];
  /** Texts that must, or must not, be among what the upstream sees, in any case. */
  readonly has?: readonly string[];
  readonly hasNot?: readonly string[];
  /** The proxy must end the connection after its last answer. */
  readonly closes?: boolean;
  /** The head has no end: when it comes in pieces it is refused only once it is too large or time is up. */
  readonly endless?: boolean;
}

export const host = 'app.example.test';

/** What a case may say besides. */
export type Extra = Pick<Case, 'has' | 'hasNot'>;

/** One request that is passed on. */
export const one = (name: string, octets: string, seen: Partial<Seen> = {}, extra: Extra = {}): Case => ({
  name,
  octets,
  answers: [200],
  seen: [{ method: octets.slice(0, octets.indexOf(' ')), target: '/case', body: '', ...seen }],
  ...extra,
});

/** Several requests that are passed on. */
export const many = (name: string, octets: string, seen: readonly Seen[], extra: Extra = {}): Case => ({
  name,
  octets,
  answers: seen.map(() => 200),
  seen,
  ...extra,
});

/** Refused: the answer, the end of the connection, and nothing for the upstream. */
export const no = (name: string, status: number, octets: string): Case => ({
  name,
  octets,
  answers: [status],
  seen: [],
  closes: true,
});

/** The first is passed on; what follows is refused. */
export const oneThenNo = (name: string, octets: string, seen: Partial<Seen> = {}, status = 400): Case => ({
  ...one(name, octets, seen),
  answers: [200, status],
  closes: true,
});

/** Not whole when the client ends: no answer, no whole request upstream. */
export const cut = (name: string, octets: string): Case => ({ name, octets, answers: [], seen: [] });

/** Answered by the proxy itself, and the connection goes on. */
export const own = (name: string, status: number, octets: string): Case => ({
  name,
  octets,
  answers: [status],
  seen: [],
});

/** A head: request line, Host, the given lines. */
export const head = (line: string, ...lines: readonly string[]): string =>
  `${[line, `Host: ${host}`, ...lines].join('\r\n')}\r\n\r\n`;

export const get = (...lines: readonly string[]): string => head('GET /case HTTP/1.1', ...lines);

/** A POST with lines and a body as it stands. */
export const post = (lines: readonly string[], body: string): string =>
  head('POST /case HTTP/1.1', ...lines) + body;

/** A POST whose body is chunked as it stands. */
export const chunked = (body: string, ...lines: readonly string[]): string =>
  post(['Transfer-Encoding: chunked', ...lines], body);

/** What an attacker wants the upstream to see. No request for it may ever get there. */
export const smuggled = head('GET /smuggled HTTP/1.1');

/** Characters that nobody sees, for names of cases. */
export const shown = (text: string): string => JSON.stringify(text).slice(1, -1);
