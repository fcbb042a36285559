import type { Manifest } from '../core/manifest.js';
import { didYouMean } from '../core/suggest.js';
import { type Finding, Findings } from './finding.js';
import { type PlanView, planName, planOf } from './plan.js';
import { data, dig, everyText, text, texts } from './read.js';
import type { Tree } from './tree.js';

/** Every value that is read is made, every value that is made is read, and nobody may read more than is synced. */
export function vault(tree: Tree): Finding[] {
  const findings = new Findings('vault');
  const plan = tree.view(planOf);
  if (plan === undefined) {
    for (const sync of tree.all('VaultAuth')) {
      findings.add(
        sync,
        `ConfigMap '${planName.namespace}/${planName.name}' is not there, or is no JSON`,
        'what is read out of the vault is made by the set-up plan',
        'render the plan',
      );
    }
    return findings.list;
  }
  const read = readKeys(tree, plan, findings);
  for (const [path, keys] of plan.kv) {
    for (const key of Object.keys(keys)) {
      if (read.has(`${path} ${key}`)) continue;
      findings.add(
        plan.origin,
        `vault.kv.paths: '${path}' key '${key}' is read by nothing`,
        'a value that is made must be read by a synced Secret, or be part of another value',
        'remove the key, or sync it',
      );
    }
  }
  checkPolicies(tree, plan, findings);
  return findings.list;
}

const reading = /\bget \.Secrets "([^"]+)"|\.Secrets\.([A-Za-z_]\w*)|index \.Secrets "([^"]+)"/g;

/** Keys of the vault a synced Secret's templates read; all of its path when raw values are kept. */
function keysOf(sync: Manifest, plan: PlanView): string[] {
  const transformation = data(sync, 'spec', 'destination', 'transformation');
  const templates = Object.values(data(transformation, 'templates')).flatMap(
    (template) => text(template, 'text') ?? [],
  );
  const named = templates.flatMap((template) =>
    [...template.matchAll(reading)].map(([, first, second, third]) => first ?? second ?? third ?? ''),
  );
  if (texts(transformation, 'excludes').includes('.*')) return named;
  return [...named, ...Object.keys(plan.kv.get(text(sync, 'spec', 'path') ?? '') ?? {})];
}

/** `path key` of everything that is read; tells what is read but not made. */
function readKeys(tree: Tree, plan: PlanView, findings: Findings): Set<string> {
  const read = new Set<string>();
  const rule = 'a value that is read must be made: it must stand in the set-up plan';
  const use = (from: Manifest, at: string, path: string, key: string) => {
    read.add(`${path} ${key}`);
    const keys = plan.kv.get(path);
    if (keys === undefined) {
      findings.add(
        from,
        `${at}: vault path '${path}' is not made`,
        rule,
        `declare it${didYouMean(path, plan.kv.keys())}`,
      );
    } else if (!(key in keys)) {
      const known = Object.keys(keys);
      findings.add(
        from,
        `${at}: vault path '${path}' has no key '${key}'`,
        rule,
        `it has ${known.join(', ') || 'none'}${didYouMean(key, known)}`,
      );
    }
  };
  for (const sync of tree.all('VaultStaticSecret')) {
    if (text(sync, 'spec', 'mount') !== plan.kvMount) continue;
    for (const key of keysOf(sync, plan)) use(sync, 'templates', text(sync, 'spec', 'path') ?? '', key);
  }
  for (const [path, keys] of plan.kv) {
    for (const [key, generator] of Object.entries(keys)) {
      const at = `vault.kv.paths: '${path}' key '${key}'`;
      const kind = text(generator, 'kind');
      if (kind === 'copy') use(plan.origin, at, text(generator, 'path') ?? '', text(generator, 'key') ?? '');
      if (kind !== 'template') continue;
      for (const [, other = ''] of (text(generator, 'text') ?? '').matchAll(/\{([\w-]+)\}/g)) {
        use(plan.origin, at, path, other);
      }
    }
  }
  // other sections of the plan tell the set-up Job where to read by path and name of the key
  for (const [section, content] of Object.entries(plan.root)) {
    if (section === 'vault' || section === 'secrets') continue;
    useByPath(content, (path, key) => use(plan.origin, `section '${section}'`, path, key));
  }
  return read;
}

/** Objects of the form `{ path, <field>: <key>, … }`, as section `buckets` names its administrator. */
function useByPath(content: unknown, use: (path: string, key: string) => void): void {
  for (const value of Object.values(data(content))) {
    const path = text(value, 'path');
    if (path === undefined) {
      useByPath(value, use);
      continue;
    }
    for (const [field, key] of everyText(value)) if (field !== 'path') use(path, key);
  }
}

function checkPolicies(tree: Tree, plan: PlanView, findings: Findings): void {
  for (const auth of tree.all('VaultAuth')) {
    const { namespace, name } = auth.metadata;
    const role = text(auth, 'spec', 'kubernetes', 'role') ?? '';
    const bound = data(plan.roles, role);
    if (!(role in plan.roles)) {
      findings.add(
        auth,
        `spec.kubernetes.role '${role}' is no role of the set-up plan`,
        'a sign-in needs a role in the vault',
        `declare the role${didYouMean(role, Object.keys(plan.roles))}`,
      );
      continue;
    }
    checkRole(auth, role, bound, plan, findings);
    const wanted = neededPaths(tree, namespace, name);
    const granted = grants(bound, plan);
    for (const [path, { sync, capability }] of wanted) {
      if (granted.has(path)) continue;
      findings.add(
        sync,
        `needs to ${capability} '${path}', which no policy of vault role '${role}' allows`,
        'the policy of a namespace allows exactly what is synced there',
        'sync through the vault’s own objects, which add the path to the policy',
      );
    }
    for (const [path, capabilities] of granted) {
      if (wanted.get(path)?.capability === capabilities.join()) continue;
      findings.add(
        plan.origin,
        `vault.policies: role '${role}' of namespace '${namespace}' may ${capabilities.join(', ')} '${path}'`,
        'the policy of a namespace allows exactly what is synced there, and nothing but reading it',
        wanted.has(path)
          ? `allow only ${wanted.get(path)?.capability}`
          : 'take the path out of the policy, or sync it',
      );
    }
  }
}

function checkRole(auth: Manifest, role: string, bound: unknown, plan: PlanView, findings: Findings): void {
  const rule = 'a role of the vault is bound to one identity of one namespace';
  const expect = (field: string, wanted: readonly string[]) => {
    const given = texts(bound, field);
    if (given.join() === wanted.join()) return;
    findings.add(
      plan.origin,
      `vault.roles: '${role}' has ${field} [${given.join(', ')}]`,
      rule,
      `set it to [${wanted.join(', ')}], as the VaultAuth says`,
    );
  };
  expect('bound_service_account_names', [text(auth, 'spec', 'kubernetes', 'serviceAccount') ?? '']);
  expect('bound_service_account_namespaces', [auth.metadata.namespace ?? '']);
  const audience = text(bound, 'audience');
  if (audience !== undefined && texts(auth, 'spec', 'kubernetes', 'audiences').includes(audience)) return;
  findings.add(
    plan.origin,
    `vault.roles: '${role}' has audience '${audience ?? ''}'`,
    'a token made for somebody else must not open the vault',
    'give the role the audience its VaultAuth asks for',
  );
}

interface Need {
  readonly sync: Manifest;
  readonly capability: string;
}

/** API path -> what one VaultAuth needs there, and the sync that needs it. */
function neededPaths(tree: Tree, namespace: string | undefined, auth: string): Map<string, Need> {
  const refs = [auth, `${namespace}/${auth}`];
  const own = (kind: string) =>
    tree
      .all(kind)
      .filter(
        ({ metadata, spec }) =>
          metadata.namespace === namespace && refs.includes(text(spec, 'vaultAuthRef') ?? ''),
      );
  const needed = new Map<string, Need>();
  for (const sync of own('VaultStaticSecret')) {
    const path = `${text(sync, 'spec', 'mount')}/data/${text(sync, 'spec', 'path')}`;
    needed.set(path, { sync, capability: 'read' });
  }
  for (const sync of own('VaultDynamicSecret')) {
    const path = `${text(sync, 'spec', 'mount')}/${text(sync, 'spec', 'path')}`;
    needed.set(path, { sync, capability: 'read' });
    // with this the operator ends the lease of a resource that goes
    if (dig(sync, 'spec', 'revoke') === true) needed.set('sys/leases/revoke', { sync, capability: 'update' });
  }
  return needed;
}

/** API path -> capabilities that a role's policies give. */
function grants(role: unknown, plan: PlanView): Map<string, readonly string[]> {
  return new Map(
    texts(role, 'token_policies').flatMap((policy) =>
      Object.entries(data(plan.policies, policy, 'path')).map(([path, rule]): [string, readonly string[]] => [
        path,
        texts(rule, 'capabilities'),
      ]),
    ),
  );
}
