import { createRequire } from 'node:module';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { healthChecks } from '../../apps/argocd/health.js';
import { unavailable } from '../support/unavailable.js';

/** As much of the Lua interpreter as is needed here; it is written in JavaScript and has no types. */
interface Fengari {
  readonly lua: {
    lua_tojsstring(state: object, index: number): string;
    lua_getfield(state: object, index: number, name: Uint8Array): number;
  };
  readonly lauxlib: {
    luaL_newstate(): object;
    luaL_dostring(state: object, code: Uint8Array): boolean;
  };
  readonly lualib: { luaL_openlibs(state: object): void };
  to_luastring(text: string): Uint8Array;
}

function interpreter(): Fengari | undefined {
  try {
    return createRequire(import.meta.url)('fengari') as Fengari;
  } catch {
    return unavailable('the Lua interpreter fengari is not installed; run npm ci');
  }
}

/** A value as Lua source. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(literal).join(', ')}}`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `[${JSON.stringify(key)}] = ${literal(item)}`)
    .join(', ')}}`;
}

const fengari = interpreter();

function healthOf(kind: string, obj: object): { readonly status: string; readonly message: string } {
  if (fengari === undefined) throw new Error('no interpreter');
  const { lua, lauxlib, lualib, to_luastring } = fengari;
  const state = lauxlib.luaL_newstate();
  lualib.luaL_openlibs(state);
  const failed = lauxlib.luaL_dostring(state, to_luastring(`obj = ${literal(obj)}\n${healthChecks[kind]}`));
  if (failed) throw new Error(lua.lua_tojsstring(state, -1));
  const field = (name: string) => {
    lua.lua_getfield(state, name === 'status' ? -1 : -2, to_luastring(name));
    return lua.lua_tojsstring(state, -1);
  };
  return { status: field('status'), message: field('message') };
}

const metadata = { name: 'x', generation: 2 };
const ready = (status: string) => ({ conditions: [{ type: 'Ready', status, message: 'said so' }] });

const cases: readonly (readonly [kind: string, status: object | undefined, health: string])[] = [
  ...Object.keys(healthChecks).map((kind) => [kind, undefined, 'Progressing'] as const),
  ['argoproj.io_Application', { health: { status: 'Degraded' } }, 'Degraded'],
  ['argoproj.io_Application', { sync: {} }, 'Progressing'],
  ['helm.cattle.io_HelmChart', { jobName: 'helm-install-x' }, 'Healthy'],
  ['helm.cattle.io_HelmChart', { conditions: [{ type: 'JobCreated', status: 'False' }] }, 'Progressing'],
  [
    'helm.cattle.io_HelmChart',
    { jobName: 'helm-install-x', conditions: [{ type: 'Failed', status: 'True', reason: 'Unsupported' }] },
    'Degraded',
  ],
  ['secrets.hashicorp.com_VaultConnection', { valid: true }, 'Healthy'],
  ['secrets.hashicorp.com_VaultAuth', { valid: false }, 'Progressing'],
  ['secrets.hashicorp.com_VaultStaticSecret', { secretMAC: '' }, 'Progressing'],
  ['secrets.hashicorp.com_VaultStaticSecret', { secretMAC: 'abc' }, 'Healthy'],
  ['secrets.hashicorp.com_VaultStaticSecret', ready('True'), 'Healthy'],
  ['secrets.hashicorp.com_VaultStaticSecret', { ...ready('False'), secretMAC: 'abc' }, 'Degraded'],
  ['secrets.hashicorp.com_VaultDynamicSecret', { lastRenewalTime: 0 }, 'Progressing'],
  ['secrets.hashicorp.com_VaultDynamicSecret', { lastRenewalTime: 1700000000 }, 'Healthy'],
  ['hydra.ory.sh_OAuth2Client', { observedGeneration: 1 }, 'Progressing'],
  ['hydra.ory.sh_OAuth2Client', { observedGeneration: 2, reconciliationError: {} }, 'Healthy'],
  [
    'hydra.ory.sh_OAuth2Client',
    { observedGeneration: 2, reconciliationError: { statusCode: 'CLIENT_REGISTRATION_FAILED' } },
    'Degraded',
  ],
];

if (fengari !== undefined) {
  for (const [kind, status, health] of cases) {
    test(`${kind} with ${JSON.stringify(status) ?? 'no status'} is ${health}`, () => {
      const found = healthOf(kind, { metadata, ...(status === undefined ? {} : { status }) });
      assert.is(found.status, health, found.message);
    });
  }
}

test('every check is Lua of one function body', () => {
  for (const [kind, code] of Object.entries(healthChecks)) {
    assert.match(kind, /^[a-z0-9.]+_[A-Z]\w+$/);
    assert.match(code, /return verdict\(/);
  }
});

test.run();
