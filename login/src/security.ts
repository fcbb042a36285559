import { randomBytes } from 'node:crypto';

/** A new nonce for the scripts of one page. */
export const freshNonce = (): string => randomBytes(16).toString('base64');

export interface PolicyOptions {
  /** Nonce of the page's scripts. @default - no script may run */
  readonly nonce?: string | undefined;
  /** Sources a form, with all redirects after it, may lead to besides the sign-in host. */
  readonly formTargets: readonly string[];
}

/** Content security policy of a page: nothing from anywhere but here, and no frame around it. */
export function contentPolicy({ nonce, formTargets }: PolicyOptions): string {
  return [
    "default-src 'none'",
    nonce === undefined ? "script-src 'none'" : `script-src 'nonce-${nonce}'`,
    "style-src 'self'",
    // Kratos draws the QR code into the page
    "img-src 'self' data:",
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Headers of every answer. */
export const commonHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Kratos and we compare where forms come from, nobody else needs to know
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'camera=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self), publickey-credentials-create=(self)',
  'strict-transport-security': 'max-age=31536000',
};
