import type { Manifest } from '../../../constructs/core/manifest.js';
import type { PodSecurity } from '../../../constructs/core/namespaces.js';
import { trustBundle } from '../../../constructs/core/trust.js';
import { type AdmissionCase, admissionCases, type PodSpec, withContainer } from '../admission-cases.js';
import { type Api, type LiveObject, messageOf, nameOf } from '../api.js';
import { Stage, type Step } from '../step.js';

/** What Pod Security and the box's own admission policy are there to refuse, is refused. */
export const step: Step = {
  title: 'admission',
  stage: Stage.Inspect,
  async run({ box, server, check, report }) {
    const { api } = await server();
    const governed = box.manifests.filter(
      ({ kind, metadata }) =>
        kind === 'Namespace' &&
        Object.entries(trustBundle.namespaceLabel).every(([key, value]) => metadata.labels?.[key] === value),
    );
    const image = box.site.image('openbao');
    for (const namespace of governed) {
      await check(`namespace ${namespace.metadata.name} refuses what breaks its rules`, async () => {
        const level = namespace.metadata.labels?.['pod-security.kubernetes.io/enforce'] as PodSecurity;
        const wrong: string[] = [];
        for (const one of admissionCases) {
          const problem = await attempt(api, namespace, one, image, level);
          if (problem !== undefined) wrong.push(`${one.name}: ${problem}`);
        }
        if (wrong.length > 0) throw new Error(wrong.join('\n'));
        return `${level}, ${admissionCases.length} pods tried`;
      });
    }
    report(`${governed.length * admissionCases.length} pods put to ${governed.length} namespaces' admission`);
    await check('a container without limits gets the limits of its namespace', () =>
      withoutLimits(api, image),
    );
    await check('without them it is refused', () => withoutLimitRange(api, image));
    await check('a pod that runs takes no image and no debugging container of other origin', () =>
      laterImages(api, image),
    );
  },
};

const podsPath = (namespace: string) => `/api/v1/namespaces/${namespace}/pods?dryRun=All`;

async function attempt(
  api: Api,
  { metadata: { name: namespace } }: Manifest,
  { pod, refusal }: AdmissionCase,
  image: string,
  level: PodSecurity,
): Promise<string | undefined> {
  const { spec: body, annotations = {}, labels = {} } = pod(image);
  const { status, body: answer } = await api.ask('POST', podsPath(namespace), {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'admission-proof', annotations, labels },
    spec: body,
  });
  const expected = refusal(level);
  if (expected === undefined) return status === 201 ? undefined : `refused: ${messageOf(answer)}`;
  if (status === 201) return 'taken';
  return expected.test(messageOf(answer)) ? undefined : `refused for another reason: ${messageOf(answer)}`;
}

const bare = (image: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'admission-proof' },
  spec: withContainer(image, { resources: {} }),
});

async function withoutLimits(api: Api, image: string): Promise<string> {
  const made = await api.must<{ spec: { containers: { resources: { limits?: { memory?: string } } }[] } }>(
    'POST',
    podsPath('data'),
    bare(image),
  );
  const memory = made.spec.containers[0]?.resources.limits?.memory;
  if (memory === undefined) throw new Error('namespace data: the container has no memory limit');
  return memory;
}

/** Takes the LimitRange away for a moment. */
async function withoutLimitRange(api: Api, image: string): Promise<void> {
  const path = '/api/v1/namespaces/data/limitranges';
  const saved = await api.list(path);
  if (saved.length === 0) throw new Error('namespace data has no LimitRange');
  for (const { metadata } of saved) await api.must('DELETE', `${path}/${metadata.name}`);
  try {
    // the admission plug-in learns of it through its watch
    for (let round = 0; ; round++) {
      const { status, body } = await api.ask('POST', podsPath('data'), bare(image));
      if (status === 403 && /a container has no memory limit/.test(messageOf(body))) return;
      if (round === 50) throw new Error(`still ${status}: ${messageOf(body)}`);
      await new Promise((done) => setTimeout(done, 100));
    }
  } finally {
    for (const { apiVersion, kind, metadata, spec: rules } of saved) {
      const { name, namespace, labels, annotations } = metadata;
      await api.must('POST', path, {
        apiVersion: apiVersion ?? 'v1',
        kind: kind ?? 'LimitRange',
        metadata: { name, namespace, labels, annotations },
        spec: rules,
      });
    }
  }
}

async function laterImages(api: Api, image: string): Promise<void> {
  const path = '/api/v1/namespaces/data/pods';
  const [pod] = (await api.list(path)) as (LiveObject & {
    spec: PodSpec & { containers: { name: string }[] };
  })[];
  if (pod === undefined) throw new Error('namespace data has no pod');
  const [{ name } = { name: '' }] = pod.spec.containers;
  const patch = async (subresource: string, change: object) => {
    const target = `${path}/${pod.metadata.name}${subresource}?dryRun=All`;
    const { status, body } = await api.ask(
      'PATCH',
      target,
      { spec: change },
      'application/strategic-merge-patch+json',
    );
    return status === 200 ? 'taken' : messageOf(body);
  };
  const debug = (from: string) =>
    patch('/ephemeralcontainers', {
      ephemeralContainers: [{ name: 'debug', image: from, ...debugSecurity }],
    });
  const foreign = 'docker.io/library/busybox:1';
  for (const answer of [await patch('', { containers: [{ name, image: foreign }] }), await debug(foreign)])
    if (!/box-pods.*is neither pinned/s.test(answer)) throw new Error(`${nameOf(pod)}: ${answer}`);
  const own = await debug(image);
  if (own !== 'taken')
    throw new Error(`${nameOf(pod)}: a debugging container of the box's own image: ${own}`);
}

const debugSecurity = {
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true },
};
