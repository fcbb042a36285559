import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from '../../constructs/core/manifest.js';

export type { Manifest };

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isManifest(value: unknown): value is Manifest {
  return (
    isRecord(value) &&
    typeof value.apiVersion === 'string' &&
    typeof value.kind === 'string' &&
    isRecord(value.metadata) &&
    typeof value.metadata.name === 'string'
  );
}

/**
 * The objects of every `*.yaml` file of `dir`, in the order in which `kubectl apply -f dir` meets them:
 * by file name, then by place in the file. Sub-folders are not read, empty documents are skipped.
 *
 * @throws when a file is not YAML, or a document lacks apiVersion, kind or metadata.name.
 */
export function readManifests(dir: string): Manifest[] {
  const files = readdirSync(dir)
    .filter((file) => file.endsWith('.yaml'))
    .sort();
  return files.flatMap((file) => {
    // YAML 1.1 is what kubectl reads: an unquoted `yes` or `0644` must not pass for a string here either.
    const documents = parseAllDocuments(readFileSync(join(dir, file), 'utf8'), { version: '1.1' });
    return [...documents].flatMap((document, index) => {
      const [error] = document.errors;
      if (error) throw new Error(`${file}: ${error.message}`);
      const object: unknown = document.toJS();
      if (object === null) return [];
      if (isManifest(object)) return [object];
      throw new Error(`${file}: document ${index + 1} lacks apiVersion, kind or metadata.name`);
    });
  });
}
