import { data, text, texts } from '../../../constructs/proofs/read.js';
import { expectStatus } from './http.js';
import type { RunningVault } from './openbao.js';
import { checkLogin } from './openbao-database.js';
import { about, expect, same } from './program.js';
import type { Rendering } from './rendering.js';

const config = 'ConfigMap data/openbao, key bao.json';

/**
 * Every namespace reads exactly what its own resources sync, through the way the operator takes: its VaultAuth, its
 * ServiceAccount, the audience it asks for.
 */
export async function checkReach(vault: RunningVault, box: Rendering): Promise<void> {
  const namespaces = box.all('VaultAuth').map(({ metadata }) => metadata.namespace ?? '');
  for (const auth of box.all('VaultAuth')) {
    const { namespace = '', name } = auth.metadata;
    const role = text(auth, 'spec', 'kubernetes', 'role') ?? '';
    const serviceAccount = text(auth, 'spec', 'kubernetes', 'serviceAccount') ?? '';
    const [audience = ''] = texts(auth, 'spec', 'kubernetes', 'audiences');
    const subject = { namespace, serviceAccount, audience };
    const elsewhere = namespaces.find((other) => other !== namespace) ?? 'default';
    const token = await about(`VaultAuth ${namespace}/${name} and ${config}, role-${role}`, () =>
      vault.login(role, subject),
    );
    const wanted = wantedBy(box, namespace);
    await about(`${config}, policy-${role}`, () => checkPaths(vault, token, wanted));
    for (const path of wanted)
      if (path.includes('/creds/')) await checkLogin(vault, token, path.split('/').at(-1) ?? '');
    for (const [what, other] of [
      ['another namespace', { ...subject, namespace: elsewhere }],
      ['another ServiceAccount', { ...subject, serviceAccount: 'default' }],
      ['another audience', { ...subject, audience: 'https://kubernetes.default.svc.cluster.local' }],
    ] as const)
      await about(`${config}, role-${role}: ${what}`, async () => {
        const jwt = await vault.reviewer.token(other);
        expectStatus(await vault.api.write('', 'auth/kubernetes/login', { role, jwt }), [400, 403], 'login');
      });
  }
}

/** Paths that resources of a namespace read. */
function wantedBy(box: Rendering, namespace: string): Set<string> {
  const path = (kind: string, between: string) =>
    box
      .all(kind)
      .filter(({ metadata }) => metadata.namespace === namespace)
      .map((sync) => `${text(sync, 'spec', 'mount')}${between}${text(sync, 'spec', 'path')}`);
  return new Set([...path('VaultStaticSecret', '/data/'), ...path('VaultDynamicSecret', '/')]);
}

async function checkPaths(vault: RunningVault, token: string, wanted: ReadonlySet<string>): Promise<void> {
  const { api, secrets, planned } = vault;
  const mount = text(planned, 'kv', 'mount');
  for (const [path, values] of secrets.vault) {
    const full = `${mount}/data/${path}`;
    const answer = expectStatus(await api.read(token, full), wanted.has(full) ? 200 : 403, `reading ${full}`);
    if (wanted.has(full)) same(answer.at('data', 'data'), values, full);
    expectStatus(await api.write(token, full, { data: {} }), 403, `writing ${full}`);
  }
  for (const role of Object.keys(data(planned, 'database', 'roles'))) {
    const full = `${text(planned, 'database', 'mount')}/creds/${role}`;
    if (!wanted.has(full)) expectStatus(await api.read(token, full), 403, `reading ${full}`);
  }
  for (const path of [
    'sys/policies/acl/default',
    'sys/mounts',
    'database/config/postgres',
    'auth/kubernetes/config',
  ])
    expectStatus(await api.read(token, path), 403, `reading ${path}`);
  expect((await api.list(token, `${mount}/metadata`)).status === 403, 'it may list the paths of others');
}
