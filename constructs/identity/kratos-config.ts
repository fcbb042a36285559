import type { ConfigValue } from '../core/config-file.js';
import type { Reference } from '../core/reference.js';
import { type IdentitySchema, identitySchemas } from './identity-schemas.js';

/** How long a session lives: 30 days, for Kratos, Hydra and the apps alike. */
export const sessionHours = 720;

/** Cookie in which Kratos keeps the session, on the parent domain: every host of the box sees it. */
export const sessionCookie = 'ory_kratos_session';

export interface KratosConfigProps {
  readonly domain: string;
  readonly brandName: string;
  /** Public URL of the sign-in pages, without a slash at the end. */
  readonly pages: string;
  /** Public URL of Kratos' own API, below the sign-in host. */
  readonly publicUrl: string;
  /** In-cluster URL of the admin API. */
  readonly adminUrl: string;
  /** Public origins that people may be sent back to. */
  readonly returnUrls: readonly string[];
  readonly hydraAdmin: Reference;
  readonly sender: string;
  readonly schemaFile: (kind: IdentitySchema) => string;
}

/**
 * Configuration of Kratos v25.4. The DSN, secrets and mail connection come from the environment.
 * Registration is closed: people are invited by an administrator with a recovery code.
 * @see https://www.ory.sh/docs/kratos/reference/configuration
 */
export function kratosConfig(props: KratosConfigProps): ConfigValue {
  const page = (name: string) => `${props.pages}/${name}`;
  const home = `${props.pages}/`;
  const byCode = { enabled: true, use: 'code', lifespan: '1h', notify_unknown_recipients: false };
  return {
    version: 'v25.4.0',
    serve: {
      public: {
        base_url: props.publicUrl,
        request_log: { disable_for_health: true },
        cors: {
          enabled: true,
          allowed_origins: [`https://*.${props.domain}`],
          allowed_methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
          allowed_headers: ['Authorization', 'Content-Type', 'Cookie', 'X-Session-Token'],
          allow_credentials: true,
        },
      },
      admin: { base_url: props.adminUrl, request_log: { disable_for_health: true } },
    },
    cookies: { domain: props.domain, path: '/', same_site: 'Lax' },
    session: {
      lifespan: `${sessionHours}h`,
      earliest_possible_extend: '24h',
      cookie: { name: sessionCookie, domain: props.domain, path: '/', same_site: 'Lax', persistent: true },
      whoami: { required_aal: 'highest_available' },
    },
    selfservice: {
      default_browser_return_url: home,
      allowed_return_urls: [props.pages, ...props.returnUrls],
      flows: {
        login: { ui_url: page('login'), lifespan: '1h', style: 'unified' },
        registration: { enabled: false, ui_url: page('registration') },
        settings: {
          ui_url: page('settings'),
          privileged_session_max_age: '15m',
          required_aal: 'highest_available',
        },
        // whoever lost the account may have lost it to somebody: old sessions end
        recovery: {
          ...byCode,
          ui_url: page('recovery'),
          after: { hooks: [{ hook: 'revoke_active_sessions' }] },
        },
        verification: {
          ...byCode,
          ui_url: page('verification'),
          after: { default_browser_return_url: home },
        },
        error: { ui_url: page('error') },
        logout: { after: { default_browser_return_url: page('login') } },
      },
      methods: {
        // asks a public service with the first five characters of a hash; a service that is down is no obstacle
        password: {
          enabled: true,
          config: { min_password_length: 12, haveibeenpwned_enabled: true, ignore_network_errors: true },
        },
        totp: { enabled: true, config: { issuer: props.brandName } },
        webauthn: {
          enabled: true,
          config: {
            passwordless: false,
            rp: { id: props.domain, display_name: props.brandName, origins: [props.pages] },
          },
        },
        lookup_secret: { enabled: true },
        // an invitation is a recovery code that must last until the person is back at a desk
        code: { enabled: true, passwordless_enabled: false, mfa_enabled: false, config: { lifespan: '24h' } },
        link: { enabled: false },
        profile: { enabled: true },
      },
    },
    identity: {
      default_schema_id: 'default',
      schemas: identitySchemas.map((kind) => ({ id: kind, url: `file://${props.schemaFile(kind)}` })),
    },
    oauth2_provider: { url: props.hydraAdmin, override_return_to: true },
    courier: { smtp: { from_address: props.sender, from_name: props.brandName } },
    ciphers: { algorithm: 'xchacha20-poly1305' },
    // argon2's default takes 128 MB for each sign-in
    hashers: { algorithm: 'bcrypt', bcrypt: { cost: 12 } },
    security: { account_enumeration: { mitigate: true } },
    feature_flags: { use_continue_with_transitions: true },
    log: { level: 'info', format: 'json', leak_sensitive_values: false },
  };
}
