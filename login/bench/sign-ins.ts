/**
 * `npm run bench -w login`: sign-ins a minute through the bundled service, and the memory it takes. Kratos is a fake
 * that hashes nothing, so this is the pages' own share; `npm run bench:login` at the root has the real Kratos.
 */
import { execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { FakeHydra } from '../test/support/fake-hydra.js';
import { FakeKratos } from '../test/support/fake-kratos.js';
import { environment } from '../test/support/service.js';
import { report, signInMany } from './visitors.js';

const folder = fileURLToPath(new URL('..', import.meta.url));
execFileSync('npm', ['run', '-s', 'build'], { cwd: folder, stdio: 'inherit' });
const kratos = await new FakeKratos().start();
const hydra = await new FakeHydra().start();
const { password } = kratos.person();
const [port, internal] = [13000, 13001];
const child = spawn(
  process.execPath,
  ['--max-old-space-size=64', '--max-semi-space-size=4', 'build/main.js'],
  {
    cwd: folder,
    env: {
      ...environment(kratos.url, hydra.url),
      PORT: String(port),
      INTERNAL_PORT: String(internal),
      PATH: process.env.PATH,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  },
);
try {
  report(
    await signInMany({ port, internal, email: 'ana@studio.example', password, signIns: 1000, visitors: 8 }),
  );
} finally {
  child.kill();
  await Promise.all([kratos.stop(), hydra.stop()]);
}
