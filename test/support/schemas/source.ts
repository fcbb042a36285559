import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { didYouMean } from '../../../constructs/core/suggest.js';
import { unavailable } from '../unavailable.js';

/** One thing wrong with a document. */
export interface SchemaProblem {
  /** JSON pointer to the place, `''` for the document itself. */
  readonly path: string;
  /** What is wrong and, where it can be told, what would be right. */
  readonly message: string;
  /** What was found there; undefined when something is missing. */
  readonly value: unknown;
}

/** A JSON object of unknown content, such as a schema. */
export type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const shared = fileURLToPath(new URL('../../../../shared/', import.meta.url));

/** Folder of the CRDs and the core definitions (BOX_CRDS). */
export const crdFolder = process.env.BOX_CRDS ?? join(shared, 'crds');

/** Folder of the schemas of upstream configurations and charts (BOX_SCHEMAS). */
export const schemaFolder = process.env.BOX_SCHEMAS ?? join(shared, 'schemas');

/** Whether both schema folders are on this machine. They are not part of the repository. */
export function schemasAvailable(): boolean {
  return existsSync(crdFolder) && existsSync(schemaFolder);
}

/**
 * Like `schemasAvailable`, for the head of a test file: says why its tests are skipped.
 *
 * @throws when the folders are missing and CI is set, where a skipped check would pass for a green one.
 */
export function requireSchemas(): boolean {
  if (schemasAvailable()) return true;
  unavailable(`not both '${crdFolder}' (BOX_CRDS) and '${schemaFolder}' (BOX_SCHEMAS) are there`);
  return false;
}

/** The JSON file at `path`, which must hold an object. */
export function readJson(path: string): Json {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!isObject(value)) throw new Error(`${path} does not hold a JSON object`);
  return value;
}

/** An ajv that reports every error and takes schemas written for other validators. */
export function createAjv(options: Options = {}): Ajv {
  return new Ajv({ strict: false, logger: false, allErrors: true, verbose: true, ...options });
}

/** What `validate` finds wrong with `data`; defaults of the schema may be written into it. */
export function problems(validate: ValidateFunction, data: unknown): SchemaProblem[] {
  if (validate(data)) return [];
  // Errors that others repeat in better words: a failed `then`, and the reason why a key is illegal.
  const isEcho = ({ keyword, propertyName }: ErrorObject) => keyword === 'if' || propertyName !== undefined;
  return (validate.errors ?? []).filter((error) => !isEcho(error)).map(describe);
}

/** `key` as the last step of a JSON pointer. */
export function pointer(key: string | number): string {
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** Each problem as one line, `path: message`, for comparing and printing. */
export function problemLines(found: readonly SchemaProblem[]): string[] {
  return found.map(({ path, message }) => `${path}: ${message}`);
}

function describe(error: ErrorObject): SchemaProblem {
  const { instancePath: path, params, schema, parentSchema, data } = error;
  switch (error.keyword) {
    case 'additionalProperties': {
      const field = String(params.additionalProperty);
      const known = isObject(parentSchema?.properties) ? Object.keys(parentSchema.properties) : [];
      return {
        path: path + pointer(field),
        message: `unknown field '${field}'${didYouMean(field, known)}`,
        value: isObject(data) ? data[field] : undefined,
      };
    }
    case 'required':
      return { path, message: `field '${params.missingProperty}' is missing`, value: undefined };
    case 'enum': {
      const allowed: unknown[] = params.allowedValues;
      return {
        path,
        message: `must be one of ${allowed.map((value) => JSON.stringify(value)).join(', ')}`,
        value: data,
      };
    }
    case 'x-kubernetes-list-map-keys':
      return { path, message: `two items have the same ${[schema].flat().join(' and ')}`, value: data };
    case 'propertyNames': {
      const key = String(params.propertyName);
      return { path: path + pointer(key), message: `'${key}' is not a legal key`, value: key };
    }
    default:
      return { path, message: error.message ?? `breaks the rule '${error.keyword}'`, value: data };
  }
}
