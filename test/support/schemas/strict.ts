import { isObject, type Json } from './source.js';

/**
 * Turns a Kubernetes schema into one that refuses what the API server refuses under strict field validation.
 * The walk goes by keyword, never by name: a schema's `properties` may well hold one named `type` or `items`.
 *
 * @param closes Whether objects refuse fields they do not list. Not so below allOf, anyOf, oneOf and not,
 * which state conditions on an object described elsewhere.
 */
export function strict(schema: Json, closes = true): Json {
  const result: Json = { ...schema };
  if (result['x-kubernetes-int-or-string'] === true || result.format === 'int-or-string') {
    result.type = ['integer', 'string'];
    delete result.anyOf;
  }
  if (result.nullable === true && result.type !== undefined) {
    result.type = [result.type, 'null'].flat();
    delete result.nullable;
  }
  // `(?i)` is Go syntax; without it the pattern asks for the spelling that upstream documents.
  if (typeof result.pattern === 'string') result.pattern = result.pattern.replaceAll('(?i)', '');
  if (result['x-kubernetes-list-type'] === 'set') result.uniqueItems = true;
  if (closes && isClosed(result)) result.additionalProperties = false;

  for (const keyword of ['properties', 'definitions']) {
    const members = result[keyword];
    if (!isObject(members)) continue;
    result[keyword] = Object.fromEntries(
      Object.entries(members).map(([name, member]) => [name, descend(member, closes)]),
    );
  }
  for (const keyword of ['items', 'additionalProperties']) {
    if (keyword in result) result[keyword] = descend(result[keyword], closes);
  }
  if ('not' in result) result.not = descend(result.not, false);
  for (const keyword of ['allOf', 'anyOf', 'oneOf']) {
    const members = result[keyword];
    if (Array.isArray(members)) result[keyword] = members.map((member) => descend(member, false));
  }
  return result;
}

function descend(schema: unknown, closes: boolean): unknown {
  return isObject(schema) ? strict(schema, closes) : schema;
}

/** Whether the API server knows all fields of the object, so that any other is a mistake. */
function isClosed(schema: Json): boolean {
  return (
    isObject(schema.properties) &&
    schema.additionalProperties === undefined &&
    schema['x-kubernetes-preserve-unknown-fields'] !== true
  );
}

const text = { type: 'string' };
const label = { ...text, maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' };
const port = { type: 'integer', minimum: 1, maximum: 65535 };
const protocol = { ...text, enum: ['TCP', 'UDP', 'SCTP'] };
const keyed = { type: 'object', propertyNames: { pattern: '^[-._a-zA-Z0-9]{1,253}$' } };

/**
 * What the API server checks in its own kinds beyond their published definitions, for the mistakes that are
 * easily made: definition -> property -> keywords added to it.
 */
const REFINEMENTS: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  'io.k8s.api.batch.v1.CronJobSpec': { concurrencyPolicy: { enum: ['Allow', 'Forbid', 'Replace'] } },
  'io.k8s.api.core.v1.ConfigMap': { data: keyed, binaryData: keyed },
  'io.k8s.api.core.v1.Container': {
    name: label,
    imagePullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'] },
  },
  'io.k8s.api.core.v1.ContainerPort': {
    // At most 15 characters: longer names are the classic fault of a port.
    name: { ...label, maxLength: 15 },
    containerPort: port,
    hostPort: port,
    protocol,
  },
  'io.k8s.api.core.v1.PersistentVolumeClaimSpec': {
    accessModes: {
      items: { enum: ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'] },
    },
  },
  'io.k8s.api.core.v1.PodSpec': {
    restartPolicy: { enum: ['Always', 'OnFailure', 'Never'] },
    dnsPolicy: { enum: ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'] },
  },
  'io.k8s.api.core.v1.Secret': { data: keyed, stringData: keyed },
  'io.k8s.api.core.v1.ServicePort': { name: label, port, protocol },
  'io.k8s.api.core.v1.ServiceSpec': {
    type: { enum: ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'] },
  },
  'io.k8s.api.core.v1.Volume': { name: label },
  'io.k8s.api.networking.v1.NetworkPolicyPort': { protocol },
  'io.k8s.api.networking.v1.NetworkPolicySpec': {
    policyTypes: { items: { enum: ['Ingress', 'Egress'] } },
  },
  'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement': {
    operator: { enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
  },
};

/** Amounts of resources: `250m`, `1.5`, `64Mi`, `1e3`. */
const QUANTITY = {
  type: ['string', 'number'],
  pattern: '^[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\\d+)?$',
};

/** The core `definitions`, each made `strict` and with `REFINEMENTS` worked in. */
export function strictDefinitions(definitions: Json): Json {
  const result = Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => [name, descend(definition, true)]),
  );
  for (const [name, added] of Object.entries(REFINEMENTS)) {
    const definition = result[name];
    if (!isObject(definition) || !isObject(definition.properties)) {
      throw new Error(`the core definitions no longer hold '${name}'`);
    }
    const properties: Json = { ...definition.properties };
    for (const [property, keywords] of Object.entries(added)) {
      // A further condition, because the property may be a reference or have such keywords of its own.
      properties[property] = { allOf: [properties[property], keywords] };
    }
    result[name] = { ...definition, properties };
  }
  return { ...result, 'io.k8s.apimachinery.pkg.api.resource.Quantity': QUANTITY };
}
