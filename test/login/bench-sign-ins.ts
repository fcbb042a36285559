/** `npm run bench:login`: sign-ins a minute with the real Kratos, which hashes with bcrypt at cost 12, and memory. */
import { execFileSync } from 'node:child_process';
import { report, signInMany } from '../../login/bench/visitors.js';
import { ask, CookieJar, expectStatus } from '../cluster/programs/http.js';
import { startLoginRig } from './rig.js';

execFileSync('npm', ['run', '-s', 'build', '-w', 'login'], { stdio: 'inherit' });
const rig = await startLoginRig({ program: 'login/build/main.js' });
try {
  const [email, password] = [`bench@${rig.domain}`, 'correct horse battery staple'];
  const body = {
    schema_id: 'default',
    traits: { email },
    credentials: { password: { config: { password } } },
  };
  expectStatus(
    await ask(rig.kratos.admin, '/admin/identities', { body, cookies: new CookieJar() }),
    201,
    'a person',
  );
  const { http: port, internal } = rig.login;
  report(await signInMany({ port, internal, email, password, signIns: 120, visitors: 4 }));
} finally {
  await rig.stop();
}
