const SLASH = 0x2f;
const DOT = 0x2e;
const PERCENT = 0x25;

/** The byte of the escape at a place, or -1 when there is none. */
export function escapeAt(text: string, i: number): number {
  if (text.charCodeAt(i) !== PERCENT) return -1;
  const high = hexDigit(text.charCodeAt(i + 1));
  const low = hexDigit(text.charCodeAt(i + 2));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** Whether a piece of a text is '.'. */
export const isDot = (text: string, start: number, end: number) =>
  end - start === 1 && text.charCodeAt(start) === DOT;

/** Whether a piece of a text is '..'. */
export const isDotDot = (text: string, start: number, end: number) =>
  end - start === 2 && text.charCodeAt(start) === DOT && text.charCodeAt(start + 1) === DOT;

/** How many segments of a path are '.' or '..'. */
export function dotSegments(path: string): number {
  let count = 0;
  let start = 1;
  for (let i = 1; i <= path.length; i++) {
    if (i < path.length && path.charCodeAt(i) !== SLASH) continue;
    if (isDot(path, start, i) || isDotDot(path, start, i)) count++;
    start = i + 1;
  }
  return count;
}

/** Empty segments joined, dot segments resolved (RFC 3986 5.2.4); the last slash stays. */
export function resolveSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/');
  const last = segments.length - 1;
  for (let i = 1; i <= last; i++) {
    const segment = segments[i] as string;
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') {
      kept.push(segment);
      continue;
    }
    if (i === last) return kept.length === 0 ? '/' : `/${kept.join('/')}/`;
  }
  return `/${kept.join('/')}`;
}
