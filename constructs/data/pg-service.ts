import { stringify } from 'ini';

/** Where a database is, and how its server is known. */
export interface DatabaseAddress {
  /** Host name as it stands on the server's certificate, for `verify-full`. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** Absolute path, in the container, of the authority that signed the server's certificate. */
  readonly caFile: string;
}

export interface PgServiceProps extends DatabaseAddress {
  /** Name of the section; clients choose it by `PGSERVICE` or `service=`. */
  readonly service: string;
}

export interface DsnProps extends DatabaseAddress {
  /** Further parameters of the driver, such as a pool size. @default - none */
  readonly parameters?: Readonly<Record<string, string | number>>;
}

/** One value of OpenBao's answer, as a template of the Vault Secrets Operator reads it. */
const secret = (key: 'username' | 'password'): string => `get .Secrets "${key}"`;

/**
 * Template of a libpq service file with one service. libpq reads the file named by `PGSERVICEFILE` at every connect,
 * so a program that keeps running logs in with whatever the file says by then.
 *
 * libpq takes all that follows the first `=` as it is, while the ini library quotes a value that holds `=`, a line end
 * or outer white space and escapes `;` and `#`. So those characters are refused, and the library writes the rest
 * unchanged. OpenBao's passwords are letters, digits and `-`.
 *
 * @see https://www.postgresql.org/docs/18/libpq-pgservice.html
 * @see https://developer.hashicorp.com/vault/docs/platform/k8s/vso/secret-transformation
 */
export function pgServiceTemplate(props: PgServiceProps): string {
  check('service', props.service, /^[\w-]+$/);
  checkAddress(props);
  const entries = {
    host: props.host,
    port: props.port,
    dbname: props.database,
    user: `{{ ${secret('username')} }}`,
    password: `{{ ${secret('password')} }}`,
    sslmode: 'verify-full',
    sslrootcert: props.caFile,
  };
  return stringify({ [props.service]: entries }, { platform: 'linux', whitespace: false });
}

/**
 * Template of a connection URL, for programs that read one at start. `urlquery` writes a space as `+`, which is wrong
 * in this part of a URL; OpenBao makes no names or passwords with spaces.
 *
 * @see https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
export function dsnTemplate(props: DsnProps): string {
  checkAddress(props);
  const login = `{{ ${secret('username')} | urlquery }}:{{ ${secret('password')} | urlquery }}`;
  const parameters = new URLSearchParams({ sslmode: 'verify-full', sslrootcert: props.caFile });
  for (const [key, value] of Object.entries(props.parameters ?? {})) {
    if (parameters.has(key)) throw new Error(`'${key}' of '${props.database}' is not a parameter to give`);
    parameters.set(key, String(value));
  }
  return `postgresql://${login}@${props.host}:${props.port}/${props.database}?${parameters}`;
}

function checkAddress(address: DatabaseAddress): void {
  check('host', address.host, /^[\w.-]+$/);
  check('database', address.database, /^[\w-]+$/);
  check('caFile', address.caFile, /^\/[\w./-]+$/);
  if (!Number.isInteger(address.port) || address.port < 1 || address.port > 65535) {
    throw new Error(`'port' of database '${address.database}' is ${address.port}: give 1 to 65535`);
  }
}

function check(name: string, value: string, pattern: RegExp): void {
  if (!pattern.test(value)) {
    throw new Error(`'${name}' of a database is '${value}': it must match ${pattern}`);
  }
}
