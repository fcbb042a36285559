import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Manifest } from '../../../constructs/core/manifest.js';
import { accepted, applyBox } from '../applying.js';
import { settle } from '../convergence.js';
import { temporaryFolder } from '../process.js';
import { type Context, Stage, type Step } from '../step.js';

type Fields = Record<string, unknown>;

/** A mistake in what was rendered, and what the proof must say of it. */
interface Fault {
  readonly name: string;
  readonly plant: (manifests: readonly Manifest[]) => Manifest;
  readonly says: readonly RegExp[];
}

function first(manifests: readonly Manifest[], kind: string): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind);
  if (found === undefined) throw new Error(`the box has no ${kind} to plant a fault in`);
  return structuredClone(found);
}

const specOf = (manifest: Manifest) => manifest.spec as Fields;

const refused: readonly Fault[] = [
  {
    name: 'a misspelt field of a custom resource',
    plant: (manifests) => {
      const certificate = first(manifests, 'Certificate');
      const { secretName, ...rest } = specOf(certificate);
      return { ...certificate, spec: { ...rest, secretname: secretName } };
    },
    says: [/Kind=Certificate/, /secretname/],
  },
  {
    name: 'a misspelt field of a workload',
    plant: (manifests) => {
      const deployment = first(manifests, 'Deployment');
      return { ...deployment, spec: { ...specOf(deployment), replica: 2 } };
    },
    says: [/Deployment/i, /replica/],
  },
  {
    name: 'a change of what cannot be changed',
    plant: (manifests) => {
      const statefulSet = first(manifests, 'StatefulSet');
      return { ...statefulSet, spec: { ...specOf(statefulSet), serviceName: 'another' } };
    },
    says: [/StatefulSet(\.apps)? "/, /forbidden/i],
  },
  {
    name: 'a value a rule of the definition forbids',
    plant: (manifests) => {
      const database = first(manifests, 'Database');
      return { ...database, spec: { ...specOf(database), name: 'another_db' } };
    },
    says: [/Database(\.postgresql\.cnpg\.io)? "/, /immutable/i],
  },
];

/** Mistakes are found, and the message names the object: otherwise none of the other checks is worth much. */
export const step: Step = {
  title: 'planted faults',
  stage: Stage.Inspect,
  async run(context) {
    const { box, server, check } = context;
    const { kubectl } = await server();
    for (const { name, plant, says } of refused) {
      await check(`${name} is refused`, async () => {
        const faulty = plant(box.manifests);
        const message = await complaint(async () => accepted(await applyBox(kubectl, write(faulty))));
        return expectAll(message, [new RegExp(faulty.metadata.name), ...says]);
      });
    }
    await check('a pod that no server can hold is named', () => unplaceable(context));
  },
};

async function unplaceable({ box, server }: Context): Promise<string> {
  const { api, kubectl } = await server();
  const deployment = first(box.manifests, 'Deployment');
  const { namespace, name } = deployment.metadata;
  const hungry = structuredClone(deployment) as Manifest & {
    spec: { template: { spec: { containers: { resources: Fields }[] } } };
  };
  for (const container of hungry.spec.template.spec.containers)
    container.resources = { requests: { cpu: '100' }, limits: { memory: '64Mi' } };
  accepted(await applyBox(kubectl, write(hungry)));
  try {
    const message = await complaint(() => settle(api, 5));
    return expectAll(message, [new RegExp(`Pod ${namespace}/${name}-`), /Insufficient cpu/]);
  } finally {
    accepted(await applyBox(kubectl, write(deployment)));
    await settle(api);
  }
}

function write(manifest: Manifest): string {
  const file = join(temporaryFolder('fault'), 'fault.yaml');
  writeFileSync(file, stringify(manifest));
  return file;
}

async function complaint(act: () => Promise<unknown>): Promise<string> {
  try {
    await act();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error('nobody noticed');
}

function expectAll(message: string, patterns: readonly RegExp[]): string {
  const silent = patterns.filter((pattern) => !pattern.test(message));
  if (silent.length > 0) throw new Error(`the message does not match ${silent.join(' and ')}:\n${message}`);
  return (
    message
      .split('\n')
      .find((line) => patterns.some((pattern) => pattern.test(line)))
      ?.trim() ?? message
  );
}
