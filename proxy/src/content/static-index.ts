import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { httpDate } from './conditions.js';
import { isHashed, isHidden } from './file-name.js';
import { contentTypeOf } from './mime.js';
import { Coding, codingNames } from './negotiation.js';
import { Representation } from './representation.js';
import type { FileFacts } from './sender.js';

/** Files up to this many octets are kept in memory, while there is room. */
const smallFile = 262_144;
/** Folders below each other; deeper ones are a loop of links. */
const mostLevels = 32;
/** Files of one tree; more are no web page but a store. */
const mostFiles = 100_000;

/** A file and the forms it may be sent in. */
export interface StaticFile {
  readonly identity: Representation;
  readonly gzip: Representation | undefined;
  readonly br: Representation | undefined;
}

/** What a tree of files holds, by the path that names each. */
export interface StaticIndex {
  /** By path below the root: '/a/b.html', and what else names it: '/a/b'. */
  readonly files: ReadonlyMap<string, StaticFile>;
  /** All folders, links followed: for whoever watches them. */
  readonly folders: readonly string[];
}

export interface IndexOptions {
  /** Octets of files kept in memory. */
  readonly memoryBytes: number;
  /** Fields that somebody else sets, in lower case. */
  readonly headerNames: readonly string[];
}

interface Found {
  readonly facts: FileFacts;
  readonly bytes: Buffer | undefined;
  readonly tag: string;
}

/**
 * Reads a tree of files. Links are followed as long as they stay within the root and lead to nothing hidden (the
 * volumes of Kubernetes consist of such links); others, and dot files, do not exist.
 * @param before the tree as it was, whose files are not read again when they are the same
 */
export async function indexTree(
  root: string,
  options: IndexOptions,
  before?: StaticIndex,
): Promise<StaticIndex> {
  const top = await realpath(root);
  const known = new Map<string, Representation>();
  for (const file of before?.files.values() ?? [])
    for (const form of [file.identity, file.gzip, file.br])
      if (form?.facts !== undefined) known.set(form.facts.path, form);
  const found = new Map<string, Found>();
  const folders: string[] = [];
  let room = options.memoryBytes;

  async function walk(folder: string, path: string, above: readonly string[]): Promise<void> {
    if (above.length > mostLevels || above.includes(folder)) return;
    folders.push(folder);
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (isHidden(entry.name)) continue;
      const real = entry.isSymbolicLink() ? await target(join(folder, entry.name)) : join(folder, entry.name);
      const facts = real === undefined ? undefined : await stat(real).catch(() => undefined);
      if (real === undefined || facts === undefined) continue;
      if (facts.isDirectory()) await walk(real, `${path}${entry.name}/`, [...above, folder]);
      else if (facts.isFile() && found.size < mostFiles)
        found.set(path + entry.name, await take(real, facts));
    }
  }

  async function target(link: string): Promise<string | undefined> {
    const real = await realpath(link).catch(() => undefined);
    if (real === undefined || !real.startsWith(top + sep)) return undefined;
    // '..data' and '..2026_01_01' are how Kubernetes swaps a whole volume
    const hidden = real
      .slice(top.length + 1)
      .split(sep)
      .some((name) => isHidden(name) && !name.startsWith('..'));
    return hidden ? undefined : real;
  }

  async function take(path: string, stats: Stats): Promise<Found> {
    const facts = factsOf(path, stats);
    const same = known.get(path);
    if (same?.facts !== undefined && sameFile(same.facts, facts)) {
      if (same.bytes !== undefined) room -= same.size;
      return { facts: same.facts, bytes: same.bytes, tag: same.tag };
    }
    if (facts.size <= Math.min(smallFile, room)) {
      const bytes = await readFile(path).catch(() => undefined);
      if (bytes !== undefined && bytes.length === facts.size) {
        room -= bytes.length;
        return {
          facts,
          bytes,
          tag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 20)}"`,
        };
      }
    }
    // the time of change cannot be set: unlike that of modification it differs between any two contents
    const tag = [facts.size, facts.modified, facts.changed, facts.inode]
      .map((n) => Math.round(n).toString(36))
      .join('-');
    return { facts, bytes: undefined, tag: `"${tag}"` };
  }

  await walk(top, '/', []);
  return { files: withOtherNames(describe(found, options.headerNames)), folders };
}

const factsOf = (path: string, { size, ino, mtimeMs, ctimeMs }: Stats): FileFacts => ({
  path,
  size,
  inode: ino,
  modified: mtimeMs,
  changed: ctimeMs,
});

const sameFile = (a: FileFacts, b: FileFacts) =>
  a.size === b.size && a.inode === b.inode && a.modified === b.modified && a.changed === b.changed;

function describe(
  found: ReadonlyMap<string, Found>,
  headerNames: readonly string[],
): Map<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  for (const [path, file] of found) {
    // made before the file it stands for was changed, or not worth it: not a form of it
    const usable = (other: Found | undefined) =>
      other !== undefined && other.facts.modified >= file.facts.modified && other.facts.size < file.facts.size
        ? other
        : undefined;
    const gzip = usable(found.get(`${path}.gz`));
    const br = usable(found.get(`${path}.br`));
    const form = (body: Found, coding: number) =>
      representation(path, file, body, coding, gzip !== undefined || br !== undefined, headerNames);
    files.set(path, {
      identity: form(file, Coding.identity),
      gzip: gzip && form(gzip, Coding.gzip),
      br: br && form(br, Coding.br),
    });
  }
  return files;
}

function representation(
  path: string,
  file: Found,
  body: Found,
  coding: number,
  varies: boolean,
  headerNames: readonly string[],
): Representation {
  const lines = (fields: readonly (readonly [string, string])[]) =>
    fields
      .filter(([name]) => !headerNames.includes(name.toLowerCase()))
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
  const about = lines([
    ['ETag', body.tag],
    ['Last-Modified', httpDate(file.facts.modified)],
    ['Cache-Control', isHashed(path) ? 'public, max-age=31536000, immutable' : 'no-cache'],
    ...(varies ? ([['Vary', 'Accept-Encoding']] as const) : []),
  ]);
  const form = lines([
    ['Content-Type', contentTypeOf(path)],
    ...(coding === Coding.identity ? [] : ([['Content-Encoding', codingNames[coding] as string]] as const)),
    ['Accept-Ranges', 'bytes'],
    ['X-Content-Type-Options', 'nosniff'],
  ]);
  return new Representation(
    body.facts.size,
    body.tag,
    file.facts.modified,
    about,
    form,
    body.bytes,
    body.facts,
  );
}

/** Adds the names a file has besides its own: '/a' for '/a.html', '/a' and '/a/' for '/a/index.html', in this order. */
function withOtherNames(files: Map<string, StaticFile>): Map<string, StaticFile> {
  const own = [...files];
  const add = (name: string, file: StaticFile) => {
    if (name !== '' && !files.has(name)) files.set(name, file);
  };
  for (const [path, file] of own) if (/[^/]\.html$/.test(path)) add(path.slice(0, -5), file);
  for (const [path, file] of own)
    if (path.endsWith('/index.html')) {
      add(path.slice(0, -10), file);
      add(path.slice(0, -11), file);
    }
  return files;
}
