import { trustBundle } from '../../../constructs/core/trust.js';
import { data, text } from '../../../constructs/proofs/read.js';
import type { Credentials } from '../../support/postgres.js';
import { boxAddress } from './box-postgres.js';
import { expectStatus } from './http.js';
import type { RunningVault } from './openbao.js';
import { about, expect, same } from './program.js';

const section = 'ConfigMap box-system/setup-plan, key plan.json, vault.database';

/** Connects the vault to PostgreSQL as the set-up Job does, then makes, renews and ends logins. */
export async function checkDatabase(vault: RunningVault, token: string): Promise<void> {
  const { api, planned, secrets, postgres } = vault;
  const mount = text(planned, 'database', 'mount') ?? '';
  const { name, password_from: from, ...connection } = data(planned, 'database', 'connection');
  const place = `${text(from, 'namespace')}/${text(from, 'secret')}`;
  const first: Credentials = {
    user: text(connection, 'username') ?? '',
    password: secrets.value(place, text(from, 'key') ?? ''),
  };
  const url = (text(connection, 'connection_url') ?? '')
    .replace(boxAddress, postgres.address)
    .replace(trustBundle.path, postgres.server.caFile);
  await about(`${section}.connection`, async () => {
    const body = { ...connection, connection_url: url, password: first.password };
    expectStatus(await api.write(token, `${mount}/config/${name}`, body), [200, 204], 'the connection');
    await (await postgres.server.connect(first)).end();
    expectStatus(await api.write(token, `${mount}/rotate-root/${name}`, {}), [200, 204], 'rotate-root');
    expect(await isRefused(vault, first, 'postgres'), 'the first password still works after rotate-root');
  });
  for (const [role, body] of Object.entries(data(planned, 'database', 'roles')))
    await about(`${section}.roles.${role}`, async () => {
      const written = await api.write(token, `${mount}/roles/${role}`, body as object);
      expectStatus(written, [200, 204], 'the role');
    });
}

/** A login of a role works for its own database, is renewed, and ends when it is revoked. */
export async function checkLogin(vault: RunningVault, token: string, role: string): Promise<void> {
  const { api, planned, postgres } = vault;
  const mount = text(planned, 'database', 'mount') ?? '';
  await about(`${section}.roles.${role}`, async () => {
    const answer = expectStatus(await api.read(token, `${mount}/creds/${role}`), 200, 'a login');
    const lease = answer.said('lease_id');
    const login = { user: answer.said('data', 'username'), password: answer.said('data', 'password') };
    const session = await postgres.server.connect(login, `${role}_db`);
    const { rows } = await session.query('SELECT current_user AS now, session_user AS login');
    same(rows, [{ now: role, login: login.user }], 'the user of a session');
    await session.query('CREATE TABLE made_by_a_login (id integer)');
    for (const other of Object.keys(data(planned, 'database', 'roles')).filter((name) => name !== role))
      expect(await isRefused(vault, login, `${other}_db`), `a login of ${role} reaches ${other}_db`);
    expect(answer.at('renewable') === true, 'the lease is not renewable');
    const renewal = { lease_id: lease, increment: 60 };
    expectStatus(await api.write(token, 'sys/leases/renew', renewal), 200, 'renewal of the lease');
    // as the operator does when its resource is deleted, or it has taken another login
    expectStatus(await api.write(token, 'sys/leases/revoke', { lease_id: lease }), [200, 204], 'revocation');
    await until(() => isRefused(vault, login, `${role}_db`), 'a revoked login still works');
    await session.query('DROP TABLE made_by_a_login');
    await session.end();
  });
}

async function isRefused({ postgres }: RunningVault, login: Credentials, database: string): Promise<boolean> {
  try {
    await (await postgres.server.connect(login, database)).end();
    return false;
  } catch {
    return true;
  }
}

async function until(check: () => Promise<boolean>, otherwise: string): Promise<void> {
  for (let i = 0; i < 50; i++) {
    if (await check()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(otherwise);
}
