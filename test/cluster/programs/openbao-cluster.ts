import { freePorts, type Program } from '../process.js';
import { ask, expectStatus } from './http.js';
import { withReviewer } from './openbao.js';
import { about, type Bench, type ConfigCheck, expect, same } from './program.js';
import { Secrets } from './secrets.js';
import { Stage } from './stage.js';
import { startTokenReviewer, type TokenReviewer } from './token-review.js';
import { openbaoVersion, tools } from './tools.js';

const members = [0, 1, 2];
const object = 'ConfigMap data/openbao';

/** The vault of `scale: cluster`: three that start at the same time have to become one. */
export const openbaoCluster: ConfigCheck = {
  name: 'OpenBao-cluster',
  version: openbaoVersion,
  scale: 'cluster',
  reads: ['ConfigMap data/openbao of scale: cluster', 'StatefulSet data/openbao'],
  obtain: tools.openbao,
  async check(bench) {
    const reviewer = await startTokenReviewer(bench);
    const secrets = await Secrets.of(bench.box);
    const ports = await freePorts(2 * members.length);
    const [api, raft] = [ports.slice(0, members.length), ports.slice(members.length)];
    const servers = await Promise.all(members.map((i) => start(bench, reviewer, secrets, i, { api, raft })));
    const status = async (i: number) => {
      const health = expectStatus(
        await ask(api[i] ?? 0, '/v1/sys/health?standbyok=true'),
        200,
        `member ${i}`,
      );
      return { cluster: health.said('cluster_id'), standby: health.at('standby') };
    };
    await Promise.all(
      servers.map((server, i) =>
        server.waitFor('readiness', async () => (await status(i)).cluster !== '', 90),
      ),
    );
    const found = await Promise.all(members.map(status));
    const clusters = new Set(found.map(({ cluster }) => cluster));
    expect(clusters.size === 1, `${object}: three servers make ${clusters.size} vaults`);
    same(found.filter(({ standby }) => standby === false).length, 1, `${object}: the number of leaders`);
    await about(object, () => loginEverywhere(reviewer, api));
  },
  faults: [
    {
      what: 'members that each initialize themselves',
      plant: (copy) => {
        const first = copy.file('data/openbao', 'openbao-0.json');
        for (const i of members) copy.setFile('data/openbao', `openbao-${i}.json`, first);
      },
      says: /ConfigMap data\/openbao.*(vaults|leaders)/,
    },
  ],
};

async function start(
  bench: Bench,
  reviewer: TokenReviewer,
  secrets: Secrets,
  replica: number,
  { api, raft }: { readonly api: readonly number[]; readonly raft: readonly number[] },
): Promise<Program> {
  const host = (i: number) => `openbao-${i}.openbao-internal.data.svc.cluster.local`;
  const own = await reviewer.token({ namespace: 'data', serviceAccount: 'openbao', audience: '' });
  const stage = new Stage({
    box: bench.box,
    secrets,
    kind: 'StatefulSet',
    place: 'data/openbao',
    replica,
    instead: {
      '[::]:8200': `127.0.0.1:${api[replica]}`,
      '[::]:8201': `127.0.0.1:${raft[replica]}`,
      'http://openbao.data.svc.cluster.local:8200': `http://127.0.0.1:${api[replica]}`,
      'https://kubernetes.default.svc.cluster.local': reviewer.url,
      [`${host(replica)}:8201`]: `127.0.0.1:${raft[replica]}`,
      ...Object.fromEntries(members.map((i) => [`${host(i)}:8200`, `127.0.0.1:${api[i]}`])),
    },
    given: { 'box-trust': { 'ca.crt': reviewer.authority } },
    edit: (file, content) => (file === 'ca.crt' ? content : withReviewer(content, reviewer.authority, own)),
  });
  const [args, env] = [stage.args(), stage.env()];
  stage.checkAllUsed();
  return bench.start({ name: `bao ${replica}`, command: bench.program, args, env });
}

/** Whichever member a Service leads to, it lets the same people in. */
async function loginEverywhere(reviewer: TokenReviewer, ports: readonly number[]): Promise<void> {
  const subject = { namespace: 'box-system', serviceAccount: 'box-setup', audience: 'openbao' };
  for (const [i, port] of ports.entries()) {
    const body = { role: 'box-setup', jwt: await reviewer.token(subject) };
    expectStatus(await ask(port, '/v1/auth/kubernetes/login', { body }), 200, `login at member ${i}`);
  }
}
