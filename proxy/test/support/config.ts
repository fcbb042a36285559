import { readConfig } from '../../src/config/load.js';
import type { Config, ConfigInput } from '../../src/config/schema.js';

/** The least a configuration has: one host, plain HTTP, ports chosen by the system. */
export const smallest: ConfigInput = {
  version: 1,
  domain: 'example.org',
  listeners: { address: '127.0.0.1', http: 0, https: 0, admin: 0 },
  tls: {},
  peers: {},
  limits: {},
  detection: { mode: 'off' },
  hosts: [{ name: 'example.org', routes: [{ kind: 'portal', path: '/' }] }],
  portal: { brand: { name: 'Example', primary: '#7c3aed', accent: '#f59e0b' }, tiles: [] },
  passthroughs: [],
};

/** How sessions are recognised, where a test needs gates. */
export const someSession: ConfigInput['session'] = {
  whoami: 'http://kratos.test:4433/sessions/whoami',
  signIn: 'https://auth.example.org/login',
  returnParameter: 'return_to',
  cookies: ['ory_kratos_session'],
};

/**
 * A configuration for a test: the smallest one with some keys of its own, read as a file would be.
 * @throws ConfigError as for a file
 */
export function configOf(changes: Partial<ConfigInput> = {}): Config {
  return readConfig(JSON.stringify({ ...smallest, ...changes })).config;
}
