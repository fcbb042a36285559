import type { ConfigValue } from '../core/config-file.js';
import type { Reference } from '../core/reference.js';
import { sessionHours } from './kratos-config.js';

export interface HydraConfigProps {
  readonly domain: string;
  /** Public URL of the sign-in pages, without a slash at the end. */
  readonly pages: string;
  /** The issuer, byte for byte as every app must have it. */
  readonly issuer: string;
  readonly adminUrl: string;
  readonly kratosAdmin: Reference;
  /** Asked before each token: refreshes groups, refuses people who were switched off. */
  readonly tokenHook: Reference;
}

/**
 * Configuration of Hydra v25.4. The DSN and secrets come from the environment. TLS ends at the edge: demanding
 * `X-Forwarded-Proto` here would refuse callers inside the cluster.
 * @see https://www.ory.sh/docs/hydra/reference/configuration
 */
export function hydraConfig(props: HydraConfigProps): ConfigValue {
  const page = (name: string) => `${props.pages}/${name}`;
  const plainHttp = { tls: { enabled: false }, request_log: { disable_for_health: true } };
  return {
    version: 'v25.4.0',
    serve: {
      public: { ...plainHttp, cors: { enabled: true, allowed_origins: [`https://*.${props.domain}`] } },
      admin: plainHttp,
      cookies: { same_site_mode: 'Lax' },
    },
    urls: {
      self: { issuer: props.issuer, public: props.issuer, admin: props.adminUrl },
      login: page('login'),
      registration: page('registration'),
      consent: page('consent'),
      logout: page('logout'),
      error: page('error'),
      post_logout_redirect: `${props.pages}/`,
      identity_provider: { url: props.kratosAdmin },
    },
    // apps recognise a person by `sub`, so it must be the same for all of them
    oidc: { subject_identifiers: { supported_types: ['public'] } },
    strategies: { access_token: 'opaque', scope: 'exact' },
    ttl: {
      login_consent_request: '30m',
      authentication_session: `${sessionHours}h`,
      access_token: '1h',
      refresh_token: `${sessionHours}h`,
      id_token: '1h',
      auth_code: '10m',
    },
    oauth2: {
      expose_internal_errors: false,
      token_hook: props.tokenHook,
      exclude_not_before_claim: true,
      pkce: { enforced_for_public_clients: true },
      grant: { refresh_token: { rotation_grace_period: '10s' } },
      session: { encrypt_at_rest: true },
    },
    webfinger: {
      oidc_discovery: {
        supported_claims: [
          'sub',
          'email',
          'email_verified',
          'name',
          'given_name',
          'family_name',
          'preferred_username',
          'groups',
          'locale',
        ],
        supported_scope: ['openid', 'offline_access', 'email', 'profile', 'groups'],
      },
    },
    log: { level: 'info', format: 'json', leak_sensitive_values: false },
    sqa: { opt_out: true },
  };
}
