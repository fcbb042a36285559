/**
 * The SQL by which OpenBao's database engine makes short-lived logins.
 *
 * Every database belongs to an owner role that nobody can log in as. A login is made per lease, is a member of
 * its owner and starts every session as that owner, so all objects belong to the owner and a login can be dropped
 * at any time. OpenBao connects as `vault`, a role with no attribute and no membership at all: what it may do is
 * what the functions of schema `box` do for it. An application added years later therefore needs nothing but its
 * owner role, where CREATEROLE would need a superuser to grant each new owner WITH ADMIN OPTION.
 *
 * @see https://openbao.org/docs/secrets/databases/postgresql/
 * @see https://www.postgresql.org/docs/18/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY
 * @see https://cloudnative-pg.io/documentation/current/bootstrap/#executing-queries-after-initialization
 */

/** Marker role: members may be given logins. CloudNativePG's `managed.roles[].inRoles` puts an owner in it. */
export const ownerGroup = 'box_owner';

/** Marker role: members are logins that `box.create_login` made, and so may be dropped. */
export const loginGroup = 'box_login';

/** The login of OpenBao itself. */
export const vaultLogin = 'vault';

/** Sessions one login may hold when nothing else is said. */
export const defaultConnectionLimit = 30;

const maxConnectionLimit = 100;

/** OpenBao's default name template starts with `v-` and truncates at PostgreSQL's 63 bytes. */
const loginPattern = '^v-[A-Za-z0-9._-]{1,61}$';

/** The longest lease OpenBao grants unless told otherwise (`max_lease_ttl`, 768 h). */
const longestLease = '32 days';

/**
 * Options of every function. pg_temp is named last because PostgreSQL otherwise searches it first, and the caller
 * could shadow a catalog table with a temporary one. password_encryption is the caller's to change, so it is pinned.
 */
const trusted = `LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET password_encryption = 'scram-sha-256'
SET datestyle = 'ISO'`;

const checkLoginName = `IF (login ~ '${loginPattern}') IS NOT TRUE THEN
    RAISE EXCEPTION 'login % is not a name the vault gives', quote_nullable(login)
      USING ERRCODE = 'invalid_name', HINT = 'names match ${loginPattern}';
  END IF;`;

const checkExpiry = `IF (valid_until > now() AND valid_until <= now() + interval '${longestLease}') IS NOT TRUE THEN
    RAISE EXCEPTION 'login % cannot be valid until %', quote_nullable(login), quote_nullable(valid_until)
      USING ERRCODE = 'invalid_parameter_value', HINT = 'give a time in the next ${longestLease}';
  END IF;`;

/** Direct membership is asked, never pg_has_role(): that says yes for every superuser. */
const checkIsLogin = `IF NOT EXISTS (
    SELECT FROM pg_catalog.pg_authid r JOIN pg_catalog.pg_auth_members m ON m.member = r.oid
    WHERE r.rolname = login AND m.roleid = '${loginGroup}'::regrole AND NOT r.rolsuper
  ) THEN
    RAISE EXCEPTION 'role % was not made by box.create_login', quote_ident(login)
      USING ERRCODE = 'insufficient_privilege', HINT = 'only members of ${loginGroup} can be changed';
  END IF;`;

/** The role attributes are all said aloud, so that nothing depends on a default. */
const makeLogin = `CREATE OR REPLACE FUNCTION box.make_login(
  login text, password text, valid_until timestamptz, owner text, connection_limit integer
) RETURNS void
${trusted}
AS $box$
BEGIN
  ${checkLoginName}
  ${checkExpiry}
  IF coalesce(password, '') = '' THEN
    RAISE EXCEPTION 'login % needs a password', quote_ident(login) USING ERRCODE = 'invalid_password';
  END IF;
  IF (connection_limit BETWEEN 1 AND ${maxConnectionLimit}) IS NOT TRUE THEN
    RAISE EXCEPTION 'login % cannot hold % connections', quote_ident(login), quote_nullable(connection_limit)
      USING ERRCODE = 'invalid_parameter_value', HINT = 'give 1 to ${maxConnectionLimit}';
  END IF;
  IF NOT EXISTS (
    SELECT FROM pg_catalog.pg_authid r JOIN pg_catalog.pg_auth_members m ON m.member = r.oid
    WHERE r.rolname = owner AND m.roleid = '${ownerGroup}'::regrole
      AND NOT (r.rolcanlogin OR r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls)
  ) THEN
    RAISE EXCEPTION 'role % is not an owner that logins can be made for', quote_nullable(owner)
      USING ERRCODE = 'insufficient_privilege',
            HINT = 'an owner is NOLOGIN, has no other attribute, and is a direct member of ${ownerGroup}';
  END IF;
  EXECUTE format('CREATE ROLE %I LOGIN INHERIT NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS'
    ' CONNECTION LIMIT %s PASSWORD %L VALID UNTIL %L', login, connection_limit, password, valid_until);
  EXECUTE format('GRANT %I TO %I WITH INHERIT TRUE, SET TRUE, ADMIN FALSE', owner, login);
  EXECUTE format('GRANT ${loginGroup} TO %I WITH INHERIT FALSE, SET FALSE, ADMIN FALSE', login);
  EXECUTE format('GRANT %I TO ${vaultLogin} WITH INHERIT FALSE, SET TRUE, ADMIN FALSE', login);
END
$box$`;

const sealLogin = `CREATE OR REPLACE FUNCTION box.seal_login(login text) RETURNS void
${trusted}
AS $box$
BEGIN
  ${checkLoginName}
  ${checkIsLogin}
  EXECUTE format('REVOKE %I FROM ${vaultLogin}', login);
END
$box$`;

/**
 * PostgreSQL refuses ALTER ROLE … SET role inside a SECURITY DEFINER function, whoever owns it, and outside one it
 * asks for CREATEROLE, unless a role changes itself. So this one runs as its caller, who becomes the new login for
 * that one statement and is no member of it before and after.
 *
 * @see https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/utils/misc/guc.c GUC_NOT_WHILE_SEC_REST
 */
const createLogin = `CREATE OR REPLACE FUNCTION box.create_login(
  login text, password text, valid_until timestamptz, owner text,
  connection_limit integer DEFAULT ${defaultConnectionLimit}
) RETURNS void
LANGUAGE plpgsql SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $box$
BEGIN
  PERFORM box.make_login(login, password, valid_until, owner, connection_limit);
  EXECUTE format('SET LOCAL ROLE %I', login);
  EXECUTE format('ALTER ROLE %I SET role = %L', login, owner);
  SET LOCAL ROLE NONE;
  PERFORM box.seal_login(login);
END
$box$`;

const extendLogin = `CREATE OR REPLACE FUNCTION box.extend_login(login text, valid_until timestamptz) RETURNS void
${trusted}
AS $box$
BEGIN
  ${checkLoginName}
  ${checkExpiry}
  ${checkIsLogin}
  EXECUTE format('ALTER ROLE %I VALID UNTIL %L', login, valid_until);
END
$box$`;

/**
 * A session that left its owner role (SET ROLE NONE) can make objects that belong to the login, in a database this
 * function cannot reach. Failing would leave a working login behind, so such a login is locked and kept.
 */
const dropLogin = `CREATE OR REPLACE FUNCTION box.drop_login(login text) RETURNS void
${trusted}
AS $box$
BEGIN
  ${checkLoginName}
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_authid r WHERE r.rolname = login) THEN
    RETURN;
  END IF;
  ${checkIsLogin}
  EXECUTE format('DROP ROLE IF EXISTS %I', login);
EXCEPTION WHEN dependent_objects_still_exist THEN
  EXECUTE format('ALTER ROLE %I NOLOGIN PASSWORD NULL', login);
  RAISE WARNING 'login % owns objects: locked, not dropped', quote_ident(login);
END
$box$`;

const functions = [
  'box.create_login(text, text, timestamptz, text, integer)',
  'box.make_login(text, text, timestamptz, text, integer)',
  'box.seal_login(text)',
  'box.extend_login(text, timestamptz)',
  'box.drop_login(text)',
].join(', ');

const createRoleIfAbsent = (role: string): string =>
  `DO $box$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '${role}') THEN CREATE ROLE ${role} NOLOGIN; END IF;
END $box$`;

/**
 * What a superuser runs once in database `postgres`, for CloudNativePG's `bootstrap.initdb.postInitSQL`. Running it
 * again changes nothing, and is how a later release replaces the functions.
 */
export const bootstrapStatements: readonly string[] = [
  createRoleIfAbsent(ownerGroup),
  createRoleIfAbsent(loginGroup),
  createRoleIfAbsent(vaultLogin),
  `ALTER ROLE ${vaultLogin} NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 10`,
  'CREATE SCHEMA IF NOT EXISTS box',
  makeLogin,
  sealLogin,
  createLogin,
  extendLogin,
  dropLogin,
  `REVOKE ALL ON FUNCTION ${functions} FROM PUBLIC`,
  `GRANT EXECUTE ON FUNCTION ${functions} TO ${vaultLogin}`,
  `GRANT USAGE ON SCHEMA box TO ${vaultLogin}`,
];

/**
 * What makes `vault` a login, for a Secret named in `bootstrap.initdb.postInitSQLRefs.secretRefs`. It may run before
 * or after {@link bootstrapStatements}. It sets the first password only: OpenBao's `rotate-root` replaces it, and
 * running this again afterwards locks OpenBao out.
 *
 * @param password the first password, or a placeholder that a later step replaces by one without quotes
 */
export function vaultLoginStatement(password: string): string {
  return `${createRoleIfAbsent(vaultLogin)};\nALTER ROLE ${vaultLogin} LOGIN PASSWORD ${literal(password)};\n`;
}

/**
 * `creation_statements` of an OpenBao database role. OpenBao puts the SCRAM verifier in place of `{{password}}`
 * when the connection says `password_authentication: scram-sha-256`.
 *
 * @param owner the NOLOGIN role that owns the database
 * @param connectionLimit sessions that one login may hold; the budget of a database is its own CONNECTION LIMIT,
 *   because several logins of an application are valid at once
 */
export function creationStatements(
  owner: string,
  connectionLimit: number = defaultConnectionLimit,
): string[] {
  if (!/^[a-z_][a-z0-9_-]{0,62}$/.test(owner)) {
    throw new Error(
      `owner '${owner}' is not a role name: lower case letters, digits, '_' and '-', at most 63`,
    );
  }
  if (!Number.isInteger(connectionLimit) || connectionLimit < 1 || connectionLimit > maxConnectionLimit) {
    throw new Error(
      `connection limit ${connectionLimit} of owner '${owner}' is not between 1 and ${maxConnectionLimit}`,
    );
  }
  const values = ['{{name}}', '{{password}}', '{{expiration}}', owner].map(literal).join(', ');
  return [`SELECT box.create_login(${values}, ${connectionLimit})`];
}

/**
 * `renew_statements`. They are needed: OpenBao's default is an ALTER ROLE that `vault` may not run, and the Vault
 * Secrets Operator asks for a renewal before it takes new credentials.
 */
export function renewStatements(): string[] {
  return [`SELECT box.extend_login('{{name}}', '{{expiration}}')`];
}

/**
 * `revocation_statements`, also right for `rollback_statements`. A dropped login can open nothing new; sessions it
 * has opened go on as the owner until they end.
 */
export function revocationStatements(): string[] {
  return [`SELECT box.drop_login('{{name}}')`];
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
