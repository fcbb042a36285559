import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender, Launch, Plan } from './contender.js';

async function launch(program: string, plan: Plan): Promise<Launch> {
  const entry = fileURLToPath(new URL(`../programs/${program}.ts`, import.meta.url));
  return {
    argv: [process.execPath, await plan.bundle(entry)],
    env: {
      PORT: String(plan.port),
      CERT: plan.certFile,
      KEY: plan.keyFile,
      ANSWERS: String(plan.answers),
      BODIES: String(plan.bodies),
      LOG: join(plan.folder, 'access.log'),
    },
  };
}

/** A proxy of a hundred lines on node's `http2` server (HTTP/1.1 allowed) and `http.request`. */
export const plainNode: Contender = {
  name: 'node',
  title: 'plain node',
  prepare: (plan) => launch('plain-node', plan),
};

/** A TLS server of node that proxies nothing: the floor for memory per connection. */
export const bareTls: Contender = {
  name: 'bare-tls',
  title: 'node tls server',
  prepare: (plan) => launch('bare-tls', plan),
};
