import type { Env } from '../core/env.js';
import type { SecretKey, SecretRef } from '../core/secret.js';
import type { Site } from '../core/site.js';
import type { Bucket } from '../data/bucket.js';
import type { Database, RotatingLogin } from '../data/database.js';
import type { ValkeyClient } from '../data/valkey.js';
import type { Host } from '../edge/host.js';
import type { Identity } from '../identity/identity.js';
import { sessionHours } from '../identity/kratos-config.js';
import type { OidcClient } from '../identity/oidc-client.js';
import type { MailRelay } from '../secrets/mail-relay.js';

/**
 * Environment shared by La Suite's Django apps, by concern. A setting that upstream reads with another name in some
 * app is not here but with the app. `Production` must be said to every process: Celery falls back to development.
 * @see https://django-configurations.readthedocs.io/en/stable/values/
 */
export const djangoEnv = (
  module: string,
  secretKey: SecretKey,
  hosts: readonly string[],
  host: Host,
): Env => ({
  DJANGO_CONFIGURATION: 'Production',
  DJANGO_SETTINGS_MODULE: `${module}.settings`,
  PYTHONPATH: '/app',
  DJANGO_SECRET_KEY: secretKey,
  // the pod's own address is added by the app itself, for probes
  DJANGO_ALLOWED_HOSTS: [host.name, ...hosts].join(','),
  DJANGO_CSRF_TRUSTED_ORIGINS: host.url(),
  LOGGING_LEVEL_LOGGERS_ROOT: 'INFO',
  LOGGING_LEVEL_LOGGERS_APP: 'INFO',
});

/** The database, by a login that libpq looks up at each connect: `psycopg` reads PGSERVICEFILE, Django the URL. */
export const databaseEnv = (database: Database, login: RotatingLogin): Env => ({
  DATABASE_URL: `postgres:///${database.name}?service=${login.service}`,
  ...login.env,
});

/** Cache and sessions. */
export const cacheEnv = (valkey: ValkeyClient, app: string): Env => ({
  REDIS_URL: valkey.cacheUrl,
  CACHES_DEFAULT_KEY_PREFIX: app,
});

/** Object storage. The endpoint inside the cluster is also the host that media links are signed for. */
export const storageEnv = (bucket: Bucket, host: Host): Env => ({
  AWS_S3_ENDPOINT_URL: bucket.endpoint.url(),
  AWS_S3_ACCESS_KEY_ID: bucket.accessKey,
  AWS_S3_SECRET_ACCESS_KEY: bucket.secretKey,
  AWS_S3_REGION_NAME: bucket.region,
  AWS_S3_SIGNATURE_VERSION: 's3v4',
  AWS_STORAGE_BUCKET_NAME: bucket.name,
  // newer boto3 adds checksums that the store has to know about
  AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required',
  AWS_RESPONSE_CHECKSUM_VALIDATION: 'when_required',
  MEDIA_BASE_URL: host.url(),
});

/** Outgoing mail. */
export const mailEnv = (mail: MailRelay, login: SecretRef, site: Site, host: Host): Env => ({
  DJANGO_EMAIL_HOST: mail.host,
  DJANGO_EMAIL_PORT: mail.port,
  DJANGO_EMAIL_HOST_USER: login.key('username'),
  DJANGO_EMAIL_HOST_PASSWORD: login.key('password'),
  DJANGO_EMAIL_USE_TLS: mail.security === 'starttls',
  DJANGO_EMAIL_USE_SSL: mail.security === 'tls',
  DJANGO_EMAIL_FROM: mail.sender,
  DJANGO_EMAIL_BRAND_NAME: site.settings.brand.name,
  DJANGO_EMAIL_URL_APP: host.url(),
});

/** Paths that La Suite's sign-in library serves, the same in every app. */
export const oidcPaths = {
  callback: '/api/v1.0/callback/',
  afterLogout: '/api/v1.0/logout-callback/',
};

/** Sign-in: browsers go to the public host, the server asks Hydra inside the cluster. */
export const oidcEnv = (identity: Identity, client: OidcClient, host: Host): Env => ({
  OIDC_OP_URL: identity.hydra.issuer,
  OIDC_OP_AUTHORIZATION_ENDPOINT: identity.host.url('/oauth2/auth'),
  OIDC_OP_TOKEN_ENDPOINT: identity.hydra.public.url('/oauth2/token'),
  OIDC_OP_USER_ENDPOINT: identity.hydra.public.url('/userinfo'),
  OIDC_OP_JWKS_ENDPOINT: identity.hydra.public.url('/.well-known/jwks.json'),
  OIDC_OP_LOGOUT_ENDPOINT: identity.host.url('/oauth2/sessions/logout'),
  OIDC_RP_CLIENT_ID: client.id,
  OIDC_RP_CLIENT_SECRET: client.clientSecret,
  OIDC_RP_SIGN_ALGO: 'RS256',
  OIDC_RP_SCOPES: 'openid email profile',
  OIDC_USERINFO_FULLNAME_FIELDS: 'given_name,family_name',
  OIDC_USERINFO_SHORTNAME_FIELD: 'given_name',
  // a person whose identity was made anew keeps the account with the same address
  OIDC_FALLBACK_TO_EMAIL_FOR_IDENTIFICATION: true,
  OIDC_ALLOW_DUPLICATE_EMAILS: false,
  OIDC_AUTH_REQUEST_EXTRA_PARAMS: '{}',
  OIDC_REDIRECT_ALLOWED_HOSTS: host.name,
  OIDC_REDIRECT_REQUIRE_HTTPS: true,
  OIDC_STORE_ID_TOKEN: true,
  LOGIN_REDIRECT_URL: host.url(),
  LOGIN_REDIRECT_URL_FAILURE: host.url(),
  LOGOUT_REDIRECT_URL: host.url(),
  ALLOW_LOGOUT_GET_METHOD: true,
});

/** Lifetime of a sign-in, in seconds, the same as at the front door. */
export const sessionSeconds = sessionHours * 3600;
