import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** A git repository, written to below the level of work tree and index. */
export class Repository {
  /** @param work a folder for what is only needed meanwhile */
  constructor(
    private readonly folder: string,
    private readonly work: string,
  ) {}

  /** Output of a git command. @throws with git's words when it fails */
  run(...args: readonly string[]): string {
    const { status, stdout, stderr, error } = this.git(args);
    if (status === 0) return stdout.trim();
    throw new Error(`git ${args[0]}: ${error?.message ?? (stderr.trim() || stdout.trim())}`);
  }

  /** @throws when the files would not be those of the commit that is named */
  requireClean(): void {
    const changes = this.run('status', '--porcelain').split('\n').filter(Boolean);
    if (changes.length === 0) return;
    const some = changes.slice(0, 5).map((line) => `  ${line}`);
    throw new Error(
      `not published, the work tree has changes that no commit holds:\n${some.join('\n')}\ncommit or stash them first`,
    );
  }

  /**
   * Commit to build on: the branch's, or the remote's when that is ahead.
   * @throws when the branch is checked out, or the two went different ways
   */
  startOf(branch: string, remote?: string): string | undefined {
    this.run('check-ref-format', '--branch', branch);
    const checkedOut = this.run('worktree', 'list', '--porcelain').split('\n');
    if (checkedOut.includes(`branch refs/heads/${branch}`))
      throw new Error(`branch ${branch} is checked out; publish from another one`);
    const own = this.tip(`refs/heads/${branch}`);
    const theirs = remote === undefined ? undefined : this.fetched(branch, remote);
    if (own === undefined || theirs === undefined) return own ?? theirs;
    if (this.isAncestor(theirs, own)) return own;
    if (this.isAncestor(own, theirs)) return theirs;
    throw new Error(
      `branch ${branch} here and on ${remote} went different ways; delete the one that is wrong: git branch -D ${branch}`,
    );
  }

  /** A tree with exactly the files of a folder. */
  treeOf(folder: string): string {
    const index = { GIT_INDEX_FILE: join(this.work, 'index') };
    const gitDir = this.run('rev-parse', '--absolute-git-dir');
    // byte for byte: no line endings changed, nothing ignored
    const add = this.git(
      [
        `--git-dir=${gitDir}`,
        `--work-tree=${folder}`,
        '-c',
        'core.autocrlf=false',
        'add',
        '--all',
        '--force',
        '.',
      ],
      index,
      folder,
    );
    if (add.status !== 0) throw new Error(`git add: ${add.stderr.trim()}`);
    const written = this.git(['write-tree'], index);
    if (written.status !== 0) throw new Error(`git write-tree: ${written.stderr.trim()}`);
    return written.stdout.trim();
  }

  /** A commit that says where the files come from. */
  commit(tree: string, parent: string | undefined): string {
    const source = this.run('rev-parse', 'HEAD');
    const subject = this.run('log', '-1', '--format=%s', source);
    const message = `Synthesized: ${subject}\n\nSource-Commit: ${source}\n`;
    return this.run('commit-tree', tree, ...(parent === undefined ? [] : ['-p', parent]), '-m', message);
  }

  /** Moves a branch, unless somebody else moved or made it meanwhile. */
  move(branch: string, commit: string): void {
    const ref = `refs/heads/${branch}`;
    const before = this.tip(ref);
    if (before !== commit) this.run('update-ref', '-m', 'publish:dist', ref, commit, before ?? '');
  }

  /** Pushes a branch, never by force. */
  push(branch: string, remote: string): void {
    const ref = `refs/heads/${branch}`;
    this.run('push', '--quiet', remote, `${ref}:${ref}`);
  }

  private tip(ref: string): string | undefined {
    const { status, stdout } = this.git(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]);
    return status === 0 ? stdout.trim() : undefined;
  }

  private fetched(branch: string, remote: string): string | undefined {
    const ref = `refs/heads/${branch}`;
    const [tip = ''] = this.run('ls-remote', remote, ref).split('\t');
    if (tip === '') return undefined;
    this.run('fetch', '--quiet', '--no-write-fetch-head', '--no-tags', remote, ref);
    return tip;
  }

  private isAncestor(older: string, newer: string): boolean {
    return this.git(['merge-base', '--is-ancestor', older, newer]).status === 0;
  }

  private git(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = this.folder) {
    return spawnSync('git', args, { cwd, encoding: 'utf8', env: { ...process.env, ...env } });
  }
}
