import type { Manifest } from '../../../constructs/core/manifest.js';
import type { Network } from '../../../constructs/core/network.js';
import { networkPoliciesOf } from '../../../constructs/proofs/network-policies.js';
import type { PodView } from '../../../constructs/proofs/pod-view.js';
import { Tree } from '../../../constructs/proofs/tree.js';
import { nameOf } from '../api.js';
import { boxLabel } from '../box.js';
import { Stage, type Step } from '../step.js';

/**
 * Every pair of workloads, on every port: NetworkPolicies as the server holds them allow a connection exactly where one
 * was declared. The evaluator is the proofs' own, tested on what Kubernetes documents.
 */
export const step: Step = {
  title: 'network policies, every pair',
  stage: Stage.Inspect,
  async run({ box, server, check, report }) {
    const { api } = await server();
    const objects = await api.labelled(boxLabel);
    const workloads = new Tree(objects).ownPods;

    await check('each live pod is of exactly one workload, so that workloads stand for pods', async () => {
      const names = new Set(workloads.map(({ namespace }) => namespace));
      const pods = (await api.list('/api/v1/pods')).filter(
        ({ metadata }) => names.has(metadata.namespace ?? '') && metadata.labels?.app !== undefined,
      );
      const of = ({ metadata }: Manifest) =>
        workloads.filter(
          ({ namespace, labels }) => namespace === metadata.namespace && labels.app === metadata.labels?.app,
        );
      const wrong = pods.filter((pod) => of(pod).length !== 1);
      if (pods.length === 0) throw new Error('there are no live pods');
      if (wrong.length > 0) throw new Error(wrong.map(nameOf).join(', '));
      return `${pods.length} pods of ${workloads.length} workloads`;
    });

    await check('a connection is allowed exactly where a declaration says so', async () => {
      const { faults, pairs, open } = compare(objects, box.network);
      if (faults.length > 0) throw new Error([row('from', 'to', 'port', 'fault'), ...faults].join('\n'));
      if (open === 0) throw new Error('nothing is allowed at all');
      report(`${pairs} pairs of workloads and ports put to the network policies, ${open} open as declared`);
      return `${pairs} pairs, ${open} open`;
    });

    await check('a policy that is missing is noticed, with both ends', async () => {
      const without = objects.filter(
        ({ kind, metadata }) => kind !== 'NetworkPolicy' || metadata.name !== 'docs-backend',
      );
      const { faults } = compare(without, box.network);
      const expected = row('ingress/proxy', 'lasuite/docs-backend', '8000', 'declared, refused');
      if (!faults.includes(expected)) throw new Error(`not among the faults: ${expected}`);
      return `${faults.length} connections`;
    });
  },
};

const row = (from: string, to: string, port: string, fault: string) =>
  `${from.padEnd(28)} ${to.padEnd(28)} ${port.padEnd(6)} ${fault}`;

const nameOfPod = ({ namespace, labels }: PodView) => `${namespace}/${labels.app}`;

/** What the policies allow against what was declared, pair by pair. */
function compare(objects: readonly Manifest[], network: Network) {
  const tree = new Tree(objects);
  const policies = tree.view(networkPoliciesOf);
  const declared = new Set<string>();
  for (const endpoint of network.allEndpoints) {
    for (const from of network.consumers(endpoint)) {
      const to = `${endpoint.peer.namespace}/${endpoint.peer.peerName}`;
      declared.add(`${from.namespace}/${from.peerName} ${to} ${endpoint.containerPort}`);
    }
  }
  const faults: string[] = [];
  let pairs = 0;
  let open = 0;
  for (const from of tree.ownPods) {
    for (const to of tree.ownPods) {
      for (const { number } of to.containers.flatMap(({ ports }) => ports)) {
        const [source, target] = [nameOfPod(from), nameOfPod(to)];
        const wanted = declared.has(`${source} ${target} ${number}`);
        const allowed = policies.egress(from, to, number) && policies.ingress(from, to, number);
        pairs++;
        if (allowed) open++;
        if (wanted !== allowed) {
          faults.push(
            row(source, target, String(number), wanted ? 'declared, refused' : 'allowed, not declared'),
          );
        }
      }
    }
  }
  return { faults, pairs, open };
}
