import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeChart } from '../../../apps/chart/make.js';
import { readSettings, renderBeside } from '../../../apps/chart/render.js';
import { ChartFolder, helmBinary } from '../../support/helm.js';
import { ControlPlane } from '../control-plane.js';
import { settle } from '../convergence.js';
import { customGroups, define, groupsOfK3s } from '../definitions.js';
import { addNode } from '../nodes.js';
import { temporaryFolder } from '../process.js';
import { Stage, type Step } from '../step.js';

const release = ['box', '--namespace', 'kube-system'];
const wave = (last: number) => ['--set', `upToWave=${last}`];

/** What somebody gets who installs the chart on a new server: operators first, then, once their kinds are there, the rest. */
export const step: Step = {
  title: 'helm install on a new server',
  stage: Stage.Apart,
  async run({ box, check, report }) {
    const binary = helmBinary();
    if (binary === undefined) return;
    const plane = await ControlPlane.start(box.site);
    const chart = new ChartFolder(
      binary,
      makeChart({
        site: box.site,
        settings: readSettings('box.yaml'),
        render: renderBeside('box.yaml'),
      }),
    );
    try {
      const { api, kubectl } = plane;
      await addNode(api, 'server-1', box.site);
      await define(plane, groupsOfK3s, box.manifests);
      const folder = temporaryFolder('helm');
      const config = join(folder, 'config');
      writeFileSync(config, (await kubectl.run(['config', 'view', '--raw', '--flatten'])).stdout, {
        mode: 0o600,
      });
      const helm = (command: string, ...args: string[]): string => {
        const { status, stdout, stderr } = spawnSync(binary, [command, ...args, `--kubeconfig=${config}`], {
          encoding: 'utf8',
          env: { PATH: process.env.PATH, HOME: folder },
          maxBuffer: 64 * 1024 * 1024,
        });
        if (status === 0) return stdout;
        throw new Error(`helm ${command}: ${stderr.slice(0, 2000)}`);
      };
      await check('the first wave is installed', async () => {
        helm('install', ...release, chart.path, ...wave(0), '--dry-run=server');
        helm('install', ...release, chart.path, ...wave(0));
      });
      await check('the rest is refused while its kinds are unknown', async () => {
        try {
          helm('upgrade', ...release, chart.path, ...wave(9));
        } catch (error) {
          if (String(error).includes('no matches for kind')) return;
          throw error;
        }
        throw new Error('it was accepted');
      });
      await define(plane, customGroups(box.manifests), box.manifests);
      await check('helm upgrade passes, first with --dry-run=server, and everything gets ready', async () => {
        helm('upgrade', ...release, chart.path, ...wave(9), '--dry-run=server');
        helm('upgrade', ...release, chart.path, ...wave(9));
        await settle(api);
      });
      await check('another domain and brand are an upgrade', async () => {
        helm('upgrade', ...release, chart.path, '--set', 'domain=other.example', '--set', 'brand.name=Ä "b"');
        await settle(api);
      });
      await check('helm uninstall leaves what holds data, and a new installation takes it over', async () => {
        const kept = [...helm('uninstall', ...release).matchAll(/^\[(\w+)\]/gm)].map(([, kind]) => kind);
        for (const kind of ['Namespace', 'StatefulSet', 'Cluster', 'HelmChart'])
          if (!kept.includes(kind)) throw new Error(`${kind} is not kept`);
        helm('install', ...release, chart.path, '--dry-run=server');
        helm('install', ...release, chart.path);
        report(`${kept.length} objects outlive helm uninstall`);
        return `${kept.length} kept`;
      });
    } finally {
      chart.remove();
      await plane.stop();
    }
  },
};
