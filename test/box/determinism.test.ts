import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { referenceBox, referenceSettings } from '../support/reference-box.js';

const digest = (text: string) => createHash('sha256').update(text).digest('hex');

/** Digest of each object, so that a difference names the object. */
const digests = (manifests: readonly { kind: string; metadata: { name: string; namespace?: string } }[]) =>
  manifests.map(
    (object) =>
      `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name} ${digest(JSON.stringify(object))}`,
  );

test('two renderings in one process are the same', () => {
  assert.equal(digests(referenceBox().manifests), digests(referenceBox().manifests));
});

test('a process with another clock, language, user and folder renders the same', () => {
  const folder = mkdtempSync(join(tmpdir(), 'box-elsewhere-'));
  const script = `
    import { createHash } from 'node:crypto';
    import { renderBox } from ${JSON.stringify(new URL('../../apps/render.ts', import.meta.url).href)};
    const { manifests } = renderBox(JSON.parse(process.argv[1]));
    const digest = (text) => createHash('sha256').update(text).digest('hex');
    process.stdout.write(JSON.stringify(manifests.map((object) =>
      \`\${object.kind} \${object.metadata.namespace ?? ''}/\${object.metadata.name} \${digest(JSON.stringify(object))}\`)));
  `;
  try {
    const output = execFileSync(
      process.execPath,
      [
        '--import',
        import.meta.resolve('tsx'),
        '--input-type=module',
        '--eval',
        script,
        JSON.stringify(referenceSettings()),
      ],
      {
        cwd: folder,
        encoding: 'utf8',
        env: {
          PATH: process.env.PATH,
          TZ: 'Pacific/Chatham',
          LANG: 'tr_TR.UTF-8',
          LC_ALL: 'tr_TR.UTF-8',
          USER: 'ada',
          HOME: folder,
        },
      },
    );
    assert.equal(JSON.parse(output), digests(referenceBox().manifests));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
