/*
 * What the client would rather have: content codings (RFC 9110 12.5.3) and languages (12.5.4).
 */

/** Content codings the proxy itself can make, the better ones last. */
export const Coding = { identity: 0, gzip: 1, br: 2 } as const;

/** Names for Content-Encoding. */
export const codingNames: readonly string[] = ['identity', 'gzip', 'br'];

const COMMA = 44;
const SEMICOLON = 59;

/** Nearly all clients are of a few kinds: the last field and what came of it. */
let lastField = '';
let lastQualities = 0;

/**
 * The coding to answer in: the one the client values most, of equal ones the smaller. Identity when the client names
 * none of those there are: a body it may not have asked for is better than none.
 * @param accept Accept-Encoding, '' when there is none
 */
export function chooseCoding(accept: string, gzip: boolean, br: boolean): number {
  if (accept === '') return Coding.identity;
  if (accept !== lastField) {
    lastQualities = readQualities(accept);
    lastField = accept;
  }
  // three qualities of ten bits each
  const forBr = br ? lastQualities >>> 20 : 0;
  const forGzip = gzip ? (lastQualities >>> 10) & 0x3ff : 0;
  const best = Math.max(forBr, forGzip);
  if (best === 0 || best < (lastQualities & 0x3ff)) return Coding.identity;
  return forBr === best ? Coding.br : Coding.gzip;
}

/** Qualities in thousandths of br, gzip and identity, from the highest bits on. */
function readQualities(accept: string): number {
  let br = -1;
  let gzip = -1;
  let identity = -1;
  let others = -1;
  for (let at = 0; at <= accept.length; ) {
    const end = endOf(accept, at, COMMA);
    const nameEnd = Math.min(end, endOf(accept, at, SEMICOLON));
    const quality = nameEnd < end ? qualityOf(accept.slice(nameEnd + 1, end)) : 1000;
    switch (accept.slice(at, nameEnd).trim().toLowerCase()) {
      case 'br':
        br = quality;
        break;
      case 'gzip':
      case 'x-gzip':
        gzip = quality;
        break;
      case 'identity':
        identity = quality;
        break;
      case '*':
        others = quality;
    }
    at = end + 1;
  }
  if (br < 0) br = Math.max(others, 0);
  if (gzip < 0) gzip = Math.max(others, 0);
  // identity is acceptable unless excluded, but nobody's wish unless named
  if (identity < 0) identity = 0;
  return (br << 20) | (gzip << 10) | identity;
}

function endOf(text: string, from: number, code: number): number {
  for (let at = from; at < text.length; at++) if (text.charCodeAt(at) === code) return at;
  return text.length;
}

/** Thousandths of the q in parameters: 1000 when there is none, 0 when it is no number. */
function qualityOf(parameters: string): number {
  for (const parameter of parameters.split(';')) {
    const [name, value] = parameter.split('=');
    if (name?.trim().toLowerCase() !== 'q') continue;
    const quality = value?.trim() ?? '';
    return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(quality) ? Math.round(Number(quality) * 1000) : 0;
  }
  return 1000;
}

/** Languages of the proxy's own pages. */
export const languages = ['en', 'de', 'fr'] as const;
export type Language = (typeof languages)[number];

const isLanguage = (text: string): text is Language => (languages as readonly string[]).includes(text);

/** The first of a visitor's languages that there is; English when there is none. */
export function chooseLanguage(accept: string): Language {
  let best: Language = 'en';
  let most = 0;
  for (const part of accept.split(',')) {
    const [tag = '', ...parameters] = part.split(';');
    const language = tag.trim().toLowerCase().split('-')[0] ?? '';
    const quality = qualityOf(parameters.join(';'));
    if (quality > most && isLanguage(language)) {
      best = language;
      most = quality;
    }
  }
  return best;
}
