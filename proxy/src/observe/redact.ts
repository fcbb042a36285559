/** What stands in the place of a value nobody shall read in a log. */
export const redacted = 'REDACTED';

/** Parameters that carry a secret, besides those whose name ends as in {@link endings}; in lower case. */
const secretNames = new Set([
  'code',
  'state',
  'ticket',
  'sig',
  'jwt',
  'pwd',
  'passwd',
  'otp',
  'totp',
  'assertion',
  'client_assertion',
  'code_verifier',
  'id_token_hint',
  'samlrequest',
  'samlresponse',
  'api_key',
  'api-key',
  'apikey',
  'access_key',
  'session',
  'session_id',
  'sessionid',
  'sid',
  'login_challenge',
  'login_verifier',
  'consent_challenge',
  'consent_verifier',
  'logout_challenge',
  'logout_verifier',
]);

/** 'token' and 'access_token', 'X-Amz-Signature', 'X-Amz-Security-Token', 'client_secret', 'new_password' … */
const endings = ['token', 'secret', 'signature', 'password', 'passphrase'];

/** A secret inside a value that is a URL itself: its '=' and what is in front of the name are encoded, maybe twice. */
const nested =
  /(?:%(?:25)*(?:3f|26|23)|[?#])(?:code|state|ticket|sig|jwt|[a-z0-9_-]*(?:token|secret|signature|password))(?:%(?:25)*3d|=)/i;

const AMPERSAND = 0x26;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;

/** Whether the value of a parameter is kept out of logs: by its name in any case, encoded or not. */
export function isSecret(name: string): boolean {
  let text = name.toLowerCase();
  if (text.includes('%')) {
    try {
      text = decodeURIComponent(text).toLowerCase();
    } catch {
      // not UTF-8: judged as it stands
    }
  }
  if (secretNames.has(text)) return true;
  // 'user[password]' as Rails and PHP nest parameters
  if (text.endsWith(']')) text = text.slice(0, -1);
  for (const ending of endings) if (text.endsWith(ending)) return true;
  return false;
}

/** A query without '?', with the values of secret parameters replaced; the very same string when there is none. */
export function redactQuery(query: string): string {
  const { length } = query;
  if (length === 0) return query;
  let out = '';
  // up to where `query` is in `out`
  let done = 0;
  let start = 0;
  let equals = -1;
  for (let at = 0; at <= length; at++) {
    const code = at === length ? AMPERSAND : query.charCodeAt(at);
    if (code === EQUALS) {
      if (equals < 0) equals = at;
      continue;
    }
    if (code !== AMPERSAND && code !== SEMICOLON) continue;
    if (equals >= 0 && at > equals + 1 && hides(query, start, equals, at)) {
      out += query.slice(done, equals + 1) + redacted;
      done = at;
    }
    start = at + 1;
    equals = -1;
  }
  return done === 0 ? query : out + query.slice(done);
}

function hides(query: string, start: number, equals: number, end: number): boolean {
  // a page number or the like: three letters at least carry a secret
  if (equals - start >= 3 && isSecret(query.slice(start, equals))) return true;
  // an encoded URL has at least '?' or '&', a name and '=' in it
  return end - equals > 8 && nested.test(query.slice(equals + 1, end));
}

/** A URL with the query redacted, and without a password in front of the host and without its fragment. */
export function redactUrl(url: string): string {
  if (url.length === 0) return url;
  const hash = url.indexOf('#');
  const whole = hash < 0 ? url : url.slice(0, hash);
  const mark = whole.indexOf('?');
  const front = mark < 0 ? whole : whole.slice(0, mark);
  const place = front.includes('@')
    ? front.replace(/^([a-z][a-z0-9+.-]*:)?\/\/[^/]*@/i, `$1//${redacted}@`)
    : front;
  return mark < 0 ? place : `${place}?${redactQuery(whole.slice(mark + 1))}`;
}
