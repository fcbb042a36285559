import { Construct } from 'constructs';
import {
  OAuth2Client,
  OAuth2ClientSpecGrantTypes,
  OAuth2ClientSpecResponseTypes,
} from '../../imports/hydra.ory.sh.js';
import type { Reference } from '../core/reference.js';
import type { SecretKey, SecretRef } from '../core/secret.js';
import type { Host } from '../edge/host.js';
import { constant, random } from '../secrets/generator.js';
import { value } from '../secrets/kv.js';
import type { Vault } from '../secrets/vault.js';

export interface OidcClientProps {
  /** Name people read on consent and in lists. */
  readonly title: string;
  /** Host the app is at; redirects are paths on it. */
  readonly host: Host;
  /** Path of the redirect URI. @default - none: a resource server, which only introspects */
  readonly callback?: string;
  /** Path people come back to after signing out. @default - none */
  readonly afterLogout?: string;
  /** @default ['openid', 'email', 'profile'] */
  readonly scopes?: readonly string[];
  /** How the app sends its secret to the token endpoint. @default 'client_secret_post', as mozilla-django-oidc does */
  readonly authMethod?: 'client_secret_post' | 'client_secret_basic';
  /** Where Hydra tells the app that somebody signed out elsewhere. @default - nowhere */
  readonly backChannelLogout?: Reference;
}

/**
 * An app at the box's sign-in. Its id is known beforehand and its secret comes from the vault: the Secret exists
 * before hydra-maester looks, so the client is registered with exactly these, and again after a lost database.
 * Consent is skipped: these are the box's own apps.
 */
export class OidcClient extends Construct {
  /** The client id, which is public. */
  readonly clientId: string;
  /** `CLIENT_ID` and `CLIENT_SECRET`. */
  readonly secret: SecretRef;

  constructor(scope: Construct, id: string, app: string, vault: Vault, props: OidcClientProps) {
    super(scope, id);
    this.clientId = app;
    const name = `oidc-${app}`;
    this.secret = vault
      .kv(this, `oidc/${app}`, { 'client-id': constant(app), 'client-secret': random(32) })
      .syncTo(this, 'Secret', {
        name,
        data: { CLIENT_ID: value('client-id'), CLIENT_SECRET: value('client-secret') },
      });
    const { callback, afterLogout } = props;
    const url = (path: string) => props.host.url(path).text;
    new OAuth2Client(this, 'Resource', {
      metadata: { name: app },
      spec: {
        clientName: props.title,
        secretName: name,
        grantTypes: [
          OAuth2ClientSpecGrantTypes.AUTHORIZATION_UNDERSCORE_CODE,
          OAuth2ClientSpecGrantTypes.REFRESH_UNDERSCORE_TOKEN,
        ],
        responseTypes: [OAuth2ClientSpecResponseTypes.CODE],
        scopeArray: [...(props.scopes ?? ['openid', 'email', 'profile'])],
        ...(callback === undefined ? {} : { redirectUris: [url(callback)] }),
        ...(afterLogout === undefined ? {} : { postLogoutRedirectUris: [url(afterLogout)] }),
        tokenEndpointAuthMethod: props.authMethod ?? 'client_secret_post',
        skipConsent: true,
        ...(props.backChannelLogout === undefined
          ? {}
          : { backChannelLogoutUri: props.backChannelLogout.text, backChannelLogoutSessionRequired: true }),
      },
    });
  }

  /** Environment value with the client's id. */
  get id(): SecretKey {
    return this.secret.key('CLIENT_ID');
  }

  /** Environment value with the client's secret. */
  get clientSecret(): SecretKey {
    return this.secret.key('CLIENT_SECRET');
  }
}
