import { accepted, applyBox, exactly, prune } from '../applying.js';
import { writeBox } from '../box.js';
import { podsOf, settle } from '../convergence.js';
import { addNode } from '../nodes.js';
import { addStandIns, missingPods, removeStandIns } from '../stand-ins.js';
import { Stage, type Step } from '../step.js';

/** Two more servers join, and the box is told. */
export const step: Step = {
  title: 'from one server to three',
  stage: Stage.Change,
  async run({ server, check, report }) {
    const { api, kubectl } = await server();
    const cluster = writeBox({ scale: 'cluster' });
    for (const name of ['server-2', 'server-3']) await addNode(api, name, cluster.site);
    await check('the box for three servers is taken by a running one', async () =>
      accepted(await applyBox(kubectl, cluster.folder)),
    );
    await prune(api, cluster.manifests);
    await removeStandIns(api);
    await addStandIns(api, missingPods(cluster));
    await check('every workload reaches its wanted state on three servers', async () => {
      await settle(api);
      const nodes = new Map<string, number>();
      for (const { spec, status } of await podsOf(api))
        if (status.phase === 'Running')
          nodes.set(spec.nodeName ?? '', (nodes.get(spec.nodeName ?? '') ?? 0) + 1);
      if (nodes.size < 3) throw new Error(`pods run on ${[...nodes.keys()].join(', ')} only`);
      const spread = [...nodes].sort().map(([name, count]) => `${name} ${count}`);
      report(`three servers: ${spread.join(', ')} pods`);
    });
    await check('the server holds what was rendered, and nothing else of the box', () =>
      exactly(api, cluster.manifests),
    );
  },
};
