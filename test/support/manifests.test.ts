import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readManifests } from './manifests.js';

/** Reads a folder holding `files`. */
function read(files: Record<string, string>) {
  const dir = mkdtempSync(join(tmpdir(), 'box-manifests-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
    return readManifests(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const named = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

test('objects come in the order of file names and of places in the file', () => {
  const manifests = read({
    '0001-b.k8s.yaml': named('third'),
    '0000-a.k8s.yaml': `${named('first')}---\n${named('second')}---\n`,
    'empty.yaml': '',
    'construct-metadata.json': '{}',
  });
  assert.equal(
    manifests.map(({ metadata }) => metadata.name),
    ['first', 'second', 'third'],
  );
});

test('values are read the way kubectl reads them', () => {
  const [manifest] = read({ 'a.yaml': `${named('a')}data: { plain: yes, quoted: 'yes', mode: 0644 }\n` });
  assert.equal(manifest?.data, { plain: true, quoted: 'yes', mode: 420 });
});

test('what is not a manifest is an error that names the file', () => {
  assert.throws(() => read({ 'a.yaml': 'a: [' }), /^a\.yaml: /);
  assert.throws(
    () => read({ 'b.yaml': `${named('b')}---\nkind: Secret\n` }),
    /^b\.yaml: document 2 lacks apiVersion, kind or metadata\.name/,
  );
});

test.run();
