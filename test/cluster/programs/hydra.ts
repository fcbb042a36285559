import { parse } from 'yaml';
import { data, rows } from '../../../constructs/proofs/read.js';
import { freePorts } from '../process.js';
import { ask, expectStatus } from './http.js';
import { checkClient } from './hydra-flow.js';
import { startKratosStub } from './hydra-stubs.js';
import { runCronJob, stageOry, withoutKeys } from './ory.js';
import { about, type Bench, type ConfigCheck, expect, same } from './program.js';
import type { Secrets } from './secrets.js';
import { ownProgram, tools } from './tools.js';

/** Hydra as the box configures it. */
export interface RunningHydra {
  readonly bench: Bench;
  readonly secrets: Secrets;
  readonly public: number;
  readonly admin: number;
  /** The issuer as apps are told it. */
  readonly issuer: string;
  /** Sessions that Hydra asked Kratos to end. */
  readonly endedSessions: readonly string[];
}

const config = 'ConfigMap ory/hydra, key hydra.yaml';

/** What v2.3.0 does not know yet. */
const tooNew = ['ttl.authentication_session'];

/** Sign-in for apps. */
export const hydra: ConfigCheck = {
  name: 'Hydra',
  version: 'v2.3.0 for v25.4.0',
  reads: ['ConfigMap ory/hydra', 'Deployment ory/hydra', 'CronJob ory/hydra-janitor', 'every OAuth2Client'],
  differences: tooNew.map((key) => `without ${key}, which v2.3.0 does not know`),
  obtain: tools.hydra,
  async check(bench) {
    const [open = 0, admin = 0] = await freePorts(2);
    const kratos = await startKratosStub(bench);
    const staged = await stageOry(bench, {
      name: 'hydra',
      edit: (file, content) =>
        file === 'hydra.yaml' && ownProgram('hydra') === undefined ? withoutKeys(content, tooNew) : content,
      instead: {
        'http://kratos.ory.svc.cluster.local:4434': `http://127.0.0.1:${kratos.port}`,
        'http://login-ui.ory.svc.cluster.local:3001': `http://127.0.0.1:${kratos.port}`,
      },
    });
    const { stage, secrets } = staged;
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
    stage.checkAllUsed();
    const { readinessProbe, livenessProbe } = bench.box.container('Deployment', 'ory/hydra');
    await about(config, () =>
      server.waitFor(
        'readiness',
        async () => (await ask(admin, readinessProbe?.httpGet?.path ?? '/')).status === 200,
        60,
      ),
    );
    for (const path of [livenessProbe?.httpGet?.path ?? '/', '/admin/metrics/prometheus'])
      expectStatus(await ask(admin, path), 200, `Deployment ory/hydra: ${path}`);
    const issuer = issuerOf(bench);
    await about(config, () => checkDiscovery(open, issuer));
    const running = { bench, secrets, public: open, admin, issuer, endedSessions: kratos.ended };
    for (const client of bench.box.all('OAuth2Client')) {
      const place = `${client.metadata.namespace}/${client.metadata.name}`;
      await about(`OAuth2Client ${place}`, () => checkClient(running, client));
    }
    await runCronJob(bench, staged, 'ory/hydra-janitor');
    bench.note(`${bench.box.all('OAuth2Client').length} clients`);
  },
  faults: [
    {
      what: 'a misspelt key',
      plant: (copy) => {
        const text = copy.file('ory/hydra', 'hydra.yaml');
        copy.setFile('ory/hydra', 'hydra.yaml', text.replace('access_token: 1h', 'acess_token: 1h'));
      },
      says: /hydra[\s\S]*acess_token/,
    },
    {
      what: 'an issuer that apps do not know',
      plant: (copy) => {
        const text = copy.file('ory/hydra', 'hydra.yaml');
        copy.setFile('ory/hydra', 'hydra.yaml', text.replace(/(issuer: \S+)\/\n/, '$1\n'));
      },
      says: /hydra\.yaml.*issuer/,
    },
    {
      what: 'a client that may not exchange codes',
      plant: (copy) => {
        const [client] = copy.all('OAuth2Client');
        (client?.spec as { grantTypes: string[] }).grantTypes = ['refresh_token'];
      },
      says: /OAuth2Client lasuite\/docs/,
    },
  ],
};

/** The issuer that Kratos' and Hydra's host stands for, as the edge serves it and apps are told. */
function issuerOf({ box }: Bench): string {
  return `https://auth.${box.site.settings.domain}/`;
}

interface HydraSettings {
  readonly webfinger: { readonly oidc_discovery: { readonly supported_claims: readonly string[] } };
}

async function checkDiscovery(port: number, issuer: string): Promise<void> {
  const answer = await ask(port, '/.well-known/openid-configuration');
  expectStatus(answer, 200, 'the discovery document');
  same(answer.at('issuer'), issuer, 'issuer of the discovery document');
  for (const [key, value] of Object.entries(data(answer.at())))
    if (key.endsWith('_endpoint') || key === 'jwks_uri')
      expect(String(value).startsWith(issuer), `${key} of the discovery document is ${value}`);
  const keys = expectStatus(await ask(port, '/.well-known/jwks.json'), 200, 'the keys');
  expect(rows(keys.at('keys')).length > 0, 'Hydra has no signing key');
}

export type { HydraSettings };
export const hydraSettings = ({ box }: Bench): HydraSettings => parse(box.file('ory/hydra', 'hydra.yaml'));
