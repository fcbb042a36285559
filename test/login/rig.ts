import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeBox } from '../cluster/box.js';
import { Authority } from '../cluster/certificates.js';
import { freePorts, type Program } from '../cluster/process.js';
import { ask } from '../cluster/programs/http.js';
import { stageOry, withoutKeys } from '../cluster/programs/ory.js';
import { Bench } from '../cluster/programs/program.js';
import { Rendering } from '../cluster/programs/rendering.js';
import { type SmtpStub, startSmtp } from '../cluster/programs/smtp-stub.js';
import { ownProgram, tools } from '../cluster/programs/tools.js';
import { type EdgeStub, startEdge } from './edge-stub.js';

/** The sign-in host with everything behind it: the pages, Kratos and Hydra as the box configures them. */
export interface LoginRig {
  readonly domain: string;
  /** Public URL of the pages. */
  readonly pages: string;
  readonly kratos: { readonly public: number; readonly admin: number };
  readonly hydra: { readonly public: number; readonly admin: number };
  readonly login: { readonly http: number; readonly internal: number };
  readonly edge: EdgeStub;
  readonly relay: SmtpStub;
  /** The last the pages logged. */
  loginLog(): string;
  stop(): Promise<void>;
}

/** What the image gives Node. */
const heap = ['--max-old-space-size=64', '--max-semi-space-size=4'];

const loopback = (port: number) => `http://127.0.0.1:${port}`;

export interface LoginRigOptions {
  /** The service's entry; a bundle is run as the image does. @default 'login/src/main.ts' */
  readonly program?: string;
}

/**
 * Starts everything from what synthesis writes: configuration files and environment are the box's own, with addresses,
 * folders and random secrets in place of the cluster's.
 */
export async function startLoginRig({
  program = 'login/src/main.ts',
}: LoginRigOptions = {}): Promise<LoginRig> {
  const box = writeBox();
  const rendering = new Rendering(box.manifests, box.site);
  const ports = await freePorts(6);
  const [kratosOpen = 0, kratosAdmin = 0, hydraOpen = 0, hydraAdmin = 0, http = 0, internal = 0] = ports;
  const bench = new Bench(rendering, await tools.kratos());
  const hydraBench = new Bench(rendering, await tools.hydra());
  const stop = async () => {
    await hydraBench.end();
    await bench.end();
  };
  try {
    const relay = await startKratos(bench, kratosOpen, kratosAdmin, hydraAdmin);
    await startHydra(hydraBench, { open: hydraOpen, admin: hydraAdmin, kratosAdmin, internal });
    const { domain } = box.site.settings;
    const edge = await startEdge(bench, {
      domain,
      pages: http,
      kratos: kratosOpen,
      hydra: hydraOpen,
    });
    const login = await startLogin(bench, program, { kratosOpen, kratosAdmin, hydraAdmin, http, internal });
    return {
      domain,
      pages: `https://auth.${domain}`,
      kratos: { public: kratosOpen, admin: kratosAdmin },
      hydra: { public: hydraOpen, admin: hydraAdmin },
      login: { http, internal },
      edge,
      relay,
      loginLog: () => login.log.trimEnd().split('\n').slice(-12).join('\n'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startKratos(bench: Bench, open: number, admin: number, hydraAdmin: number): Promise<SmtpStub> {
  const authority = new Authority(bench.folder('relay'));
  const relay = await startSmtp(bench, authority.issue({ name: 'relay', dnsNames: ['localhost'] }));
  const { host, port } = bench.box.site.settings.smtp;
  const { stage } = await stageOry(bench, {
    name: 'kratos',
    instead: {
      [`${host}:${port}`]: `localhost:${relay.port}`,
      'http://hydra.ory.svc.cluster.local:4445': loopback(hydraAdmin),
    },
    authorities: [readFileSync(authority.files.certificate, 'utf8')],
  });
  const server = bench.start({
    name: 'kratos',
    command: bench.program,
    args: stage.args(),
    env: {
      ...stage.env(),
      SERVE_PUBLIC_HOST: '127.0.0.1',
      SERVE_PUBLIC_PORT: String(open),
      SERVE_ADMIN_HOST: '127.0.0.1',
      SERVE_ADMIN_PORT: String(admin),
      // the breach list is on the internet
      SELFSERVICE_METHODS_PASSWORD_CONFIG_HAVEIBEENPWNED_ENABLED: 'false',
    },
  });
  await server.waitFor('readiness', async () => (await ask(admin, '/admin/health/ready')).status === 200, 60);
  return relay;
}

interface HydraPorts {
  readonly open: number;
  readonly admin: number;
  readonly kratosAdmin: number;
  readonly internal: number;
}

async function startHydra(bench: Bench, { open, admin, kratosAdmin, internal }: HydraPorts): Promise<void> {
  const { stage } = await stageOry(bench, {
    name: 'hydra',
    edit: (file, content) =>
      file === 'hydra.yaml' && ownProgram('hydra') === undefined
        ? withoutKeys(content, ['ttl.authentication_session'])
        : content,
    instead: {
      'http://kratos.ory.svc.cluster.local:4434': loopback(kratosAdmin),
      'http://login-ui.ory.svc.cluster.local:3001': loopback(internal),
    },
  });
  const server = bench.start({
    name: 'hydra',
    command: bench.program,
    args: stage.args(),
    env: {
      ...stage.env(),
      SERVE_PUBLIC_HOST: '127.0.0.1',
      SERVE_PUBLIC_PORT: String(open),
      SERVE_ADMIN_HOST: '127.0.0.1',
      SERVE_ADMIN_PORT: String(admin),
    },
  });
  await server.waitFor('readiness', async () => (await ask(admin, '/health/ready')).status === 200, 60);
}

interface LoginPorts {
  readonly kratosOpen: number;
  readonly kratosAdmin: number;
  readonly hydraAdmin: number;
  readonly http: number;
  readonly internal: number;
}

/** The service with the environment of its Deployment. */
async function startLogin(bench: Bench, program: string, ports: LoginPorts): Promise<Program> {
  const { env = [] } = bench.box.container('Deployment', 'ory/login-ui');
  const folder = bench.folder('login');
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(bench.box.files('ory/login-ui')))
    writeFileSync(join(folder, name), content);
  const here: Readonly<Record<string, string>> = {
    'http://kratos.ory.svc.cluster.local:4433': loopback(ports.kratosOpen),
    'http://kratos.ory.svc.cluster.local:4434': loopback(ports.kratosAdmin),
    'http://hydra.ory.svc.cluster.local:4445': loopback(ports.hydraAdmin),
  };
  const values = env.map(({ name, value }): [string, string] => {
    // only the two secrets come from elsewhere
    if (value === undefined) return [name, `${name}-of-the-end-to-end-test`];
    return [name, here[value] ?? value.replace('/etc/login', folder)];
  });
  const server = bench.start({
    name: 'login',
    command: process.execPath,
    args: program.endsWith('.ts') ? ['--import', 'tsx', program] : [...heap, program],
    env: {
      ...Object.fromEntries(values),
      PORT: String(ports.http),
      INTERNAL_PORT: String(ports.internal),
    },
  });
  await server.waitFor('readiness', async () => (await ask(ports.http, '/readyz')).status === 200, 30);
  return server;
}
