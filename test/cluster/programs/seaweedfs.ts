import { freePorts } from '../process.js';
import { ask } from './http.js';
import { about, type Bench, type ConfigCheck } from './program.js';
import { checkBuckets } from './seaweedfs-buckets.js';
import { Secrets } from './secrets.js';
import { Stage } from './stage.js';
import { tools } from './tools.js';

/** Ports of one server: each but the S3 gateway has a gRPC twin 10000 higher. */
interface Ports {
  readonly http: number;
  readonly metrics: number;
}

const domain = 'storage.svc.cluster.local';

/** The object store: masters, volume servers, and the filer with its S3 gateway. */
export const seaweedfs: ConfigCheck = {
  name: 'SeaweedFS',
  version: 'a build of November 2026 for 4.44',
  reads: [
    ...['master', 'volume', 'filer'].map((role) => `StatefulSet storage/seaweedfs-${role}`),
    'VaultStaticSecret storage/seaweedfs-s3',
    'ConfigMap box-system/setup-plan',
  ],
  obtain: tools.seaweedfs,
  async check(bench) {
    const secrets = await Secrets.of(bench.box);
    const [master, volume, filer] = [await twins(), await twins(), await twins()];
    const s3 = (await twins()).http;
    const address = {
      [`seaweedfs-master-0.seaweedfs-master-internal.${domain}:9333`]: `127.0.0.1:${master.http}`,
    };
    const names = (role: string) => ({
      [`seaweedfs-${role}-0.seaweedfs-${role}-internal.${domain}`]: '127.0.0.1',
      '-ip.bind=0.0.0.0': '-ip.bind=127.0.0.1',
    });
    const start = (role: string, port: number, ports: Ports, instead: Record<string, string>) =>
      startServer(bench, secrets, role, {
        [`-port=${port}`]: `-port=${ports.http}`,
        '-metricsPort=9327': `-metricsPort=${ports.metrics}`,
        ...instead,
      });
    await start('master', 9333, master, names('master'));
    await start('volume', 8080, volume, { ...address, ...names('volume') });
    await start('filer', 8888, filer, { ...address, ...names('filer'), '-s3.port=8333': `-s3.port=${s3}` });
    await checkProbes(bench, { master: master.http, volume: volume.http, filer: filer.http, s3 });
    await checkBuckets(bench, secrets, s3);
  },
  faults: [
    {
      what: 'an action that reaches every bucket',
      plant: (copy) => changeIdentities(copy, (text) => text.replace(/"Read:sunbeam-docs"/, '"Read"')),
      says: /VaultStaticSecret storage\/seaweedfs-s3.*docs/,
    },
    {
      what: 'a misspelt action',
      plant: (copy) =>
        changeIdentities(copy, (text) => text.replace('Write:sunbeam-docs', 'Wirte:sunbeam-docs')),
      says: /VaultStaticSecret storage\/seaweedfs-s3.*docs/,
    },
    {
      what: 'a flag there is not',
      plant: (copy) => {
        const { args } = copy.container('StatefulSet', 'storage/seaweedfs-volume');
        (args as string[]).push('-minimumFreeSpace=5');
      },
      says: /StatefulSet storage\/seaweedfs-volume[\s\S]*minimumFreeSpace/,
    },
  ],
};

/** Two ports, the first with a free twin 10000 higher. */
async function twins(): Promise<Ports> {
  for (;;) {
    const [http = 0, metrics = 0] = await freePorts(2);
    if (http < 55_000) return { http, metrics };
  }
}

async function startServer(
  bench: Bench,
  secrets: Secrets,
  role: string,
  instead: Record<string, string>,
): Promise<void> {
  const place = `storage/seaweedfs-${role}`;
  const stage = new Stage({ box: bench.box, secrets, kind: 'StatefulSet', place, instead, given: {} });
  const [args, env] = [stage.args(), stage.env()];
  stage.checkAllUsed();
  const server = bench.start({ name: `weed ${role}`, command: bench.program, args, env, cwd: stage.folder });
  const port = Number(/-port=(\d+)/.exec(args.join(' '))?.[1]);
  await about(`StatefulSet ${place}`, async () => {
    try {
      await server.waitForPort(port, 40);
    } catch (error) {
      // what it dislikes stands before a long list of all flags
      const [dislike] = /^.*(not defined|invalid value).*$/m.exec(server.log) ?? [];
      throw dislike === undefined ? error : new Error(dislike);
    }
  });
}

/** The paths that Kubernetes asks answer, once all servers know of each other. */
async function checkProbes(bench: Bench, ports: Readonly<Record<string, number>>): Promise<void> {
  for (const role of ['master', 'volume', 'filer']) {
    const container = bench.box.container('StatefulSet', `storage/seaweedfs-${role}`);
    for (const kind of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
      const probe = container[kind]?.httpGet as { path: string; port: string } | undefined;
      if (probe === undefined) continue;
      const port = ports[probe.port === 's3' ? 's3' : role] ?? 0;
      await about(`StatefulSet storage/seaweedfs-${role}, ${kind}`, () => answers(port, probe.path));
    }
  }
}

async function answers(port: number, path: string): Promise<void> {
  let last = '';
  for (let i = 0; i < 200; i++) {
    try {
      const { status, text } = await ask(port, path);
      if (status === 200) return;
      last = `${status} ${text.slice(0, 200)}`;
    } catch (error) {
      last = String(error);
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`${path} does not answer 200 within 20 s: ${last}`);
}

interface Sync {
  destination: { transformation: { templates: Record<string, { text: string }> } };
}

function changeIdentities(copy: Bench['box'], change: (text: string) => string): void {
  const { destination } = copy.object('VaultStaticSecret', 'storage/seaweedfs-s3').spec as Sync;
  for (const template of Object.values(destination.transformation.templates))
    template.text = change(template.text);
}
