import type { Manifest } from '../../../constructs/core/manifest.js';
import { nameOf } from '../api.js';
import { accepted, applyBox, changes, exactly, snapshot } from '../applying.js';
import { complaintsOf, podsOf, requestsOf, settle } from '../convergence.js';
import { customGroups, define } from '../definitions.js';
import { addNode, roomOf } from '../nodes.js';
import { addStandIns, missingPods, standInNamespace } from '../stand-ins.js';
import { Stage, type Step } from '../step.js';
import { unexpectedComplaints } from '../warnings.js';

/** The box is applied as an operator does it, and comes up. */
export const step: Step = {
  title: 'the box on one server',
  stage: Stage.Apply,
  async run({ box, server, check, report }) {
    const plane = await server();
    const { api, kubectl } = plane;
    await addNode(api, 'server-1', box.site);
    const rows = missingPods(box);
    await addStandIns(api, rows);
    await check('the server takes the definitions of the operators', async () => {
      const groups = customGroups(box.manifests);
      const loose = await define(plane, groups, box.manifests);
      if (loose.length > 0)
        report(`no schema for ${loose.join(', ')}: fields of these kinds were not checked`);
      return `${groups.length} groups`;
    });
    await check('kubectl apply --server-side takes every object', async () => {
      const applied = await applyBox(kubectl, box.folder);
      report(`${applied.objects} objects applied in ${applied.seconds.toFixed(1)} s`);
      report(`${new Set(applied.warnings).size} kinds of warnings of the API server`);
      return accepted(applied);
    });
    await check('every workload reaches its wanted state', () => settle(api));
    await check('the server holds what was rendered, and nothing else of the box', () =>
      exactly(api, box.manifests),
    );
    await check('a second apply changes nothing', async () => {
      const before = await snapshot(api);
      accepted(await applyBox(kubectl, box.folder));
      const changed = changes(before, await snapshot(api));
      if (changed.length > 0) throw new Error(changed.join('\n'));
    });
    for (const cronJob of box.manifests.filter(({ kind }) => kind === 'CronJob'))
      await check(`${nameOf(cronJob)} runs when its time comes`, () => runNow(cronJob, kubectl, api));
    await check('no controller and no scheduler complains', async () => {
      const unexpected = unexpectedComplaints(await complaintsOf(api));
      if (unexpected.length > 0) throw new Error(unexpected.join('\n'));
    });
    report(
      'not here: what operators make of their resources, and the files that pods mount; kwok plays the kubelet',
    );
    await check('what pods ask for is on the server', async () => {
      const pods = await podsOf(api);
      const running = pods.filter(({ status }) => status.phase === 'Running');
      const own = running.filter(({ metadata }) => metadata.namespace !== standInNamespace);
      const asked = requestsOf(running);
      const room = roomOf(box.site);
      report(
        `${running.length} pods placed: ${own.length} of the box, ${running.length - own.length} in place of what operators and the mesh start`,
      );
      report(
        `asked for: ${asked.cpu} of ${room.cpu} thousandths of a core, ${asked.memory} of ${room.memory} MiB`,
      );
      const { cpu, memory } = box.budget.total();
      if (asked.cpu !== cpu || asked.memory !== memory) {
        throw new Error(
          `the scheduler counts ${asked.cpu} m and ${asked.memory} MiB, the box's own table ${cpu} m and ${memory} MiB`,
        );
      }
      return `${asked.cpu} m and ${asked.memory} MiB, as the box's own table says`;
    });
  },
};

/** A CronJob's pods are refused only when they are made, at night; so one is made now. */
async function runNow(
  { metadata }: Manifest,
  kubectl: { run(args: readonly string[]): Promise<{ code: number | null; stderr: string }> },
  api: Parameters<typeof settle>[0],
): Promise<void> {
  const namespace = `--namespace=${metadata.namespace}`;
  const name = `${metadata.name}-now`;
  const made = await kubectl.run(['create', 'job', name, `--from=cronjob/${metadata.name}`, namespace]);
  if (made.code !== 0) throw new Error(made.stderr);
  await settle(api, 30);
  await kubectl.run(['delete', 'job', name, namespace, '--wait=false']);
}
