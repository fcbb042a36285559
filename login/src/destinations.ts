import type { Config } from './config.js';

/** Where browsers may be sent. */
export class Destinations {
  readonly origin: string;
  private readonly domain: string;

  constructor({ PUBLIC_URL, BOX_DOMAIN }: Pick<Config, 'PUBLIC_URL' | 'BOX_DOMAIN'>) {
    this.origin = new URL(PUBLIC_URL).origin;
    this.domain = BOX_DOMAIN;
  }

  /** An address on a host of the box, as an absolute URL; undefined for any other, whatever it looks like. */
  inBox(address: string | undefined): string | undefined {
    // browsers read a backslash as a slash, and drop tabs and line ends inside an address
    if (address === undefined || /[\\\s\p{Cc}]/u.test(address)) return undefined;
    let url: URL;
    try {
      url = new URL(address, this.origin);
    } catch {
      return undefined;
    }
    if (url.username !== '' || url.password !== '') return undefined;
    if (url.origin === this.origin) return url.href;
    if (url.protocol !== 'https:' || url.port !== '') return undefined;
    const within = url.hostname === this.domain || url.hostname.endsWith(`.${this.domain}`);
    return within ? url.href : undefined;
  }

  /** A path on the sign-in host; undefined for anything else. */
  path(address: string | undefined): string | undefined {
    const found = this.inBox(address);
    if (found === undefined) return undefined;
    const url = new URL(found);
    return url.origin === this.origin ? `${url.pathname}${url.search}` : undefined;
  }
}

/**
 * Sources for `form-action`: browsers hold the redirects after a form against it, and those lead to apps. An app's own
 * scheme (a phone's) is named by the scheme alone.
 */
export function formTargets(redirectUris: readonly string[] | null | undefined): string[] {
  const targets = (redirectUris ?? []).flatMap((uri) => {
    try {
      const { protocol, origin } = new URL(uri);
      if (protocol === 'https:' || protocol === 'http:') return [origin];
      return /^[a-z][a-z0-9+.-]*:$/.test(protocol) && !/^(javascript|data|blob|vbscript):$/.test(protocol)
        ? [protocol]
        : [];
    } catch {
      return [];
    }
  });
  return [...new Set(targets)];
}
