import type { Manifest } from '../core/manifest.js';
import { buckets } from './buckets.js';
import { type BudgetLine, budget, budgetTable } from './budget.js';
import { databases } from './databases.js';
import { determinism } from './determinism.js';
import { edge } from './edge.js';
import type { Finding, Proof, ProofSite } from './finding.js';
import { idleEdges } from './idle-edges.js';
import { names } from './names.js';
import { network } from './network.js';
import { order } from './order.js';
import { plainSecrets } from './plain-secrets.js';
import { pods } from './pods.js';
import { references } from './references.js';
import { services } from './services.js';
import { Tree } from './tree.js';
import { unread } from './unread.js';
import { vault } from './vault.js';

export type { BudgetLine } from './budget.js';
export { explain, type Finding, type ProofSite } from './finding.js';

/** All proofs, by the name their findings carry. */
export const proofs: readonly Proof[] = [
  names,
  references,
  unread,
  order,
  services,
  edge,
  network,
  idleEdges,
  databases,
  buckets,
  vault,
  pods,
  budget,
  determinism,
  plainSecrets,
];

/** Everything that does not hold in a tree of manifests: an empty list for a sound one. */
export function prove(manifests: readonly Manifest[], site: ProofSite): Finding[] {
  const tree = new Tree(manifests);
  return proofs.flatMap((proof) => proof(tree, site));
}

/** What the tree's pods ask for and may use, by namespace. */
export const resourceTable = (manifests: readonly Manifest[], site: ProofSite): BudgetLine[] =>
  budgetTable(new Tree(manifests), site);
