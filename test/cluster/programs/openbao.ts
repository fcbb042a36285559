import { data, text } from '../../../constructs/proofs/read.js';
import { freePorts, type Program } from '../process.js';
import { type BoxPostgres, startBoxPostgres } from './box-postgres.js';
import { ask, expectStatus } from './http.js';
import { checkDatabase } from './openbao-database.js';
import { checkReach } from './openbao-reach.js';
import { about, type Bench, type ConfigCheck, expect, same } from './program.js';
import { Secrets } from './secrets.js';
import { Stage } from './stage.js';
import { startTokenReviewer, type TokenReviewer, type TokenSubject } from './token-review.js';
import { openbaoVersion, tools } from './tools.js';
import { type VaultApi, vaultApi } from './vault-api.js';

const config = 'ConfigMap data/openbao, key bao.json';
const plan = 'ConfigMap box-system/setup-plan, key plan.json';

/** A vault as the box configures it, and what it talks to. */
export interface RunningVault {
  readonly api: VaultApi;
  readonly secrets: Secrets;
  readonly postgres: BoxPostgres;
  readonly reviewer: TokenReviewer;
  /** Section `vault` of the set-up plan, with addresses of this machine. */
  readonly planned: Record<string, unknown>;
  /** A token of the vault for a ServiceAccount of the box. @throws when it may not log in */
  login(role: string, subject: TokenSubject): Promise<string>;
}

/** The vault: initializes and unseals itself, then everything the set-up Job and the operator do with it. */
export const openbao: ConfigCheck = {
  name: 'OpenBao',
  version: openbaoVersion,
  reads: ['ConfigMap data/openbao', 'ConfigMap box-system/setup-plan', 'StatefulSet data/openbao'],
  differences: [
    "authority and reviewer's token of the Kubernetes API in auth/kubernetes/config, which a pod has in its own mount",
  ],
  obtain: tools.openbao,
  check: async (bench) => checkVault(bench, await startTokenReviewer(bench)),
  faults: [
    {
      what: 'a policy that reads everything',
      plant: (copy) => {
        const wide = { path: { 'secret/data/*': { capabilities: ['read'] } } };
        copy.changePlan<Planned>(({ vault }) => {
          vault.policies['namespace-lasuite'] = wide;
        });
        changeRequest(copy, 'policy-namespace-lasuite', (request) => {
          request.data.policy = JSON.stringify(wide);
        });
      },
      says: /namespace-lasuite.*secret\/data\/\S+/,
    },
    {
      what: 'a role bound to no audience the operator asks for',
      plant: (copy) =>
        changeRequest(copy, 'role-box-setup', (request) => {
          request.data.audience = 'vault';
        }),
      says: /role-box-setup.*audience/,
    },
    {
      what: 'a misspelt engine',
      plant: (copy) =>
        changeRequest(copy, 'mount-database', (request) => {
          request.data.type = 'databse';
        }),
      says: /bao\.json[\s\S]*databse/,
    },
  ],
};

/** Starts the vault, does to it what the box does, and asks who may read what. @param reviewer says whose tokens are genuine */
export async function checkVault(bench: Bench, reviewer: TokenReviewer): Promise<void> {
  const secrets = await Secrets.of(bench.box);
  const { start, port } = await prepare(bench, reviewer, secrets);
  let server = await start();
  const api = vaultApi(port);
  const vault: Omit<RunningVault, 'postgres'> = {
    api,
    secrets,
    reviewer,
    planned: data(bench.box.plan, 'vault') as Record<string, unknown>,
    login: async (role, subject) => login(api, role, await reviewer.token(subject)),
  };
  const setup = await about(`${config}, role-box-setup`, () =>
    vault.login('box-setup', { namespace: 'box-system', serviceAccount: 'box-setup', audience: 'openbao' }),
  );
  await checkPlanned(vault, setup);
  await fillKv(vault, setup);
  const postgres = await startBoxPostgres(bench, secrets);
  await checkDatabase({ ...vault, postgres }, setup);
  await checkReach({ ...vault, postgres }, bench.box);
  expect(/"type":"response"/.test(server.log), `${config}, audit: no audit lines on standard output`);
  await server.stop();
  server = await start();
  await about(`${config}, seal`, async () => {
    const kept = await api.read(setup, 'secret/data/kratos');
    expectStatus(kept, 200, 'reading secret/data/kratos after a restart');
  });
  bench.note(
    `${secrets.vault.size} paths of values, ${Object.keys(data(vault.planned, 'roles')).length} roles`,
  );
}

async function prepare(bench: Bench, reviewer: TokenReviewer, secrets: Secrets) {
  const [port = 0, raft = 0] = await freePorts(2);
  const { box } = bench;
  const own = await reviewer.token({ namespace: 'data', serviceAccount: 'openbao', audience: '' });
  const stage = new Stage({
    box,
    secrets,
    kind: 'StatefulSet',
    place: 'data/openbao',
    instead: {
      '[::]:8200': `127.0.0.1:${port}`,
      '[::]:8201': `127.0.0.1:${raft}`,
      'http://openbao.data.svc.cluster.local:8200': `http://127.0.0.1:${port}`,
      'openbao-0.openbao-internal.data.svc.cluster.local:8201': `127.0.0.1:${raft}`,
      'https://kubernetes.default.svc.cluster.local': reviewer.url,
    },
    given: { 'box-trust': { 'ca.crt': reviewer.authority } },
    edit: (file, content) => (file === 'bao.json' ? withReviewer(content, reviewer.authority, own) : content),
  });
  const { readinessProbe } = box.container('StatefulSet', 'data/openbao');
  const start = (): Promise<Program> =>
    about(config, async () => {
      const env = stage.env();
      const args = stage.args();
      stage.checkAllUsed();
      const server = bench.start({ name: 'bao', command: bench.program, args, env });
      const ready = async () =>
        (await ask(port, readinessProbe?.httpGet?.path ?? '/v1/sys/health')).status === 200;
      await server.waitFor('readiness', ready, 40);
      const status = await ask(port, '/v1/sys/seal-status');
      same(
        [status.at('type'), status.at('initialized'), status.at('sealed')],
        ['static', true, false],
        'seal-status',
      );
      expectStatus(await ask(port, '/v1/sys/metrics?format=prometheus'), 200, 'metrics without a token');
      return server;
    });
  return { start, port };
}

interface InitRequest {
  data: Record<string, unknown>;
}

interface Planned {
  vault: { policies: Record<string, unknown> };
}

interface Initialize {
  initialize?: { box: { request: Record<string, InitRequest>[] } }[];
}

function requestsOf(bao: Initialize): Map<string, InitRequest> {
  return new Map(
    (bao.initialize ?? []).flatMap(({ box }) => box.request.flatMap((each) => Object.entries(each))),
  );
}

/** A configuration that also says what a pod has in its own mount: the API server's authority, and a token. */
export function withReviewer(content: string, authority: string, token: string): string {
  const bao = JSON.parse(content) as Initialize;
  const request = requestsOf(bao).get('configure-kubernetes');
  if (request !== undefined)
    Object.assign(request.data, { kubernetes_ca_cert: authority, token_reviewer_jwt: token });
  return JSON.stringify(bao, null, 2);
}

function changeRequest(copy: Bench['box'], name: string, change: (request: InitRequest) => void): void {
  const bao = JSON.parse(copy.file('data/openbao', 'bao.json')) as Initialize;
  const request = requestsOf(bao).get(name);
  if (request === undefined) throw new Error(`${config} has no request ${name}`);
  change(request);
  copy.setFile('data/openbao', 'bao.json', JSON.stringify(bao, null, 2));
}

async function login(api: VaultApi, role: string, jwt: string): Promise<string> {
  const answer = await api.write('', 'auth/kubernetes/login', { role, jwt });
  expectStatus(answer, 200, `login as ${role}`);
  return answer.said('auth', 'client_token');
}

/** What the server gave itself at its first start is what the plan says, and the set-up Job may say it again. */
async function checkPlanned({ api, planned }: Omit<RunningVault, 'postgres'>, token: string): Promise<void> {
  for (const [name, policy] of Object.entries(data(planned, 'policies')))
    await about(`${config}, policy-${name}`, async () => {
      const path = `sys/policies/acl/${name}`;
      const answer = expectStatus(await api.read(token, path), 200, 'reading the policy as box-setup');
      same(JSON.parse(answer.said('data', 'policy')), policy, 'the policy');
      const body = { policy: JSON.stringify(policy) };
      expectStatus(await api.write(token, path, body), [200, 204], 'writing the policy as box-setup');
    });
  for (const [name, role] of Object.entries(data(planned, 'roles')))
    await about(`${config}, role-${name}`, async () => {
      const path = `auth/kubernetes/role/${name}`;
      const answer = expectStatus(await api.read(token, path), 200, 'reading the role as box-setup');
      for (const [key, wanted] of Object.entries(data(role)))
        if (/^(bound|audience|token_policies)/.test(key)) same(answer.at('data', key), wanted, key);
      expectStatus(await api.write(token, path, data(role)), [200, 204], 'writing the role as box-setup');
    });
  await about(`${config}, policy-box-setup`, async () => {
    const everything = { policy: 'path "*" { capabilities = ["sudo"] }' };
    for (const [path, body] of [
      ['sys/policies/acl/box-setup', everything],
      ['sys/policies/acl/default', everything],
      ['auth/kubernetes/role/box-setup', { token_policies: ['root'] }],
      ['auth/kubernetes/config', { kubernetes_host: 'https://elsewhere.example' }],
      ['auth/token/create', { policies: ['root'] }],
    ] as const)
      expectStatus(await api.write(token, path, body), [400, 403], `writing ${path} as box-setup`);
  });
}

/** Writes as the set-up Job does: only what is not there yet. */
async function fillKv(
  { api, secrets, planned }: Omit<RunningVault, 'postgres'>,
  token: string,
): Promise<void> {
  const mount = text(planned, 'kv', 'mount');
  for (const [path, values] of secrets.vault) {
    const body = { data: values, options: { cas: 0 } };
    await about(`${plan}, vault.kv.paths.${path}`, async () => {
      expectStatus(await api.write(token, `${mount}/data/${path}`, body), 200, 'the first write');
      expectStatus(await api.write(token, `${mount}/data/${path}`, body), 400, 'a second write');
    });
  }
}
