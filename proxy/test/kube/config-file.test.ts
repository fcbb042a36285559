import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type WatchedFile, watchFile } from '../../src/kube/config-file.js';
import { Changes } from './fake-api.js';

/** What the kubelet does: a new folder, a link to it, and the exchange of one name. */
function publish(mount: string, version: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(mount, version));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(mount, version, name), text);
  symlinkSync(version, join(mount, '..data_tmp'));
  renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
}

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'edge-files-'));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A watched file and what was seen of it. */
function watched(path: string, pollMs = 60_000) {
  const changes = new Changes();
  const seen: string[] = [];
  const problems: string[] = [];
  const file: WatchedFile = watchFile(
    path,
    (text) => {
      seen.push(text);
      changes.notify();
      if (text === 'bad') throw new Error('no good');
    },
    {
      pollMs,
      onProblem: (error) => {
        problems.push(error.message);
        changes.notify();
      },
    },
  );
  const sees = (text: string) => changes.until(`${text}, saw ${seen}`, () => seen.at(-1) === text);
  return { file, seen, problems, changes, sees };
}

test('follows a Kubernetes mount through exchanges of its link', () =>
  withFolder(async (mount) => {
    publish(mount, '..1', { 'config.yaml': 'one' });
    symlinkSync(join('..data', 'config.yaml'), join(mount, 'config.yaml'));
    const { file, seen, sees } = watched(join(mount, 'config.yaml'));
    await file.read;
    assert.equal(seen, ['one']);
    publish(mount, '..2', { 'config.yaml': 'two' });
    await sees('two');
    publish(mount, '..3', { 'config.yaml': 'three' });
    rmSync(join(mount, '..2'), { recursive: true });
    await sees('three');
    file.stop();
  }));

test('follows a plain file: written over, replaced, removed and back; the same text is no change', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'config.yaml');
    const { file, seen, problems, changes, sees } = watched(path);
    await file.read;
    assert.match(problems[0] ?? '', /config.yaml: cannot be read \(ENOENT/);
    writeFileSync(path, 'one');
    await sees('one');
    writeFileSync(`${path}.new`, 'two');
    renameSync(`${path}.new`, path);
    await sees('two');
    rmSync(path);
    await changes.until('a problem', () => problems.length === 2);
    writeFileSync(path, 'two');
    writeFileSync(path, 'bad');
    await changes.until('no good', () => problems.at(-1) === 'no good');
    writeFileSync(path, 'three');
    await sees('three');
    assert.is(seen.filter((text) => text === 'two').length, 1);
    file.stop();
  }));

test('the poll finds a folder that was not there', () =>
  withFolder(async (folder) => {
    const { file, sees } = watched(join(folder, 'later', 'config.yaml'), 100);
    await file.read;
    mkdirSync(join(folder, 'later'));
    writeFileSync(join(folder, 'later', 'config.yaml'), 'here');
    await sees('here');
    rmSync(join(folder, 'later'), { recursive: true });
    mkdirSync(join(folder, 'later'));
    writeFileSync(join(folder, 'later', 'config.yaml'), 'again');
    await sees('again');
    file.stop();
  }));

test.run();
