import type { Manifest } from '../core/manifest.js';
import { didYouMean } from '../core/suggest.js';
import { type Finding, Findings } from './finding.js';
import { planOf } from './plan.js';
import { data, number, rows, text, texts } from './read.js';
import type { Tree } from './tree.js';

/** Role whose members the vault may make logins for. */
const ownerGroup = 'box_owner';

/** Sessions of CloudNativePG itself: its instance manager, backups, the metrics exporter. */
const operatorConnections = 6;

/** PostgreSQL's own defaults. */
const defaults = { max_connections: 100, superuser_reserved_connections: 3 };

/** Every database has an owner nobody can log in as, a login, a share of the connections, and a backup. */
export function databases(tree: Tree): Finding[] {
  const findings = new Findings('databases');
  for (const database of tree.all('Database')) {
    const { namespace } = database.metadata;
    const cluster = tree.get('Cluster', text(database, 'spec', 'cluster', 'name') ?? '', namespace);
    // that it is missing is told by the proof of references
    if (cluster !== undefined) checkOwner(database, cluster, findings);
    checkLogin(tree, database, findings);
  }
  for (const cluster of tree.all('Cluster')) {
    checkConnections(tree, cluster, findings);
    checkBackup(tree, cluster, findings);
  }
  checkRoles(tree, findings);
  return findings.list;
}

const ownerOf = (database: Manifest): string => text(database, 'spec', 'owner') ?? '';

function checkOwner(database: Manifest, cluster: Manifest, findings: Findings): void {
  const owner = ownerOf(database);
  const managed = rows(cluster, 'spec', 'managed', 'roles');
  const role = managed.find((candidate) => candidate.name === owner);
  if (role === undefined) {
    findings.add(
      database,
      `owner '${owner}' is no managed role of Cluster '${cluster.metadata.name}'`,
      'the owner of a database must be a role the operator makes',
      `declare it in managed.roles${didYouMean(
        owner,
        managed.flatMap((one) => text(one, 'name') ?? []),
      )}`,
    );
    return;
  }
  const powers = ['login', 'superuser', 'createdb', 'createrole', 'replication', 'bypassrls'].filter(
    (power) => role[power] === true,
  );
  if (powers.length > 0) {
    findings.add(
      cluster,
      `managed role '${owner}' has ${powers.join(', ')}`,
      'an owner can do nothing but own: logins are made by the vault',
      `leave ${powers.join(', ')} out`,
    );
  }
  if (!texts(role, 'inRoles').includes(ownerGroup)) {
    findings.add(
      cluster,
      `managed role '${owner}' is not in '${ownerGroup}'`,
      `the vault makes logins for members of '${ownerGroup}' only`,
      `add inRoles: [${ownerGroup}]`,
    );
  }
}

/** Roles of the vault's database engine that make logins for an owner. */
function rolesFor(tree: Tree, owner: string): string[] {
  const roles = Object.entries(tree.view(planOf)?.databaseRoles ?? {});
  return roles.flatMap(([name, role]) =>
    texts(role, 'creation_statements').some((statement) => statement.includes(`'${owner}'`)) ? [name] : [],
  );
}

const credentials = (tree: Tree, mount: string) =>
  tree.all('VaultDynamicSecret').filter((secret) => text(secret, 'spec', 'mount') === mount);

function checkLogin(tree: Tree, database: Manifest, findings: Findings): void {
  const plan = tree.view(planOf);
  if (plan === undefined) return;
  const owner = ownerOf(database);
  const roles = rolesFor(tree, owner);
  if (roles.length === 0) {
    findings.add(
      database,
      `owner '${owner}' stands in no database role of the set-up plan`,
      'every database needs a role by which the vault makes logins',
      'declare a login of the database, or remove the database',
    );
    return;
  }
  const read = credentials(tree, plan.databaseMount).some((secret) =>
    roles.some((role) => text(secret, 'spec', 'path') === `creds/${role}`),
  );
  if (read) return;
  findings.add(
    database,
    `no VaultDynamicSecret reads ${roles.map((role) => `creds/${role}`).join(' or ')}`,
    'every database needs a login that something syncs',
    'declare a login of the database in the namespace of the app',
  );
}

function checkConnections(tree: Tree, cluster: Manifest, findings: Findings): void {
  const parameters = data(cluster, 'spec', 'postgresql', 'parameters');
  const parameter = (name: keyof typeof defaults) => Number(parameters[name] ?? defaults[name]);
  const own = tree
    .all('Database')
    .filter(
      (database) =>
        database.metadata.namespace === cluster.metadata.namespace &&
        text(database, 'spec', 'cluster', 'name') === cluster.metadata.name,
    );
  for (const database of own) {
    const limit = number(database, 'spec', 'connectionLimit') ?? -1;
    if (limit >= 1) continue;
    findings.add(
      database,
      `connectionLimit ${limit}`,
      'a database takes a share of the connections, or one app starves the others',
      'set connectionLimit to what all pods of the app hold open together',
    );
  }
  const vault =
    number(tree.view(planOf)?.root, 'vault', 'database', 'connection', 'max_open_connections') ?? 0;
  const reserve = parameter('superuser_reserved_connections') + operatorConnections + vault;
  const shares = own.map((database) => ({
    name: database.metadata.name,
    limit: Math.max(0, number(database, 'spec', 'connectionLimit') ?? 0),
  }));
  const wanted = shares.reduce((sum, { limit }) => sum + limit, reserve);
  const most = parameter('max_connections');
  if (wanted < most) return;
  const list = shares.map(({ name, limit }) => `${name} ${limit}`).join(', ');
  findings.add(
    cluster,
    `max_connections ${most}, but ${wanted} are promised (${list}, reserved ${reserve})`,
    'all shares together must stay below max_connections',
    'lower the share of a database, or raise max_connections together with the memory limit',
  );
}

function checkBackup(tree: Tree, cluster: Manifest, findings: Findings): void {
  const { name, namespace } = cluster.metadata;
  const archiver = rows(cluster, 'spec', 'plugins').find((plugin) => plugin.isWALArchiver === true);
  const rule =
    'a server must be restorable to any moment: a write-ahead log off-site and a base backup to start from';
  if (archiver === undefined || text(archiver, 'parameters', 'barmanObjectName') === undefined) {
    findings.add(
      cluster,
      'no plugin archives its write-ahead log',
      rule,
      'add the barman plugin with isWALArchiver and an ObjectStore',
    );
  }
  const scheduled = tree
    .all('ScheduledBackup')
    .some(
      (backup) =>
        backup.metadata.namespace === namespace &&
        text(backup, 'spec', 'cluster', 'name') === name &&
        data(backup, 'spec').suspend !== true,
    );
  if (!scheduled)
    findings.add(cluster, 'no ScheduledBackup makes base backups of it', rule, 'declare a ScheduledBackup');
}

/** Roles of the database engine are used, and the engine's connection allows them. */
function checkRoles(tree: Tree, findings: Findings): void {
  const plan = tree.view(planOf);
  if (plan === undefined) return;
  const allowed = texts(plan.root, 'vault', 'database', 'connection', 'allowed_roles');
  const paths = credentials(tree, plan.databaseMount).map((secret) => text(secret, 'spec', 'path'));
  for (const role of Object.keys(plan.databaseRoles)) {
    if (!allowed.includes(role) && !allowed.includes('*')) {
      findings.add(
        plan.origin,
        `database role '${role}' is not in allowed_roles`,
        'the vault makes logins only for roles its connection allows',
        'add it to allowed_roles',
      );
    }
    if (!paths.includes(`creds/${role}`)) {
      findings.add(
        plan.origin,
        `database role '${role}' is read by no VaultDynamicSecret`,
        'a way to make logins that nobody uses is a way for others',
        'remove the role',
      );
    }
  }
  for (const secret of credentials(tree, plan.databaseMount)) {
    const path = text(secret, 'spec', 'path') ?? '';
    const role = path.replace(/^creds\//, '');
    if (role in plan.databaseRoles) continue;
    findings.add(
      secret,
      `spec.path '${path}' is no database role of the set-up plan`,
      'a credential is read from a role that is declared',
      `declare the role${didYouMean(role, Object.keys(plan.databaseRoles))}`,
    );
  }
}
