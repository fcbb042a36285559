import { dotSegments, escapeAt, isDot, isDotDot } from './path-text.js';

const SLASH = 0x2f;

/** Most readings looked at; no honest path has more than a few. */
const most = 16;

/**
 * The paths that other programs could take an ambiguous path for: decoded once or again and again, with backslashes for
 * slashes, with and without parameters, in any order, empty segments joined. When one of them belongs to another route
 * than the canonical reading, or has dot segments, the request is refused: a gate must not depend on who reads.
 * @returns undefined when there are too many
 */
export function otherReadings(path: string): readonly string[] | undefined {
  const readings = [joinSlashes(path)];
  // each step makes a path shorter, so that this ends
  for (let i = 0; i < readings.length; i++) {
    if (i === most) return undefined;
    const reading = readings[i] as string;
    if (reading.includes('%')) {
      const decoded = joinSlashes(decodeAscii(reading));
      if (!readings.includes(decoded)) readings.push(decoded);
    }
    if (reading.includes(';')) {
      const bare = joinSlashes(withoutParameters(reading));
      if (!readings.includes(bare)) readings.push(bare);
    }
  }
  return readings;
}

/** Whether a path has '.' or '..' among its segments. */
export const hasDotSegment = (path: string): boolean => dotSegments(path) > 0;

/**
 * Whether dot segments of `rest`, encoded or not, lead above its start somewhere on the way, or stand beside empty
 * segments, which some programs count and some do not.
 */
export function climbs(rest: string): boolean {
  const text = decodeAscii(rest);
  if (text.includes('//')) return hasDotSegment(`/${text}`);
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    if (i < text.length && text.charCodeAt(i) !== SLASH) continue;
    if (isDotDot(text, start, i)) depth--;
    else if (i > start && !isDot(text, start, i)) depth++;
    if (depth < 0) return true;
    start = i + 1;
  }
  return false;
}

const withoutParameters = (path: string) => path.replace(/;[^/]*/g, '');
const joinSlashes = (path: string) =>
  path.includes('//') || path.includes('\\') ? path.replace(/[/\\]+/g, '/') : path;

function decodeAscii(text: string): string {
  let result = '';
  let kept = 0;
  for (let i = text.indexOf('%'); i >= 0; i = text.indexOf('%', i + 1)) {
    const byte = escapeAt(text, i);
    if (byte < 0x20 || byte > 0x7e) continue;
    result += text.slice(kept, i) + String.fromCharCode(byte);
    kept = i + 3;
    i += 2;
  }
  return result + text.slice(kept);
}
