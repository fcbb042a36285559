import { appIds } from '../../../apps/render.js';
import { accepted, applyBox, exactly, prune } from '../applying.js';
import { writeBox } from '../box.js';
import { podsOf, settle } from '../convergence.js';
import { Stage, type Step } from '../step.js';

const workloads = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob']);

/** Every app is switched off: nothing of theirs stays. Then they are switched on again. */
export const step: Step = {
  title: 'apps switched off and on',
  stage: Stage.Change,
  async run({ box, server, check }) {
    const { api, kubectl } = await server();
    const without = writeBox({ apps: Object.fromEntries(appIds.map((app) => [app, false])) });
    await check('switching every app off removes what they declared, and nothing else', async () => {
      accepted(await applyBox(kubectl, without.folder));
      const pruned = await prune(api, without.manifests);
      return `${pruned.length} pruned; ${await exactly(api, without.manifests)}`;
    });
    await check('their pods are gone, and the rest stays up', async () => {
      await settle(api);
      const keep = new Set(without.manifests.map(({ metadata }) => metadata.name));
      const gone = box.manifests
        .filter(({ kind, metadata }) => workloads.has(kind) && !keep.has(metadata.name))
        .map(({ metadata }) => `${metadata.name}-`);
      const left = (await podsOf(api)).filter(({ metadata }) =>
        gone.some((prefix) => metadata.name.startsWith(prefix)),
      );
      if (left.length > 0)
        throw new Error(
          left.map(({ metadata }) => `Pod ${metadata.namespace}/${metadata.name} is left`).join('\n'),
        );
      return `${gone.length} workloads gone`;
    });
    await check('switched on again, they come back', async () => {
      accepted(await applyBox(kubectl, box.folder));
      await settle(api);
      return exactly(api, box.manifests);
    });
  },
};
