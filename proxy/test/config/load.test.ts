import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadConfig, readConfig } from '../../src/config/load.js';
import { ConfigError } from '../../src/config/problems.js';
import { ProxyError } from '../../src/core/errors.js';
import { configOf, smallest } from '../support/config.js';

/** What is wrong with a text, line by line. */
function problemsOf(text: string): readonly string[] {
  try {
    readConfig(text, 'test.yaml');
  } catch (error) {
    assert.instance(error, ConfigError);
    const { code, problems } = error as ConfigError;
    assert.is(code, 'EDGE_CONFIG');
    return problems;
  }
  return [];
}

const valid = `
version: 1
domain: example.org
listeners: { http: 8080, https: 8443, admin: 9090 }
tls: {}
peers: {}
limits: {}
detection: { mode: observe }
hosts:
  - name: docs.example.org
    routes:
      - kind: proxy
        path: /
        upstream: http://docs.test
portal:
  brand: { name: Box, primary: '#7c3aed', accent: '#f59e0b' }
  tiles: []
passthroughs: []
`;

test('defaults are filled in', () => {
  const { config } = readConfig(valid);
  assert.equal(config.limits.strangers, { burst: 50, perSecond: 10 });
  assert.equal(config.limits.signedIn, { burst: 200, perSecond: 50 });
  assert.is(config.limits.headBytes, 32_768);
  assert.equal(config.drain, { announceSeconds: 5, seconds: 30 });
  assert.equal(config.telemetry, { accessLog: 'stdout' });
  assert.equal(config.listeners, { address: '::', http: 8080, https: 8443, admin: 9090, publicHttps: 443 });
  assert.equal(config.peers, { forwarding: [], unlimited: [], proxyProtocol: [] });
  assert.is(config.workers, 1);
  const [route] = config.hosts[0]?.routes ?? [];
  assert.ok(route?.kind === 'proxy');
  assert.equal(route.timeouts, { connect: 3, response: 60, idle: 60, tunnel: 3600 });
  assert.is(route.bodyLimitMi, 100);
  assert.is(route.class, 'browser');
});

test('JSON is read as well', () => {
  assert.is(readConfig(JSON.stringify(smallest)).config.domain, 'example.org');
  assert.is(readConfig(JSON.stringify(smallest, null, '\t')).config.domain, 'example.org');
});

test('the result is frozen through and through', () => {
  const config = configOf();
  assert.throws(() => Reflect.set(config, 'domain', 'x') || fail());
  assert.ok(Object.isFrozen(config.limits.strangers));
  assert.ok(Object.isFrozen(config.hosts[0]?.routes[0]));
});

const fail = () => {
  throw new Error('could not be set');
};

test('all problems come at once, each with its place, line, value, rule and way out', () => {
  const text = valid
    .replace('version: 1', 'version: 2')
    .replace('https: 8443', 'https: 70000, adress: "::"')
    .replace('mode: observe', 'mode: enforced')
    .replace('path: /', 'path: api\n        websocket: true\n        class: webs')
    .replace("'#7c3aed'", 'purple')
    .replace('passthroughs: []', '');
  assert.equal(problemsOf(text), [
    "passthroughs (line 1): is missing; add 'passthroughs' to the configuration",
    'version (line 2): 2 must be 1',
    'listeners.https (line 4): 70000 must be 65535 or less',
    "listeners.adress (line 4): is not a known key; did you mean 'address'?",
    "detection.mode (line 8): 'enforced' must be one of 'off', 'observe', 'enforce'; did you mean 'enforce'?",
    "hosts[0].routes[0].path (line 13): 'api' must be a path that starts with '/', in ASCII without ? # % \\ and spaces",
    "hosts[0].routes[0].websocket (line 14): is not a known key; did you mean 'webSocket'?",
    "hosts[0].routes[0].class (line 15): 'webs' must be one of 'browser', 'api', 'caldav', 'git', 's3', 'matrix', 'websocket', 'stream'",
    "portal.brand.primary (line 18): 'purple' must be a colour such as #7c3aed",
  ]);
});

test('an unknown kind, a missing one and a key of another kind are told', () => {
  const kinds = (route: string) => problemsOf(valid.replace(/kind: proxy[\s\S]*docs\.test/, route));
  assert.match(kinds('kind: proxi')[0] ?? '', /line 12\): 'proxi' must be one of .*did you mean 'proxy'\?/);
  assert.match(
    kinds('path: /')[0] ?? '',
    /routes\[0\]\.kind \(line 12\): is missing; add 'kind' to hosts\[0\]\.routes\[0\]/,
  );
  assert.match(
    kinds('{ kind: deny, path: /, status: 403, upstream: x }')[0] ?? '',
    /upstream \(line 12\): is not a known key; take it out, or use one of kind, path/,
  );
});

test('values that could break a line of the list or hold a secret are not shown as they are', () => {
  const [line] = problemsOf(valid.replace('http://docs.test', '"http://a\\nb"'));
  assert.match(line ?? '', /'http:\/\/a\\nb' must be the origin/);
  const otlp = 'telemetry: { otlp: { endpoint: http://x, headers: { Authorization: "secret\\n" } } }';
  const found = problemsOf(`${valid}${otlp}`);
  assert.is(found.length, 1);
  assert.not.match(found[0] ?? '', /secret/);
});

test('what is no YAML, or has a key twice, is refused with its line', () => {
  assert.match(problemsOf(`${valid}domain: other.org\n`)[0] ?? '', /unique at line 19/);
  assert.match(problemsOf('hosts: [')[0] ?? '', /line 1/);
  assert.match(problemsOf('')[0] ?? '', /empty/);
  assert.match(problemsOf('just text')[0] ?? '', /'just text' must be an object/);
  assert.ok(
    problemsOf(
      'a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n',
    ).length > 0,
  );
});

test('a key named like something every object has is unknown all the same', () => {
  for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
    assert.match(problemsOf(`${valid}${key}: { x: 1 }\n`)[0] ?? '', /is not a known key|must/, key);
});

test('a file that is not there is named', () => {
  const missing = '/nowhere/config.yaml';
  assert.throws(
    () => loadConfig(missing),
    (error: unknown) =>
      error instanceof ProxyError && error.code === 'EDGE_CONFIG' && error.message.includes(missing),
  );
});

test.run();
