import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ChallengeSource } from '../../src/kube/challenge-source.js';
import { ConfigSource } from '../../src/kube/config-source.js';
import { SecretSource } from '../../src/kube/secret-source.js';
import { FakeApi } from './fake-api.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const secret = (name: string, cert: string, key: string) => ({
  metadata: { name },
  type: 'kubernetes.io/tls',
  data: { 'tls.crt': base64(cert), 'tls.key': base64(key) },
});

/** A source that is stopped, and a double that is ended, when the test is. */
async function withApi(
  run: (api: FakeApi, stopLater: (source: { stop(): Promise<void> }) => void) => Promise<void>,
) {
  const api = await FakeApi.start();
  const sources: { stop(): Promise<void> }[] = [];
  try {
    await run(api, (source) => sources.push(source));
  } finally {
    await Promise.all(sources.map((source) => source.stop()));
    await api.stop();
  }
}

test('secrets: hands each pair on, tells what is missing, and forgets nothing', () =>
  withApi(async (api, stopLater) => {
    const seen: string[] = [];
    const problems: string[] = [];
    const source = new SecretSource({
      client: api.client(),
      namespace: 'ingress',
      names: ['edge-tls', 'edge-tls-2'],
      timers: api.timers,
      onPem: (name, { cert, key }) => {
        seen.push(`${name}: ${cert} ${key}`);
        api.changes.notify();
        if (cert === 'bad') throw new Error('a bad certificate');
      },
      onProblem: (error) => {
        problems.push(error.message);
        api.changes.notify();
      },
    });
    stopLater(source);
    source.start();
    await api.watching(2);
    assert.is(problems.length, 2);
    assert.match(problems.sort()[1] ?? '', /^secret ingress\/edge-tls: it does not exist; cert-manager/);
    assert.equal(
      source.status().map(({ name, ready }) => [name, ready]),
      [
        ['secret ingress/edge-tls', false],
        ['secret ingress/edge-tls-2', false],
      ],
    );

    api.put(secret('edge-tls', '', ''));
    await api.changes.until('the empty one', () => problems.length === 3);
    assert.match(problems[2] ?? '', /'tls.crt' or 'tls.key' is missing or empty/);
    api.put(secret('edge-tls', 'C1', 'K1'));
    await api.changes.until('the pair', () => seen.length === 1);
    assert.equal(seen, ['secret ingress/edge-tls: C1 K1']);
    assert.equal(source.status()[0], { name: 'secret ingress/edge-tls', ready: true, problem: undefined });
    api.put(secret('edge-tls', 'bad', 'K1'));
    await api.changes.until('the bad pair', () => problems.length === 4);
    assert.is(source.status()[0]?.problem, 'a bad certificate');
    api.put(secret('edge-tls', 'C2', 'K2'));
    await api.changes.until('the next pair', () => seen.length === 3);
    assert.is(source.status()[0]?.problem, undefined);

    const watches = api.watches.length;
    source.setNames(['edge-tls']);
    assert.is(source.status().length, 1);
    source.setNames(['edge-tls', 'another']);
    await api.watching(watches + 1);
    assert.is(api.watches.at(-1)?.searchParams.get('fieldSelector'), 'metadata.name=another');
  }));

test('configuration: from the event, once for each text, and kept when it goes', () =>
  withApi(async (api, stopLater) => {
    const texts: string[] = [];
    const problems: string[] = [];
    const source = new ConfigSource({
      client: api.client(),
      namespace: 'ingress',
      configMap: 'proxy-config',
      key: 'config.yaml',
      timers: api.timers,
      onText: (text) => {
        texts.push(text);
        api.changes.notify();
        if (text === 'bad') throw new Error('not valid');
      },
      onProblem: (error) => {
        problems.push(error.message);
        api.changes.notify();
      },
    });
    stopLater(source);
    const put = (data: object, labels = {}) => api.put({ metadata: { name: 'proxy-config', labels }, data });
    put({ 'config.yaml': 'one' });
    source.start();
    await api.watching(1);
    assert.equal(texts, ['one']);
    assert.is(api.lists[0]?.pathname, '/api/v1/namespaces/ingress/configmaps');
    put({ 'config.yaml': 'one' }, { touched: 'yes' });
    put({ 'config.yaml': 'bad' });
    await api.changes.until('the bad one', () => problems.length === 1);
    assert.is(source.status().problem, 'not valid');
    put({ other: 'x' });
    await api.changes.until('no key', () => problems.length === 2);
    assert.match(problems[1] ?? '', /configmap ingress\/proxy-config: it has no key 'config.yaml'/);
    api.remove('proxy-config');
    await api.changes.until('gone', () => problems.length === 3);
    assert.match(problems[2] ?? '', /it does not exist; the configuration before is kept/);
    assert.is(source.status().ready, false);
    put({ 'config.yaml': 'one' });
    await api.changes.until('back', () => texts.length === 3);
    assert.equal(texts, ['one', 'bad', 'one']);
    assert.equal(source.status(), {
      name: 'configmap ingress/proxy-config',
      ready: true,
      problem: undefined,
    });
  }));

const prefix = '/.well-known/acme-challenge/';
interface Rule {
  readonly host?: string;
  readonly path?: string;
  readonly service?: string;
  readonly port?: object;
}
const ingress = (name: string, rules: readonly Rule[], by: 'field' | 'annotation' | 'other' = 'field') => ({
  metadata: {
    name,
    ...(by === 'annotation' ? { annotations: { 'kubernetes.io/ingress.class': 'box-acme' } } : {}),
  },
  spec: {
    ...(by === 'annotation' ? {} : { ingressClassName: by === 'field' ? 'box-acme' : 'nginx' }),
    rules: rules.map(({ host, path = `${prefix}t0ken-_`, service = 'solver', port = { number: 8089 } }) => ({
      ...(host === undefined ? {} : { host }),
      http: {
        paths: [{ path, pathType: 'ImplementationSpecific', backend: { service: { name: service, port } } }],
      },
    })),
  },
});

test('challenges: exact host and path to the service, several at once, gone with their Ingress', () =>
  withApi(async (api, stopLater) => {
    const problems: string[] = [];
    const source = new ChallengeSource({
      client: api.client(),
      namespace: 'ingress',
      ingressClass: 'box-acme',
      timers: api.timers,
      onProblem: (error) => {
        problems.push(error.message);
        api.changes.notify();
      },
    });
    stopLater(source);
    api.put(ingress('one', [{ host: 'docs.box.test', path: `${prefix}A` }]));
    source.start();
    await api.watching(1);
    assert.is(api.lists[0]?.pathname, '/apis/networking.k8s.io/v1/namespaces/ingress/ingresses');
    assert.is(source.find('docs.box.test', `${prefix}A`), 'http://solver.ingress.svc.cluster.local:8089');
    api.put(ingress('two', [{ host: 'docs.box.test', path: `${prefix}B`, service: 's2' }], 'annotation'));
    api.put(ingress('three', [{ host: 'meet.box.test' }], 'other'));
    // the last one tells that all were read
    api.put(ingress('bad', [{ host: 'meet.box.test', port: { name: 'http' } }]));
    await api.changes.until('a warning', () => problems.length === 1);
    assert.match(
      problems[0] ?? '',
      /ingress ingress\/bad: its backend must be a Service with a port by number/,
    );
    assert.is(source.size, 2);
    assert.is(source.find('docs.box.test', `${prefix}B`), 'http://s2.ingress.svc.cluster.local:8089');
    for (const [host, path] of [
      ['meet.box.test', `${prefix}A`],
      ['docs.box.test', `${prefix}a`],
      ['docs.box.test', `${prefix}AB`],
      ['docs.box.test', prefix],
      ['meet.box.test', `${prefix}t0ken-_`],
    ] as const)
      assert.is(source.find(host, path), undefined, host + path);
    api.remove('one');
    api.put(ingress('bad', []));
    api.put(ingress('worse', [{ host: 'x_y' }]));
    await api.changes.until('the last', () => problems.length === 2);
    assert.is(source.find('docs.box.test', `${prefix}A`), undefined);
    assert.is(source.size, 1);
    assert.equal(source.status(), { name: 'ingresses of ingress', ready: true, problem: undefined });
  }));

test('challenges: an Ingress publishes nothing else', () =>
  withApi(async (api, stopLater) => {
    const problems: string[] = [];
    const source = new ChallengeSource({
      client: api.client(),
      namespace: 'ingress',
      ingressClass: 'box-acme',
      timers: api.timers,
      onProblem: (error) => problems.push(error.message),
    });
    stopLater(source);
    const host = 'docs.box.test';
    const refused: Rule[] = [
      { host, path: '/' },
      { host, path: prefix },
      { host, path: `${prefix}a/b` },
      { host, path: `${prefix}..` },
      { host, path: `${prefix}a?b` },
      { host, path: `${prefix}%2e` },
      { path: `${prefix}nobody` },
      { host: '*.box.test' },
      { host, service: 'evil.example/' },
      { host, service: 'a@b' },
      { host, port: { number: 0 } },
      { host, port: {} },
    ];
    for (const [index, rule] of refused.entries()) api.put(ingress(`i${index}`, [rule]), true);
    api.put({ metadata: { name: 'strange' }, spec: 5 }, true);
    source.start();
    await api.watching(1);
    assert.is(source.size, 0);
    assert.is(problems.length, refused.length + 1, problems.join('\n'));
  }));

test.run();
