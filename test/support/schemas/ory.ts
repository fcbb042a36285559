import { join } from 'node:path';
import type { Ajv, ValidateFunction } from 'ajv';
import { createAjv, problems, readJson, type SchemaProblem, schemaFolder } from './source.js';

/** Schemas that the others name as `ory://<key>`, and the files that hold them. */
const REFERENCED: Readonly<Record<string, string>> = {
  'cors-config': 'ory-cors-config',
  'identity-extension': 'kratos-v25.4.0.identity-extension',
  'logging-config': 'ory-logging-config',
  'serve-config': 'ory-serve-config',
  'tls-config': 'ory-tls-config',
  'tracing-config': 'ory-tracing-config',
};

/** The formats that Ory's programs insist on at their start. */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  email: (text) => /^[^@\s]+@[^@\s]+$/.test(text),
  hostname: (text) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/i.test(text),
  uri: (text) => URL.canParse(text),
  'uri-reference': (text) => URL.canParse(text, 'https://base.invalid'),
  uuid: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text),
};

let ajv: Ajv | undefined;
const compiled = new Map<string, ValidateFunction>();

function validator(): Ajv {
  if (ajv) return ajv;
  ajv = createAjv({ formats: FORMATS });
  for (const [key, file] of Object.entries(REFERENCED)) {
    // Some carry another $id than the one they are named by.
    ajv.addSchema({ ...readJson(join(schemaFolder, `${file}.schema.json`)), $id: `ory://${key}` });
  }
  return ajv;
}

function validate(file: string, document: unknown): SchemaProblem[] {
  let check = compiled.get(file);
  if (check === undefined) {
    check = validator().compile(readJson(join(schemaFolder, `${file}.schema.json`)));
    compiled.set(file, check);
  }
  return problems(check, document);
}

/**
 * What Kratos 25.4 would refuse in its configuration. `config` is the whole of it: what comes from the
 * environment in the cluster (`dsn`, which is required, secrets) has to be merged in.
 *
 * @throws when the folder of the schemas is missing (see `schemasAvailable`).
 */
export function validateKratos(config: unknown): SchemaProblem[] {
  return validate('kratos-v25.4.0.config', config);
}

/**
 * What Hydra 25.4 would refuse in its configuration.
 *
 * @throws when the folder of the schemas is missing (see `schemasAvailable`).
 */
export function validateHydra(config: unknown): SchemaProblem[] {
  return validate('hydra-v25.4.0.config', config);
}

/**
 * What Kratos 25.4 would refuse in an identity schema: faults of JSON Schema itself, and of its own
 * extension `ory.sh/kratos`.
 *
 * @throws when the folder of the schemas is missing (see `schemasAvailable`).
 */
export function validateIdentitySchema(schema: unknown): SchemaProblem[] {
  return validate('kratos-v25.4.0.identity-meta', schema);
}
