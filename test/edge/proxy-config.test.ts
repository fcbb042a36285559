import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Made, type Rendered, schemaFile, schemaProblems } from './support.js';

const rendered = new Made().declareAll().config();

test('the configuration of a box with one of everything is valid', () => {
  assert.equal(schemaProblems(rendered), []);
});

test('an edge without hosts, and one with a local authority, are valid', () => {
  assert.equal(schemaProblems(new Made().config()), []);
  const local = new Made({ tls: { issuer: 'local' } }).config();
  assert.equal(schemaProblems(local), []);
  assert.is(local.acme, undefined);
  assert.is(local.hsts, undefined, 'browsers that do not trust the authority must not insist on it');
});

type Change = (config: Rendered) => void;
const route = (config: Rendered, host: string, path: string) => {
  const found = config.hosts
    .find(({ name }) => name === host)
    ?.routes.find((candidate) => candidate.path === path);
  if (found === undefined) throw new Error(`no route ${host}${path}`);
  return found;
};

const mutations: Record<string, Change> = {
  'an unknown key': (config) => {
    config.extra = true;
  },
  'another version': (config) => {
    config.version = 2;
  },
  'no hosts': (config) => {
    config.hosts = [];
  },
  'an unknown key in a route': (config) => {
    route(config, 'docs.studio.example', '/').websocket = true;
  },
  'a misspelt class': (config) => {
    route(config, 'docs.studio.example', '/').class = 'web';
  },
  'an upstream with a path': (config) => {
    route(config, 'docs.studio.example', '/').upstream = 'http://web.lasuite.svc.cluster.local/x';
  },
  'a path without a slash': (config) => {
    route(config, 'docs.studio.example', '/').path = 'api';
  },
  'an encoded path': (config) => {
    route(config, 'docs.studio.example', '/').path = '/a%2fb';
  },
  'media whose path may be normalised': (config) => {
    route(config, 'docs.studio.example', '/media/').rawPath = false;
  },
  'media without a Host': (config) => {
    delete route(config, 'docs.studio.example', '/media/').upstreamHost;
  },
  'a body limit of nothing': (config) => {
    route(config, 'docs.studio.example', '/api').bodyLimitMi = 0;
  },
  'a header that splits an answer': (config) => {
    route(config, 'docs.studio.example', '/').responseHeaders = { 'X-A': 'a\r\nSet-Cookie: b' };
  },
  'a header of the connection': (config) => {
    route(config, 'docs.studio.example', '/').responseHeaders = { 'Transfer-Encoding': 'chunked' };
  },
  'a gate with an empty list of groups': (config) => {
    route(config, 'console.studio.example', '/').gate = { groups: [] };
  },
  'a host in capitals': (config) => {
    config.hosts[1] = { name: 'Docs.studio.example', routes: [] };
  },
  'no session cookie': (config) => {
    config.session = { ...(config.session as object), cookies: [] };
  },
  'a passthrough without a port': (config) => {
    config.passthroughs = [{ name: 'ssh', upstream: 'git.lasuite.svc.cluster.local:22' }];
  },
  'a redirect without a status': (config) => {
    delete route(config, 'src.studio.example', '/dav').status;
  },
  'a redirect to another site by a double slash': (config) => {
    route(config, 'src.studio.example', '/dav').to = '//evil.example/';
  },
};

for (const [what, change] of Object.entries(mutations)) {
  test(`the schema refuses ${what}`, () => {
    const config = structuredClone(rendered);
    change(config);
    assert.not.equal(schemaProblems(config), []);
  });
}

test('every object of the schema is closed and every property says what it means', () => {
  const open: string[] = [];
  const mute: string[] = [];
  const schema = JSON.parse(readFileSync(schemaFile, 'utf8')) as { $defs: Record<string, object> };
  const isDescribed = (value: object): boolean => {
    if ('description' in value) return true;
    const name = /^#\/\$defs\/(.+)$/.exec(('$ref' in value && String(value.$ref)) || '')?.[1];
    const target = name === undefined ? undefined : schema.$defs[name];
    return target !== undefined && isDescribed(target);
  };
  const visit = (value: unknown, path: string): void => {
    if (value === null || typeof value !== 'object') return;
    if ('type' in value && value.type === 'object' && Reflect.get(value, 'additionalProperties') !== false)
      open.push(path);
    if ('properties' in value && 'additionalProperties' in value) {
      for (const [key, property] of Object.entries(value.properties as Record<string, object>))
        if (!isDescribed(property)) mute.push(`${path}/${key}`);
    }
    for (const [key, item] of Object.entries(value)) visit(item, `${path}/${key}`);
  };
  visit(schema, '#');
  assert.equal(open, []);
  assert.equal(mute, []);
});

test('limits, peers and sessions are what the box promises', () => {
  const { peers, limits, session } = rendered as Record<string, unknown>;
  assert.equal(peers, { forwarding: [], unlimited: ['10.42.0.0/16'] });
  assert.equal(limits, {
    signedIn: { burst: 200, perSecond: 50 },
    strangers: { burst: 50, perSecond: 10 },
    address: { burst: 1000, perSecond: 200 },
    connectionsPerAddress: 256,
  });
  assert.equal(session, {
    whoami: 'http://backend.lasuite.svc.cluster.local:8000/sessions/whoami',
    signIn: 'https://auth.studio.example/login',
    returnParameter: 'return_to',
    cookies: ['ory_kratos_session'],
    groups: '/identity/metadata_public/groups',
    cacheSeconds: 30,
  });
});

test('the portal lists tiles by group, and hosts without a title have none', () => {
  const { brand, tiles } = rendered.portal as { brand: object; tiles: { title: string }[] };
  assert.equal(brand, { name: 'Sunbeam', primary: '#7c3aed', accent: '#f59e0b' });
  assert.equal(tiles, [
    { title: 'Account', url: 'https://auth.studio.example/', group: 'apps' },
    { title: 'Docs', url: 'https://docs.studio.example/', description: 'Write together', group: 'apps' },
    { title: 'Code', url: 'https://src.studio.example/', group: 'developer' },
    { title: 'Console', url: 'https://console.studio.example/', group: 'admin' },
  ]);
});

test('two syntheses write the same bytes', () => {
  const text = () => JSON.stringify(new Made().declareAll().box.manifests());
  assert.is(text(), text());
});

test.run();
