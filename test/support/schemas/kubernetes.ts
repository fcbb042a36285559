import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ajv, ValidateFunction } from 'ajv';
import type { DataValidateFunction } from 'ajv/dist/types/index.js';
import { parse } from 'yaml';
import { didYouMean } from '../../../constructs/core/suggest.js';
import type { Manifest } from '../manifests.js';
import { brokenRules, type Rule } from './cel.js';
import { conventionProblems } from './conventions.js';
import { crdFolder, createAjv, type Json, problems, readJson, type SchemaProblem } from './source.js';
import { strict, strictDefinitions } from './strict.js';

/** The fields of a CustomResourceDefinition that are read here. */
interface Crd {
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly scope: 'Namespaced' | 'Cluster';
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Json & { readonly properties: Json } };
    }[];
  };
}

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The core definitions as published, one per built-in kind and one per type these are made of. */
interface CoreDefinitions {
  readonly definitions: Record<
    string,
    { readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[] }
  >;
}

/** How to check the objects of one kind. */
interface Kind {
  readonly validate: ValidateFunction;
  readonly namespaced: boolean;
}

const CORE = 'https://kubernetes.io/definitions.json';
const EVERY_OBJECT = { apiVersion: { type: 'string' }, kind: { type: 'string' } };
const OBJECT_META = { $ref: `${CORE}#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta` };

/** Built-in kinds that belong to no namespace; the definitions do not say. */
const CLUSTER_WIDE = new Set(
  `APIService CSIDriver ClusterRole ClusterRoleBinding CustomResourceDefinition IngressClass
   MutatingWebhookConfiguration Namespace Node PersistentVolume PriorityClass RuntimeClass StorageClass
   ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration`.split(/\s+/),
);

const kinds = new Map<string, Kind | SchemaProblem>();
let core: { readonly ajv: Ajv; readonly names: ReadonlyMap<string, string> } | undefined;

/** The ajv that holds the core definitions, and the name of the definition of each `apiVersion kind`. */
function loadCore(): NonNullable<typeof core> {
  if (core) return core;
  const folder = join(crdFolder, 'k8s');
  const file = readdirSync(folder).find((name) => name.endsWith('-definitions.json'));
  if (file === undefined) throw new Error(`no core definitions in '${folder}'`);
  const { definitions } = readJson(join(folder, file)) as unknown as CoreDefinitions;
  const names = new Map<string, string>();
  for (const [name, definition] of Object.entries(definitions)) {
    for (const { group, version, kind } of definition['x-kubernetes-group-version-kind'] ?? []) {
      names.set(`${group ? `${group}/` : ''}${version} ${kind}`, name);
    }
  }
  // The API server fills in defaults before it validates, so `required` may name a field that has one.
  // Each kind is compiled for a few objects only: not optimizing the code saves a third of the whole time.
  const ajv = createAjv({ validateFormats: false, useDefaults: true, code: { optimize: false } });
  ajv.addKeyword({
    keyword: 'x-kubernetes-list-map-keys',
    type: 'array',
    schemaType: 'array',
    // Server-side apply refuses a list whose items these keys do not tell apart.
    validate: (keys: readonly string[], items: readonly Json[]) =>
      new Set(items.map((item) => JSON.stringify(keys.map((key) => item[key])))).size === items.length,
  });
  ajv.addKeyword({
    keyword: 'x-kubernetes-validations',
    schemaType: 'array',
    errors: 'full',
    compile: (rules: readonly Rule[]) => {
      const validate: DataValidateFunction = (data: unknown, context) => {
        const broken = brokenRules(rules, data);
        const instancePath = context?.instancePath ?? '';
        validate.errors = broken.map((message) => ({ keyword: 'cel', message, instancePath, data }));
        return broken.length === 0;
      };
      return validate;
    },
  });
  ajv.addSchema({ $id: CORE, definitions: strictDefinitions(definitions) });
  core = { ajv, names };
  return core;
}

/** The CRDs of an API group; only the one of `kind` is parsed when it is there. */
function readCrd(group: string, kind: string): Crd | readonly string[] {
  const folder = join(crdFolder, group);
  const found: string[] = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.yaml'))) {
    const text = readFileSync(join(folder, file), 'utf8');
    const name = /^ {4}kind: (\S+)$/m.exec(text)?.[1] ?? '';
    if (name === kind) return parse(text) as Crd;
    found.push(name);
  }
  return found;
}

function unknownKind(kind: string, apiVersion: string, known: readonly string[]): SchemaProblem {
  const message = `there is no kind '${kind}' in '${apiVersion}'${didYouMean(kind, known)}`;
  return { path: '/kind', message, value: kind };
}

/** A kind of Kubernetes itself. */
function loadBuiltIn(apiVersion: string, kind: string): Kind | SchemaProblem {
  const { ajv, names } = loadCore();
  const definition = names.get(`${apiVersion} ${kind}`);
  if (definition === undefined) {
    const prefix = `${apiVersion} `;
    const siblings = [...names.keys()].filter((key) => key.startsWith(prefix));
    return unknownKind(
      kind,
      apiVersion,
      siblings.map((key) => key.slice(prefix.length)),
    );
  }
  return {
    validate: ajv.compile({ $ref: `${CORE}#/definitions/${definition}` }),
    namespaced: !CLUSTER_WIDE.has(kind),
  };
}

/** A kind that a CRD of `group` defines. */
function loadCustom(group: string, version: string, kind: string): Kind | SchemaProblem {
  const apiVersion = `${group}/${version}`;
  const crd = readCrd(group, kind);
  if (!('spec' in crd)) return unknownKind(kind, apiVersion, crd);
  const { scope, versions } = crd.spec;
  const schema = versions.find(({ name }) => name === version)?.schema.openAPIV3Schema;
  if (schema === undefined) {
    const known = versions.map(({ name }) => `${group}/${name}`).join(', ');
    return { path: '/apiVersion', message: `'${kind}' exists in ${known}`, value: apiVersion };
  }
  // Some CRDs leave out the fields that every object has. A status is for controllers to write and takes long
  // to compile, so it is left alone.
  const properties = { ...EVERY_OBJECT, ...schema.properties, metadata: OBJECT_META, status: {} };
  return {
    validate: loadCore().ajv.compile(strict({ ...schema, properties })),
    namespaced: scope === 'Namespaced',
  };
}

/**
 * What a Kubernetes API server with the CRDs installed would refuse in `manifest`, as far as schemas and a
 * few of its other rules tell: unknown kinds and fields, wrong types and values, missing fields, items of a
 * keyed list that repeat a key, illegal names and labels, schedules that do not parse. Empty when it is fine.
 * Stricter in one point: a null is a wrong type unless the schema allows it, although the server would drop it.
 *
 * @throws when the folder of the schemas is missing (see `schemasAvailable`).
 */
export function validateManifest(manifest: Manifest): SchemaProblem[] {
  const key = `${manifest.apiVersion} ${manifest.kind}`;
  let kind = kinds.get(key);
  if (kind === undefined) {
    const [group = '', version] = manifest.apiVersion.split('/');
    kind =
      version !== undefined && existsSync(join(crdFolder, group))
        ? loadCustom(group, version, manifest.kind)
        : loadBuiltIn(manifest.apiVersion, manifest.kind);
    kinds.set(key, kind);
  }
  if ('message' in kind) return [kind];
  // A copy, because the defaults of the schema are written into what is validated.
  return [
    ...problems(kind.validate, structuredClone(manifest)),
    ...conventionProblems(manifest, kind.namespaced),
  ];
}
