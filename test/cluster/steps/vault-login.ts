import type { Api } from '../api.js';
import { checkVault, openbao } from '../programs/openbao.js';
import { Bench } from '../programs/program.js';
import { Rendering } from '../programs/rendering.js';
import { apiServerReviewer } from '../programs/token-review.js';
import { Stage, type Step } from '../step.js';

/** The vault asks this API server whose tokens are genuine, with the rights the box gives it there. */
export const step: Step = {
  title: 'the vault and the API server',
  stage: Stage.Inspect,
  async run({ box, server, check }) {
    const { api } = await server();
    await check('OpenBao lets in whom the API server vouches for, and nobody else', async () => {
      const bench = new Bench(new Rendering(box.manifests, box.site), await openbao.obtain());
      try {
        await lendAccount(api, bench);
        await checkVault(bench, await apiServerReviewer(api));
        return bench.notes.join(', ');
      } finally {
        await bench.end();
      }
    });
  },
};

/** The account of the set-up Job comes with the Job, which is no part of the manifests yet. */
async function lendAccount(api: Api, bench: Bench): Promise<void> {
  const path = '/api/v1/namespaces/box-system/serviceaccounts';
  const { status } = await api.ask('POST', path, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'box-setup' },
  });
  if (status === 201) bench.atEnd(() => api.must('DELETE', `${path}/box-setup`));
}
