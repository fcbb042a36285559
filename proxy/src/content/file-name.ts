/*
 * What names of files and paths tell: which stay hidden, and which change with their content.
 */

/** Whether something of this name is never served: dot files, except the well-known folder (RFC 8615). */
export const isHidden = (name: string): boolean => name.startsWith('.') && name !== '.well-known';

const hex = /^(?=.*[0-9])(?=.*[a-f])[0-9a-f]{8,64}$/i;
/** Rollup's and esbuild's: a digit before a letter, since words may end in a number. */
const mixed = /^(?=.*[A-Z])(?=.*[0-9].*[A-Za-z])[A-Za-z0-9_-]{8,32}$/;
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

/**
 * Whether a file is named after its content, so that its name will never stand for anything else:
 * 'main.3f2a9c1b.js', 'index-BkR3xa9Q.css', all below Next's '_next/static/'. In doubt no: a date is no hash, nor a long
 * word, and a page is asked for again in any case.
 */
export function isHashed(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/\.html?$/i.test(name) || uuid.test(name)) return false;
  if (path.includes('/_next/static/')) return true;
  const parts = name.split('.');
  if (parts.length < 2) return false;
  for (let at = 0; at < parts.length - 1; at++) {
    const part = parts[at] as string;
    if (hex.test(part)) return true;
    // a hash of base64url has dashes of its own: try each beginning
    for (let dash = part.indexOf('-'); dash >= 0; dash = part.indexOf('-', dash + 1)) {
      const rest = part.slice(dash + 1);
      if (hex.test(rest) || ((rest.length === 8 || !rest.includes('-')) && mixed.test(rest))) return true;
    }
  }
  return false;
}

/**
 * The path below a folder that a percent-encoded path names; undefined when it can name none. Strict: an encoded slash
 * or backslash, a control character, octets that are no UTF-8 and percent signs that encode nothing name no file.
 */
export function decodePath(path: string): string | undefined {
  if (path === '') return '/';
  if (path.charCodeAt(0) !== 0x2f) path = `/${path}`;
  if (!path.includes('%')) return path.includes('\\') ? undefined : path;
  if (/%2f|%5c|%[01][0-9a-f]|%7f/i.test(path) || path.includes('\\')) return undefined;
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
