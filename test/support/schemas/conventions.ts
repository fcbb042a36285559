import type { Manifest } from '../manifests.js';
import { isObject, pointer, type SchemaProblem } from './source.js';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/**
 * The longest names of kinds whose controller or webhook allows fewer than 253 characters, mostly because the
 * name becomes a label of the pods, alone or with a suffix.
 */
const LONGEST_NAME: Readonly<Record<string, number>> = {
  'v1 Namespace': 63,
  'v1 Service': 63,
  'apps/v1 StatefulSet': 52,
  'batch/v1 CronJob': 52,
  'batch/v1 Job': 63,
  'postgresql.cnpg.io/v1 Cluster': 50,
};

/** `kubectl apply` keeps a copy of the object in an annotation, and annotations may hold 256 KiB in all. */
const LARGEST_OBJECT = 262_144;

/** What the API server checks in code rather than by schema. */
export function conventionProblems(manifest: Manifest, namespaced: boolean): SchemaProblem[] {
  const size = Buffer.byteLength(JSON.stringify(manifest));
  const { metadata, spec } = manifest;
  // In a CRD, what looks like labels is the description of a field.
  const labelled = manifest.kind === 'CustomResourceDefinition' ? { metadata } : { metadata, spec };
  return [
    ...nameProblems(manifest, namespaced),
    ...labelProblems(labelled, ''),
    ...scheduleProblems(manifest),
    ...(size > LARGEST_OBJECT
      ? [{ path: '', message: `${size} bytes are more than kubectl apply can hold (256 KiB)`, value: size }]
      : []),
  ];
}

function nameProblems({ apiVersion, kind, metadata }: Manifest, namespaced: boolean): SchemaProblem[] {
  const { name, namespace } = metadata;
  const found: SchemaProblem[] = [];
  const report = (path: string, message: string, value: unknown) => found.push({ path, message, value });
  const longest = LONGEST_NAME[`${apiVersion} ${kind}`] ?? 253;
  if (typeof name !== 'string' || name === '') report('/metadata/name', "field 'name' is missing", name);
  else {
    if (name.length > longest) {
      report('/metadata/name', `${kind} names have at most ${longest} characters`, name);
    }
    // Names of RBAC objects are free, so that they can read `system:node`.
    const pattern = apiVersion.startsWith('rbac.authorization.k8s.io/') ? /^[^/%]+$/ : DNS_SUBDOMAIN;
    if (!pattern.test(name)) report('/metadata/name', 'not a DNS-1123 name: a-z, 0-9, - and . only', name);
    else if (kind === 'Service' && apiVersion === 'v1' && !/^[a-z][-a-z0-9]*$/.test(name)) {
      report('/metadata/name', 'a Service name starts with a letter and has no dots', name);
    }
  }
  if (namespace === undefined) return found;
  if (!namespaced) report('/metadata/namespace', `${kind} is cluster-wide: no namespace`, namespace);
  else if (namespace.length > 63 || !DNS_LABEL.test(namespace)) {
    report('/metadata/namespace', 'not a DNS-1123 label: a-z, 0-9 and -, at most 63 characters', namespace);
  }
  return found;
}

function isQualifiedKey(key: string): boolean {
  const [name = '', prefix, ...more] = key.split('/').reverse();
  if (!QUALIFIED.test(name) || more.length > 0) return false;
  return prefix === undefined || (prefix.length <= 253 && DNS_SUBDOMAIN.test(prefix));
}

/** Labels, annotation keys and label selectors anywhere in `node`, pod templates included. */
function labelProblems(node: unknown, path: string, parent = ''): SchemaProblem[] {
  if (Array.isArray(node)) {
    return node.flatMap((item, index) => labelProblems(item, path + pointer(index)));
  }
  if (!isObject(node)) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    const here = path + pointer(key);
    const isMetadata = parent === 'metadata' && (key === 'labels' || key === 'annotations');
    if (!isObject(value) || !(isMetadata || key === 'matchLabels')) return labelProblems(value, here, key);
    return Object.entries(value).flatMap(([name, entry]) => {
      const at = here + pointer(name);
      if (!isQualifiedKey(name)) {
        return [{ path: at, message: 'not a legal key: [prefix/]name', value: name }];
      }
      if (key === 'annotations' || entry === '' || QUALIFIED.test(String(entry))) return [];
      return [
        { path: at, message: 'not a legal label value: 63 of A-Z a-z 0-9 - _ . at most', value: entry },
      ];
    });
  });
}

/** A field of a schedule: smallest value, largest value, and names that may stand for the values. */
type ScheduleField = readonly [min: number, max: number, names?: readonly string[]];

const MINUTE_TO_WEEKDAY: readonly ScheduleField[] = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12, 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ')],
  [0, 6, 'SUN MON TUE WED THU FRI SAT'.split(' ')],
];

/** The fields of `spec.schedule`, by kind. */
const SCHEDULES: Readonly<Record<string, readonly ScheduleField[]>> = {
  'batch/v1 CronJob': MINUTE_TO_WEEKDAY,
  // Begins with the second: the usual five fields would run at other times than meant, if at all.
  'postgresql.cnpg.io/v1 ScheduledBackup': [[0, 59], ...MINUTE_TO_WEEKDAY],
};

function scheduleProblems({ apiVersion, kind, spec }: Manifest): SchemaProblem[] {
  const fields = SCHEDULES[`${apiVersion} ${kind}`];
  const schedule = isObject(spec) ? spec.schedule : undefined;
  if (fields === undefined || typeof schedule !== 'string') return [];
  if (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly|every \S+)$/.test(schedule)) return [];
  const problem = (message: string) => [{ path: '/spec/schedule', message, value: schedule }];
  const words = schedule.trim().split(/\s+/);
  if (words.length !== fields.length) {
    return problem(`a ${kind} has a schedule of ${fields.length} fields, not ${words.length}`);
  }
  const wrong = fields.findIndex((field, index) => !fits(words[index] ?? '', ...field));
  return wrong === -1 ? [] : problem(`'${words[wrong]}' is not a value of its field`);
}

/** Whether one field of a schedule is legal: a list of values, ranges or stars, each with an optional step. */
function fits(word: string, min: number, max: number, names: readonly string[] = []): boolean {
  const number = (value: string) => {
    const position = names.indexOf(value.toUpperCase());
    return position === -1 ? Number(value) : position + min;
  };
  return word.split(',').every((part) => {
    const match = /^(?:\*|\?|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part);
    if (!match || match[3] === '0') return false;
    const from = number(match[1] ?? String(min));
    const to = number(match[2] ?? match[1] ?? String(max));
    return min <= from && from <= to && to <= max;
  });
}
