import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Cookie half of the double submit. */
export const csrfCookie = '__Host-csrf';
/** Form half. */
export const csrfField = 'csrf';

/**
 * Double-submit tokens for our own forms: a random cookie, and in the form its signature. A neighbouring host could
 * plant a cookie were it not for the `__Host-` prefix, and could not sign one in any case.
 */
export class Csrf {
  constructor(private readonly secret: string) {}

  /** A new cookie value. */
  fresh(): string {
    return randomBytes(18).toString('base64url');
  }

  /** What the form carries for a cookie. */
  token(cookie: string): string {
    return createHmac('sha256', this.secret).update(cookie).digest('base64url');
  }

  isValid(cookie: string | undefined, token: string | undefined): boolean {
    if (cookie === undefined || token === undefined || cookie.length < 20) return false;
    const [a, b] = [Buffer.from(this.token(cookie)), Buffer.from(token)];
    return a.length === b.length && timingSafeEqual(a, b);
  }
}
