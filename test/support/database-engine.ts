import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import type pg from 'pg';
import {
  bootstrapStatements,
  creationStatements,
  renewStatements,
  revocationStatements,
  vaultLoginStatement,
} from '../../constructs/data/login-sql.js';
import type { Credentials, TestPostgres } from './postgres.js';

/**
 * What OpenBao's database engine does with its statements, and nothing more: placeholders replaced, split at
 * semicolons, run in one transaction.
 * @see https://github.com/openbao/openbao/blob/v2.5.5/plugins/database/postgresql/postgresql.go
 */
export class DatabaseEngine {
  private serial = 0;

  constructor(readonly vault: pg.Client) {}

  async issue(owner: string, options: IssueOptions = {}): Promise<Credentials> {
    const password = randomBytes(15).toString('base64url');
    const user = `v-kubernet-${owner.slice(0, 8)}-${randomBytes(10).toString('hex')}-${1_700_000_000 + this.serial++}`;
    await this.run(creationStatements(owner, options.connectionLimit), {
      name: user,
      password: options.plain ? password : scramVerifier(password),
      expiration: expiration(options.seconds ?? 3600),
    });
    return { user, password };
  }

  renew(login: Credentials, seconds: number): Promise<void> {
    return this.run(renewStatements(), { name: login.user, expiration: expiration(seconds) });
  }

  revoke(login: Credentials): Promise<void> {
    return this.run(revocationStatements(), { name: login.user });
  }

  async run(statements: readonly string[], values: Readonly<Record<string, string>>): Promise<void> {
    await this.vault.query('BEGIN');
    try {
      for (const query of statements.flatMap((statement) => statement.split(';'))) {
        await this.vault.query(
          query.replace(/\{\{(\w+)\}\}/g, (placeholder, key) => values[key] ?? placeholder),
        );
      }
      await this.vault.query('COMMIT');
    } catch (error) {
      await this.vault.query('ROLLBACK');
      throw error;
    }
  }
}

export interface IssueOptions {
  /** Time to live. @default 3600 */
  readonly seconds?: number;
  /** Send the password itself, as without `password_authentication: scram-sha-256`. @default false */
  readonly plain?: boolean;
  readonly connectionLimit?: number;
}

/** A cluster as CloudNativePG makes it: the init statements, then one owner and its database for each name. */
export async function bootstrap(
  server: TestPostgres,
  names: readonly string[],
  loginFirst = false,
): Promise<pg.Client> {
  const superuser = await server.connect(server.superuser);
  const login = vaultLoginStatement(firstVaultLogin.password);
  const statements = loginFirst ? [login, ...bootstrapStatements] : [...bootstrapStatements, login];
  for (const statement of statements) await superuser.query(statement);
  for (const name of names) {
    await superuser.query(`CREATE ROLE ${name} NOLOGIN IN ROLE box_owner`);
    await superuser.query(`CREATE DATABASE ${name}_db OWNER ${name}`);
  }
  return superuser;
}

export const firstVaultLogin: Credentials = { user: 'vault', password: "first'password" };

/** What OpenBao stores instead of the password with `password_authentication: scram-sha-256` (RFC 5802). */
export function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, 4096, 32, 'sha256');
  const hmac = (label: string): Buffer => createHmac('sha256', salted).update(label).digest();
  const stored = createHash('sha256').update(hmac('Client Key')).digest('base64');
  return `SCRAM-SHA-256$4096:${salt.toString('base64')}$${stored}:${hmac('Server Key').toString('base64')}`;
}

/** Go's layout `2006-01-02 15:04:05-0700`. */
function expiration(seconds: number): string {
  const time = new Date(Date.now() + seconds * 1000).toISOString();
  return `${time.slice(0, 10)} ${time.slice(11, 19)}+0000`;
}
