import type { Reference } from '../core/reference.js';
import type { GateConfig, SessionConfig } from './proxy-config.js';

/** Who may pass a gate. */
export interface GateOptions {
  /** Groups of which a person must be in at least one. @default - everybody who is signed in */
  readonly groups?: readonly string[];
}

/** How the proxy learns who somebody is; given once, by the identity tier. */
export interface SessionProvider {
  /** Asked with the visitor's cookies: 200 and a session as JSON for somebody signed in. Kratos' `/sessions/whoami`. */
  readonly whoami: Reference;
  /** Where a browser is sent to sign in. */
  readonly signIn: Reference;
  /** Names of the cookies that carry a session; the rate limiter tells people apart by them, once they are validated. */
  readonly cookies: readonly string[];
  /** Query parameter of `signIn` that holds the URL to come back to. @default 'return_to' */
  readonly returnParameter?: string;
  /** JSON pointer to the list of group names in whoami's answer. @default '/identity/metadata_public/groups' */
  readonly groups?: string;
  /** Seconds an answer is believed. @default 30 */
  readonly cacheSeconds?: number;
}

export function gateConfig({ groups }: GateOptions): GateConfig {
  return { groups };
}

export function sessionConfig(provider: SessionProvider): SessionConfig {
  return {
    whoami: provider.whoami,
    signIn: provider.signIn,
    returnParameter: provider.returnParameter ?? 'return_to',
    cookies: provider.cookies,
    groups: provider.groups ?? '/identity/metadata_public/groups',
    cacheSeconds: provider.cacheSeconds ?? 30,
  };
}
