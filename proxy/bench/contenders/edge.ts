import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { freePort } from '../support/children.js';
import { host } from '../support/request.js';
import type { Contender, Launch, Plan } from './contender.js';

const folder = fileURLToPath(new URL('../..', import.meta.url));

let built = false;

/** Builds the bundle once a run, as the image does. */
function build(): void {
  if (built) return;
  const run = spawnSync('npm', ['run', '--silent', 'build'], { cwd: folder, encoding: 'utf8' });
  if (run.status !== 0)
    throw new Error(`npm run build: ${`${run.stdout}${run.stderr}`.trim().slice(0, 200)}`);
  built = true;
}

// never reached, but counted all the same
const wide = { burst: 1_000_000_000, perSecond: 1_000_000_000 };

/** Configuration of this proxy for the routes of the benchmark. */
export async function configuration(plan: Plan, policies: boolean): Promise<object> {
  const answers = `http://127.0.0.1:${plan.answers}`;
  const bodies = `http://127.0.0.1:${plan.bodies}`;
  // beside the configuration each line would look like a change of it
  const logs = join(plan.folder, 'logs');
  mkdirSync(logs, { recursive: true });
  return {
    version: 1,
    domain: host.slice(host.indexOf('.') + 1),
    listeners: {
      address: '127.0.0.1',
      http: await freePort(),
      https: plan.port,
      admin: await freePort(),
    },
    tls: { files: [{ cert: plan.certFile, key: plan.keyFile }] },
    // 'unlimited' spares limiter and detector, which leaves the bare proxy
    peers: policies ? {} : { unlimited: ['127.0.0.0/8'] },
    limits: {
      signedIn: wide,
      strangers: wide,
      address: wide,
      newConnections: wide,
      connectionsPerAddress: 65_535,
    },
    detection: { mode: policies ? 'observe' : 'off' },
    ...(policies ? { telemetry: { accessLog: join(logs, 'access.log') } } : {}),
    hosts: [
      {
        name: host,
        routes: [
          { kind: 'proxy', path: '/bodies/upload', class: 'api', upstream: bodies, bodyLimitMi: 'unlimited' },
          { kind: 'proxy', path: '/socket/', class: 'websocket', upstream: bodies, webSocket: true },
          { kind: 'proxy', path: '/api', class: 'api', upstream: answers },
          { kind: 'proxy', path: '/', class: 'browser', upstream: answers },
        ],
      },
    ],
    portal: { brand: { name: 'Bench', primary: '#224466', accent: '#cc8800' }, tiles: [] },
    passthroughs: [],
  };
}

/** Flags for node as the image has them. */
function flags(): string[] {
  const command = /^CMD (\[.*\])$/m.exec(readFileSync(join(folder, 'Dockerfile'), 'utf8'))?.[1] ?? '[]';
  return (JSON.parse(command) as string[]).filter((word) => word.startsWith('--'));
}

async function launch(plan: Plan, policies: boolean): Promise<Launch> {
  build();
  const file = join(plan.folder, 'config.yaml');
  writeFileSync(file, stringify(await configuration(plan, policies)));
  return {
    argv: [process.execPath, ...flags(), join(folder, 'build/main.js'), 'serve'],
    env: { CONFIG: file, NODE_ENV: 'production', NODE_OPTIONS: '--max-old-space-size=256' },
  };
}

/** This proxy with everything on: limiter, detector that acts, metrics, access log to a file. */
export const edge: Contender = {
  name: 'edge',
  title: 'edge, all policies',
  prepare: (plan) => launch(plan, true),
};

/** This proxy without limiter, detector and access log. */
export const edgeBare: Contender = {
  name: 'edge-bare',
  title: 'edge, policies off',
  prepare: (plan) => launch(plan, false),
};
