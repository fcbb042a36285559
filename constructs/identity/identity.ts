import type { Construct } from 'constructs';
import type { Box } from '../core/box.js';
import { namespaces } from '../core/namespaces.js';
import { Tier } from '../core/tier.js';
import { Wave } from '../core/waves.js';
import type { Postgres } from '../data/postgres.js';
import type { Edge } from '../edge/edge.js';
import type { Host } from '../edge/host.js';
import type { Platform } from '../platform/platform.js';
import type { MailRelay } from '../secrets/mail-relay.js';
import type { Vault } from '../secrets/vault.js';
import { AdminUi } from './admin-ui.js';
import { Hydra } from './hydra.js';
import { Kratos } from './kratos.js';
import { sessionCookie } from './kratos-config.js';
import { LoginUi } from './login-ui.js';
import { OidcClient, type OidcClientProps } from './oidc-client.js';

export interface IdentityProps {
  readonly platform: Platform;
  readonly vault: Vault;
  readonly postgres: Postgres;
  readonly edge: Edge;
  readonly mail: MailRelay;
}

/** Group of the people who may look after the box. */
export const administrators = 'admin';

/** One login for everything: Kratos knows the people, Hydra tells the apps, the sign-in pages speak for both. */
export class Identity extends Tier {
  readonly kratos: Kratos;
  readonly hydra: Hydra;
  /** The host people sign in at. */
  readonly host: Host;
  private readonly vault: Vault;
  private readonly clients = new Map<string, OidcClient>();

  constructor(box: Box, id: string, props: IdentityProps) {
    super(box, id, { namespace: namespaces.ory, wave: Wave.Identity });
    const { vault, postgres, edge } = props;
    this.vault = vault;
    this.host = edge.host('auth', {
      title: 'Account',
      description: 'Your profile, password and devices',
      owner: this,
    });
    const pages = this.host.url().text;
    const publicPath = '/kratos';
    this.kratos = new Kratos(this, 'Kratos', {
      vault,
      postgres,
      mail: props.mail,
      pages,
      publicPath,
      returnUrls: () => edge.hosts.map((host) => host.url('/').text),
      hydraAdmin: () => this.hydra.admin.url(),
    });
    this.hydra = new Hydra(this, 'Hydra', {
      vault,
      postgres,
      pages,
      kratosAdmin: () => this.kratos.admin.url(),
      tokenHook: () => login.tokenHook,
    });
    props.platform.hydraMaester(this.hydra.admin);
    const login = new LoginUi(this, 'LoginUi', {
      vault,
      kratos: this.kratos,
      hydra: this.hydra,
      pages,
      publicPath,
      hosts: () => edge.hosts,
    });
    this.host
      .route('/', login.web)
      .route(['/oauth2', '/.well-known', '/userinfo', '/credentials'], this.hydra.public, { class: 'api' })
      .route(publicPath, this.kratos.public, { class: 'api', stripPrefix: true });
    // the public listener answers admin paths with a redirect that gives an internal name away
    this.host.deny(`${publicPath}/admin`);
    edge.setSessionProvider({
      whoami: this.kratos.public.url('/sessions/whoami'),
      signIn: this.host.url('/login'),
      cookies: [sessionCookie],
    });
    const admin = new AdminUi(this, 'AdminUi', { kratos: this.kratos });
    edge
      .host('people-admin', {
        title: 'Accounts',
        description: 'Invite and look after people',
        tile: 'admin',
        owner: admin,
      })
      .gate({ groups: [administrators] })
      .route('/', admin.workload);
  }

  /**
   * Registers an app for sign-in, in the namespace of `scope`.
   * @throws when another construct has registered the name
   */
  client(scope: Construct, app: string, props: OidcClientProps): OidcClient {
    const before = this.clients.get(app);
    if (before !== undefined) {
      throw new Error(
        `${scope.node.path}: OIDC client '${app}' is registered by ${before.node.path} already; choose another name`,
      );
    }
    const client = new OidcClient(scope, 'OidcClient', app, this.vault, props);
    this.clients.set(app, client);
    for (const backChannel of props.backChannelLogout?.reaches ?? [])
      this.box.network.connect(this.hydra.admin.peer, backChannel);
    return client;
  }
}
