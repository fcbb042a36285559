import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { KubeApi, type KubeClient, KubeError } from '../../src/kube/api.js';
import { ChallengeSource } from '../../src/kube/challenge-source.js';
import { ConfigSource } from '../../src/kube/config-source.js';
import { SecretSource } from '../../src/kube/secret-source.js';
import { RenewedFile } from '../../src/kube/token.js';
import { ListWatch } from '../../src/kube/watch.js';
import { CertificateStore } from '../../src/tls/certificates.js';
import { TicketKeys } from '../../src/tls/tickets.js';
import { issue } from '../support/certificates.js';
import { ControlPlane, findPrograms } from './control-plane.js';
import { Changes } from './fake-api.js';

const account = 'system:serviceaccount:ingress:proxy';
const core = '/api/v1/namespaces/ingress';
const networking = '/apis/networking.k8s.io/v1/namespaces/ingress';
const prefix = '/.well-known/acme-challenge/';

/** What the box gives the proxy's ServiceAccount. */
const rules = [
  { apiGroups: [''], resourceNames: ['edge-tls'], resources: ['secrets'], verbs: ['get', 'list', 'watch'] },
  {
    apiGroups: [''],
    resourceNames: ['proxy-config'],
    resources: ['configmaps'],
    verbs: ['get', 'list', 'watch'],
  },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: ['list', 'watch'] },
];

const programs = findPrograms();
const folder = mkdtempSync(join(tmpdir(), 'edge-real-api-'));
const tokenFile = join(folder, 'token');
const problems: string[] = [];
const changes = new Changes();
let plane: ControlPlane;
let client: KubeApi;

const secret = (pem: { cert: string; key: string }) => ({
  metadata: { name: 'edge-tls' },
  type: 'kubernetes.io/tls',
  stringData: { 'tls.crt': pem.cert, 'tls.key': pem.key },
});
const configMap = (text: string) => ({ metadata: { name: 'proxy-config' }, data: { 'config.yaml': text } });
const ingress = (name: string) => ({
  metadata: { name },
  spec: {
    ingressClassName: 'box-acme',
    rules: [
      {
        host: 'docs.box.test',
        http: {
          paths: [
            {
              path: `${prefix}${name}`,
              pathType: 'ImplementationSpecific',
              backend: { service: { name: 'solver', port: { number: 8089 } } },
            },
          ],
        },
      },
    ],
  },
});

async function newToken(): Promise<string> {
  const spec = { audiences: [], expirationSeconds: 3600 };
  const { status } = await plane.must('POST', `${core}/serviceaccounts/proxy/token`, { spec });
  return status?.token ?? '';
}

const listening = { onProblem: (error: Error) => problems.push(error.message) };

test.before(async () => {
  if (programs === undefined) return;
  plane = await ControlPlane.start(programs);
  const bound = '/apis/rbac.authorization.k8s.io/v1/namespaces/ingress';
  await plane.must('POST', '/api/v1/namespaces', { metadata: { name: 'ingress' } });
  await plane.must('POST', `${core}/serviceaccounts`, { metadata: { name: 'proxy' } });
  await plane.must('POST', `${bound}/roles`, { metadata: { name: 'proxy' }, rules });
  await plane.must('POST', `${bound}/rolebindings`, {
    metadata: { name: 'proxy' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'proxy' },
    subjects: [{ kind: 'ServiceAccount', name: 'proxy', namespace: 'ingress' }],
  });
  writeFileSync(tokenFile, await newToken());
  const token = new RenewedFile(tokenFile);
  client = new KubeApi({ server: plane.url, token: (fresh) => token.read(fresh), ca: async () => plane.ca });
});

test.after(async () => {
  rmSync(folder, { recursive: true });
  client?.close();
  await plane?.stop();
});

test('the Role of this test is the one that the box renders', () => {
  const dist = fileURLToPath(new URL('../../../dist', import.meta.url));
  const file = existsSync(dist)
    ? readdirSync(dist).find((name) => name.endsWith('-edge.k8s.yaml'))
    : undefined;
  if (file === undefined) return console.log('skipped: the box is not rendered here');
  const documents = parseAllDocuments(readFileSync(join(dist, file), 'utf8')).map((one) => one.toJS());
  const role = documents.find(({ kind, metadata }) => kind === 'Role' && metadata.name === 'proxy');
  assert.equal(role?.rules, rules);
});

const real: [name: string, run: () => Promise<void>][] = [];

real.push([
  'these rights are enough by name, and for nothing else',
  async () => {
    const refused = (path: string) =>
      client.get(path).then(
        () => assert.unreachable(path),
        (error: unknown) => {
          assert.instance(error, KubeError);
          assert.is((error as KubeError).status, 403);
          assert.match((error as KubeError).message, new RegExp(`${account}.+ cannot list .+fieldSelector`));
        },
      );
    await refused(`${core}/secrets`);
    await refused(`${core}/secrets?fieldSelector=metadata.name%3Dother`);
    await refused(`${core}/configmaps`);
    await refused('/apis/networking.k8s.io/v1/ingresses');
    await client.get(`${core}/secrets?fieldSelector=metadata.name%3Dedge-tls`);
    await client.get(`${networking}/ingresses`);
  },
]);

real.push([
  'certificates, configuration and challenges arrive, change and go, across a restart of the API server',
  async () => {
    const store = new CertificateStore({
      ticketKeys: new TicketKeys().current(),
      onChange: () => changes.notify(),
    });
    const texts: string[] = [];
    const secrets = new SecretSource({
      client,
      namespace: 'ingress',
      names: ['edge-tls'],
      onPem: (source, pem) => store.replace(source, pem),
      ...listening,
    });
    const config = new ConfigSource({
      client,
      namespace: 'ingress',
      configMap: 'proxy-config',
      key: 'config.yaml',
      onText: (text) => {
        texts.push(text);
        changes.notify();
      },
      ...listening,
    });
    const challenges = new ChallengeSource({
      client,
      namespace: 'ingress',
      ingressClass: 'box-acme',
      ...listening,
    });
    const find = (token: string) => challenges.find('docs.box.test', `${prefix}${token}`);
    // the table of challenges is asked, it does not tell
    const eventually = (condition: () => boolean) => {
      const timer = setInterval(() => changes.notify(), 20);
      return changes.until('the challenges', condition).finally(() => clearInterval(timer));
    };
    secrets.start();
    config.start();
    challenges.start();
    try {
      await plane.must('POST', `${core}/secrets`, secret(issue({ names: ['one.test'] })));
      await plane.must('POST', `${core}/configmaps`, configMap('one'));
      await plane.must('POST', `${networking}/ingresses`, ingress('a'));
      await plane.must('POST', `${networking}/ingresses`, ingress('b'));
      await changes.until('the certificate', () => store.covers('one.test'));
      await changes.until('the configuration', () => texts.at(-1) === 'one');
      await eventually(() => challenges.size === 2);
      assert.is(find('a'), 'http://solver.ingress.svc.cluster.local:8089');

      const started = performance.now();
      await plane.must('PUT', `${core}/secrets/edge-tls`, secret(issue({ names: ['two.test'] })));
      await plane.must('PUT', `${core}/configmaps/proxy-config`, configMap('two'));
      await plane.must('DELETE', `${networking}/ingresses/a`);
      await changes.until('the next certificate', () => store.covers('two.test'));
      await changes.until('the next configuration', () => texts.at(-1) === 'two');
      await eventually(() => find('a') === undefined && challenges.size === 1);
      console.log(`three changes taken over in ${Math.round(performance.now() - started)} ms`);
      assert.equal(
        [...secrets.status(), config.status(), challenges.status()].map(({ ready, problem }) => [
          ready,
          problem,
        ]),
        Array(3).fill([true, undefined]),
      );

      await plane.stopServer();
      await plane.startServer();
      await plane.must('PUT', `${core}/configmaps/proxy-config`, configMap('three'));
      await plane.must('PUT', `${core}/secrets/edge-tls`, secret(issue({ names: ['three.test'] })));
      await longer(() => texts.at(-1) === 'three' && store.covers('three.test'));
      assert.ok(
        problems.some((text) => /ECONNREFUSED|ECONNRESET|aborted|hang up/.test(text)),
        problems.join('\n'),
      );
      await longer(() => config.status().problem === undefined);
    } finally {
      await Promise.all([secrets.stop(), config.stop(), challenges.stop()]);
    }
  },
]);

real.push([
  'a token that is refused is read anew',
  async () => {
    const good = readFileSync(tokenFile, 'utf8');
    writeFileSync(tokenFile, `${good.slice(0, -20)}aaaaaaaaaaaaaaaaaaaa`);
    const token = new RenewedFile(tokenFile);
    await token.read();
    const other = new KubeApi({
      server: plane.url,
      token: (fresh) => token.read(fresh),
      ca: async () => plane.ca,
    });
    const path = `${networking}/ingresses`;
    await other.get(path).then(
      () => assert.unreachable(),
      (error: KubeError) => assert.match(error.message, /answered 401 Unauthorized; .+ refused twice/),
    );
    writeFileSync(tokenFile, await newToken());
    await other.get(path);
    other.close();
  },
]);

real.push([
  'a version that the server has forgotten leads to a list at once',
  async () => {
    let lists = 0;
    const versions: string[] = [];
    const outdated: KubeClient = {
      get: (path, signal) => {
        lists++;
        return client.get(path, signal);
      },
      stream: (path, onLine, signal) => {
        const from = /resourceVersion=(\d+)/.exec(path)?.[1] ?? '';
        versions.push(from);
        const first = versions.length === 1;
        return client.stream(
          first ? path.replace(`resourceVersion=${from}`, 'resourceVersion=1') : path,
          onLine,
          signal,
        );
      },
    };
    const seen: number[] = [];
    const told: string[] = [];
    const watch = new ListWatch({
      client: outdated,
      path: `${networking}/ingresses`,
      onObjects: (objects) => {
        seen.push(objects.size);
        changes.notify();
      },
      onProblem: (error) => told.push(error.message),
    });
    const started = performance.now();
    watch.start();
    await longer(() => versions.length === 2);
    await plane.must('POST', `${networking}/ingresses`, ingress('late'));
    await longer(() => seen.at(-1) === 2);
    await watch.stop();
    assert.is(lists, 2);
    assert.equal(told, []);
    assert.ok(performance.now() - started < 3000);
  },
]);

/** For what takes the API server or a pause between tries some seconds. */
async function longer(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `not within 30 s; problems: ${problems.join('\n')}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

for (const [name, run] of real)
  if (programs === undefined) test.skip(name, run);
  else test(name, run);
if (programs === undefined)
  console.log(
    'skipped: no kube-apiserver and etcd in the cache; the cluster checks of the repository build them',
  );

test.run();
