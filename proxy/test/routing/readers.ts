/*
 * How programs behind a proxy read a path, one habit each, written apart from the proxy's own code. A path that reaches
 * a forbidden prefix through any sequence of them would be a way around its gate.
 */

const decodeOnce = (path: string) =>
  path.replace(/%([0-9a-f]{2})/gi, (found, hex: string) => {
    const code = Number.parseInt(hex, 16);
    return code > 0 && code < 128 ? String.fromCharCode(code) : found;
  });
const decodeUnreserved = (path: string) =>
  path.replace(/%([0-9a-f]{2})/gi, (found, hex: string) => {
    const char = String.fromCharCode(Number.parseInt(hex, 16));
    return /[A-Za-z0-9._~-]/.test(char) ? char : found;
  });
const backslashes = (path: string) => path.replaceAll('\\', '/');
const withoutParameters = (path: string) => path.replace(/;[^/]*/g, '');
const mergedSlashes = (path: string) => path.replace(/\/+/g, '/');

/** RFC 3986 5.2.4 to the letter: an empty segment is a segment. */
function resolved(path: string): string {
  const output: string[] = [];
  const input = path.split('/').slice(1);
  for (const [i, segment] of input.entries()) {
    const isLast = i === input.length - 1;
    if (segment === '..') output.pop();
    if (segment === '.' || segment === '..') {
      if (isLast) output.push('');
    } else output.push(segment);
  }
  return `/${output.join('/')}`;
}

const habits = [decodeOnce, decodeUnreserved, backslashes, withoutParameters, mergedSlashes, resolved];

/** Every path that some sequence of at most `steps` habits makes of one. */
export function allReadings(path: string, steps = 6): Set<string> {
  const seen = new Set([path]);
  let edge = [path];
  for (let step = 0; step < steps && edge.length > 0; step++) {
    const next: string[] = [];
    for (const text of edge)
      for (const habit of habits) {
        const reading = habit(text);
        if (seen.has(reading)) continue;
        seen.add(reading);
        next.push(reading);
      }
    edge = next;
  }
  return seen;
}

/** Whether a path lies at or below a prefix, by whole segments. */
export const isBelow = (path: string, prefix: string): boolean =>
  path === prefix || path.startsWith(`${prefix}/`);
