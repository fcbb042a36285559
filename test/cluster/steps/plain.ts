import { appIds } from '../../../apps/render.js';
import type { Manifest } from '../../../constructs/core/manifest.js';
import { accepted, changes, exactly, snapshot } from '../applying.js';
import { boxLabel, keyOf, writeBox } from '../box.js';
import { ControlPlane } from '../control-plane.js';
import { complaintsOf, settle } from '../convergence.js';
import { customGroups, define, groupsOfK3s } from '../definitions.js';
import type { Applied } from '../kubectl.js';
import { addNode } from '../nodes.js';
import { Stage, type Step } from '../step.js';
import { unknownWarnings } from '../warnings.js';

/** kubectl's words for a kind whose definition an operator has yet to bring. */
const notYetDefined = /no matches for kind|ensure CRDs are installed first|resource mapping not found/;
const enough = 5;

/** Kinds kubectl is to prune: it takes five a second of each namespace, so only those of which something goes. */
function pruning(before: readonly Manifest[], after: readonly Manifest[]): string[] {
  const kept = new Set(after.map(keyOf));
  const kinds = before
    .filter((manifest) => !kept.has(keyOf(manifest)))
    .map(({ apiVersion, kind }) => `${apiVersion.includes('/') ? '' : 'core/'}${apiVersion}/${kind}`);
  return [
    '--prune',
    `--selector=${boxLabel}`,
    ...[...new Set(kinds)].map((kind) => `--prune-allowlist=${kind}`),
  ];
}

/**
 * What somebody gets who has nothing but `kubectl apply -f dist`, on a server where no operator has been: kinds that
 * operators bring are unknown in the first pass, and there in the second.
 */
export const step: Step = {
  title: 'plain kubectl apply -f dist on a new server',
  stage: Stage.Apart,
  async run({ box, check, report }) {
    const plane = await ControlPlane.start(box.site);
    try {
      const { api, kubectl } = plane;
      await addNode(api, 'server-1', box.site);
      await define(plane, groupsOfK3s, box.manifests);
      let passes = 0;
      let last: Applied | undefined;
      await check('it converges', async () => {
        while (last?.code !== 0) {
          if (passes === enough) throw new Error(`not after ${passes} passes:\n${last?.errors.join('\n')}`);
          passes++;
          last = await kubectl.apply(box.folder);
          const refused = last.errors.filter((error) => !notYetDefined.test(error));
          const warned = unknownWarnings(last.warnings);
          if (refused.length + warned.length > 0)
            throw new Error(`pass ${passes}:\n${[...refused, ...warned].join('\n')}`);
          if (passes === 1) await define(plane, customGroups(box.manifests), box.manifests);
        }
        await settle(api);
        report(`${passes} passes of plain kubectl apply until it converges`);
        return `${passes} passes`;
      });
      await check('a further pass changes nothing', async () => {
        const before = await snapshot(api);
        const again = await kubectl.apply(box.folder);
        // kubectl sends again what the server does not keep, such as empty lists, and calls that `configured`
        const changed = changes(before, await snapshot(api));
        if (again.code !== 0 || changed.length > 0) throw new Error([...again.errors, ...changed].join('\n'));
        return `${again.objects} objects as they were`;
      });
      await check('nothing is refused on the way that a later pass does not mend', async () => {
        const refused = (await complaintsOf(api)).filter(({ message }) =>
          /forbidden|quota|PodSecurity/.test(message),
        );
        if (refused.length > 0)
          throw new Error(refused.map(({ object, message }) => `${object}: ${message}`).join('\n'));
      });
      // it knows nothing of annotations that keep, so it takes resources of databases too
      await check("kubectl's own pruning by label leaves nothing of apps that are switched off", async () => {
        const without = writeBox({ apps: Object.fromEntries(appIds.map((app) => [app, false])) });
        const applied = await kubectl.apply(without.folder, ...pruning(box.manifests, without.manifests));
        accepted(applied);
        await exactly(api, without.manifests);
        return `${applied.outcomes.get('pruned')?.length ?? 0} objects pruned`;
      });
    } finally {
      await plane.stop();
    }
  },
};
