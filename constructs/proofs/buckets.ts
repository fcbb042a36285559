import type { Manifest } from '../core/manifest.js';
import { didYouMean } from '../core/suggest.js';
import { type Finding, Findings } from './finding.js';
import { planOf } from './plan.js';
import { type Data, data, isData, parsed, rows, text, texts } from './read.js';
import type { Tree } from './tree.js';

interface Identities {
  readonly origin: Manifest;
  readonly list: readonly Data[];
}

/** Actions that may stand without a bucket, for copies of all of them. */
const readingAll = ['Read', 'List'];

/** Every bucket has an identity of the object store that reaches it and no other, and every identity has a bucket. */
export function buckets(tree: Tree): Finding[] {
  const findings = new Findings('buckets');
  const plan = tree.view(planOf);
  const section = data(plan?.root, 'buckets');
  const planned = rows(section, 'buckets');
  if (plan === undefined || planned.length === 0) return findings.list;
  const identities = identitiesOf(tree);
  if (identities === undefined) {
    findings.add(
      plan.origin,
      'no synced Secret holds the identities of the object store',
      'every bucket needs an identity',
      'sync an s3.json with one identity for each owner',
    );
    return findings.list;
  }
  const { origin, list } = identities;
  const admin = list.filter((identity) => texts(identity, 'actions').includes('Admin'));
  const names = list.map((identity) => text(identity, 'name') ?? '');
  for (const bucket of planned) {
    const name = text(bucket, 'name') ?? '';
    const owner = text(bucket, 'owner') ?? '';
    const identity = list.find((candidate) => candidate.name === owner);
    if (identity === undefined) {
      findings.add(
        plan.origin,
        `bucket '${name}' belongs to '${owner}', which is no identity of the object store`,
        'every bucket needs an identity',
        `add the identity to ${origin.metadata.name}${didYouMean(owner, names)}`,
      );
    } else if (!texts(identity, 'actions').some((action) => action.endsWith(`:${name}`))) {
      findings.add(
        origin,
        `identity '${owner}' may do nothing with its bucket '${name}'`,
        'the owner of a bucket must be able to use it',
        `add Read:${name}, Write:${name}, List:${name}, Tagging:${name}`,
      );
    }
  }
  for (const identity of list) {
    if (admin.includes(identity)) continue;
    checkLimits(identity, planned, origin, findings);
  }
  if (admin.length > 1) {
    findings.add(
      origin,
      `${admin.length} identities have Admin: ${admin.map((identity) => text(identity, 'name')).join(', ')}`,
      'one identity makes buckets, the others use their own',
      'leave Admin to the one the set-up Job uses',
    );
  }
  return findings.list;
}

/** The identities in the template of the Secret that the S3 gateway reads. */
function identitiesOf(tree: Tree): Identities | undefined {
  for (const origin of tree.all('VaultStaticSecret')) {
    const templates = Object.values(data(origin, 'spec', 'destination', 'transformation', 'templates'));
    for (const template of templates) {
      const file = parsed(filled(text(template, 'text') ?? ''));
      if (isData(file) && Array.isArray(file.identities)) return { origin, list: rows(file, 'identities') };
    }
  }
  return undefined;
}

/** A template as it would come out: nothing for its statements, something for its values. */
const filled = (template: string): string =>
  template.replace(/\{\{-?\s*(if|else|end|fail|with|range)\b.*?\}\}/g, '').replace(/\{\{.*?\}\}/g, 'value');

function checkLimits(identity: Data, planned: readonly Data[], origin: Manifest, findings: Findings): void {
  const name = text(identity, 'name') ?? '';
  for (const action of texts(identity, 'actions')) {
    const [verb = '', bucket] = action.split(':');
    if (bucket === undefined) {
      if (readingAll.includes(verb)) continue;
      findings.add(
        origin,
        `identity '${name}' may ${verb} in every bucket`,
        'an identity is limited to its own buckets',
        `write ${verb}:<bucket>`,
      );
      continue;
    }
    const owner = planned.find((candidate) => candidate.name === bucket);
    if (owner?.owner === name) continue;
    findings.add(
      origin,
      owner === undefined
        ? `identity '${name}' may ${verb} in bucket '${bucket}', which the plan does not make`
        : `identity '${name}' may ${verb} in bucket '${bucket}', which belongs to '${text(owner, 'owner')}'`,
      'an identity is limited to its own buckets',
      `take '${action}' out`,
    );
  }
}
