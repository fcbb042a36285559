import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = mkdtempSync(join(tmpdir(), 'box-publish-'));
test.after(() => rmSync(root, { recursive: true, force: true }));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const script = resolve('scripts/publish-dist.ts');
const env = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@studio.example',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@studio.example',
};

const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: data\n';
const secret = (field: string) =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: login\n  namespace: data\n${field}:\n  password: aHVudGVyMg==\n`;

/** A clone with synthesized files in it, and the bare repository it came from. */
class Sandbox {
  readonly remote: string;
  readonly clone: string;

  constructor(name: string) {
    this.remote = join(root, `${name}.git`);
    this.clone = join(root, name);
    spawnSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', this.remote], { env });
    spawnSync('git', ['clone', '--quiet', this.remote, this.clone], { env });
    this.git('checkout', '--quiet', '-B', 'main');
    this.write('box.yaml', 'domain: studio.example\n');
    this.write('.gitignore', 'build/\n*.log\n');
    this.write('dist/0-cluster.k8s.yaml', namespace);
    this.write('dist/host/config.yaml', 'disable: []\r\n');
    this.write('dist/host/audit.log', 'ignored elsewhere\n');
    this.git('add', '--force', '.');
    this.commit('Describe the box');
  }

  write(file: string, text: string): void {
    mkdirSync(join(this.clone, file, '..'), { recursive: true });
    writeFileSync(join(this.clone, file), text);
  }

  commit(subject: string): void {
    this.git('add', '--all');
    this.git('commit', '--quiet', '-m', subject);
  }

  git(...args: string[]): string {
    return git(this.clone, ...args);
  }

  publish(...options: string[]): SpawnSyncReturns<string> {
    return spawnSync(process.execPath, ['--import', tsx, script, '--from', 'dist', ...options], {
      cwd: this.clone,
      env,
      encoding: 'utf8',
    });
  }

  /** Everything a person would notice: files, index, branch, refs but one. */
  get visible(): string {
    return [
      this.git('status', '--porcelain=v2', '--branch'),
      this.git('ls-files', '--stage'),
      this.git('stash', 'list'),
      this.git('for-each-ref', 'refs/heads/main'),
      existsSync(join(this.clone, '.git', 'FETCH_HEAD')),
    ].join('\n');
  }
}

function git(folder: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: folder, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

test('the branch holds exactly the files, and says which commit they come from', () => {
  const box = new Sandbox('first');
  const before = box.visible;
  const { status, stdout, stderr } = box.publish();
  assert.is(status, 0, stderr);
  assert.match(stdout, /^branch dist is now [0-9a-f]{12}\n$/);
  assert.equal(box.git('ls-tree', '-r', '--name-only', 'dist').split('\n'), [
    '0-cluster.k8s.yaml',
    'host/audit.log',
    'host/config.yaml',
  ]);
  assert.is(
    box.git('rev-parse', 'dist:host/config.yaml'),
    box.git('rev-parse', 'main:dist/host/config.yaml'),
  );
  assert.is(box.git('log', '-1', '--format=%s', 'refs/heads/dist'), 'Synthesized: Describe the box');
  assert.is(
    box.git('log', '-1', '--format=%(trailers:key=Source-Commit,valueonly)', 'refs/heads/dist'),
    box.git('rev-parse', 'main'),
  );
  assert.is(box.git('rev-list', '--count', 'refs/heads/dist'), '1');
  assert.is(box.visible, before);
});

test('nothing changed makes no commit; a change makes one on top', () => {
  const box = new Sandbox('again');
  box.publish();
  const first = box.git('rev-parse', 'dist');
  box.write('README.md', 'not synthesized\n');
  box.commit('Explain');
  assert.match(box.publish().stdout, 'holds the same files, it stays');
  assert.is(box.git('rev-parse', 'dist'), first);
  box.write('dist/1-trust.k8s.yaml', namespace.replace('name: data', 'name: ory'));
  rmSync(join(box.clone, 'dist/host/audit.log'));
  box.commit('Add trust');
  const { status, stderr } = box.publish();
  assert.is(status, 0, stderr);
  assert.is(box.git('rev-parse', 'dist^'), first);
  assert.equal(box.git('ls-tree', '-r', '--name-only', 'dist').split('\n'), [
    '0-cluster.k8s.yaml',
    '1-trust.k8s.yaml',
    'host/config.yaml',
  ]);
});

test('pushed, also when only the push is missing, and to another branch', () => {
  const box = new Sandbox('pushed');
  box.publish();
  assert.throws(() => git(box.remote, 'rev-parse', '--verify', 'refs/heads/dist'));
  const { status, stdout, stderr } = box.publish('--push', 'origin');
  assert.is(status, 0, stderr);
  assert.match(stdout, 'also on origin');
  assert.is(git(box.remote, 'rev-parse', 'dist'), box.git('rev-parse', 'dist'));
  assert.is(box.publish('--branch', 'env/trial', '--push', 'origin').status, 0);
  assert.is(git(box.remote, 'rev-parse', 'env/trial^{tree}'), box.git('rev-parse', 'main:dist'));
});

test('builds on what somebody else published, and refuses to choose between two', () => {
  const box = new Sandbox('others');
  box.publish('--push', 'origin');
  const other = join(root, 'others-2');
  git(root, 'clone', '--quiet', '--branch', 'dist', box.remote, other);
  writeFileSync(join(other, 'by-hand.k8s.yaml'), namespace);
  git(other, 'add', '.');
  git(other, 'commit', '--quiet', '-m', 'Edit by hand');
  git(other, 'push', '--quiet');
  const theirs = git(other, 'rev-parse', 'HEAD');
  const before = box.visible;
  const { status, stderr } = box.publish('--push', 'origin');
  assert.is(status, 0, stderr);
  assert.is(box.git('rev-parse', 'dist^'), theirs);
  assert.is(box.visible, before);
  git(other, 'commit', '--quiet', '--amend', '-m', 'Another history');
  git(other, 'push', '--quiet', '--force');
  const refused = box.publish('--push', 'origin');
  assert.is(refused.status, 1);
  assert.match(
    refused.stderr,
    'branch dist here and on origin went different ways; delete the one that is wrong',
  );
});

for (const [what, change, complaint] of [
  ['a changed file', (box: Sandbox) => box.write('box.yaml', 'domain: other.example\n'), ' M box.yaml'],
  ['a new file', (box: Sandbox) => box.write('dist/2.k8s.yaml', namespace), '?? dist/2.k8s.yaml'],
] as const) {
  test(`refused: ${what} that no commit holds`, () => {
    const box = new Sandbox(`dirty-${what.split(' ')[1]}`);
    change(box);
    const { status, stderr } = box.publish();
    assert.is(status, 1);
    assert.match(stderr, 'the work tree has changes that no commit holds');
    assert.match(stderr, complaint);
    assert.throws(() => box.git('rev-parse', '--verify', 'refs/heads/dist'));
  });
}

for (const [what, file, text, complaint] of [
  ['data', 'dist/3-x.k8s.yaml', secret('data'), /3-x\.k8s\.yaml: .*Secret data\/login.*holds password/],
  ['stringData', 'dist/3-x.k8s.yaml', secret('stringData'), /Secret data\/login/],
  ['a key', 'dist/host/key.pem', '-----BEGIN PRIVATE KEY-----\nx\n', /host\/key\.pem: a private key/],
] as const) {
  test(`refused: a secret value as ${what}`, () => {
    const box = new Sandbox(`secret-${what.replace(' ', '-')}`);
    box.write(file, text);
    box.commit('Leak');
    const { status, stderr } = box.publish();
    assert.is(status, 1);
    assert.match(stderr, 'not published, a secret value would be readable');
    assert.match(stderr, complaint);
    assert.throws(() => box.git('rev-parse', '--verify', 'refs/heads/dist'));
  });
}

test('refused: the branch is checked out, a folder without synthesized files, a name no branch can have', () => {
  const box = new Sandbox('refused');
  assert.match(box.publish('--branch', 'main').stderr, 'branch main is checked out');
  assert.match(box.publish('--branch', 'a..b').stderr, /git check-ref-format/);
  box.write('empty/readme.txt', 'x\n');
  box.commit('Empty');
  assert.match(box.publish('--from', 'empty').stderr, 'holds no synthesized files');
});

test('killed at any moment, it leaves a whole branch or none, and the next run succeeds', async () => {
  const box = new Sandbox('killed');
  const before = box.visible;
  for (const after of [250, 450, 700]) {
    const child = spawn(process.execPath, ['--import', tsx, script, '--from', 'dist', '--push', 'origin'], {
      cwd: box.clone,
      env,
      stdio: 'ignore',
    });
    const closed = new Promise((done) => child.once('close', done));
    setTimeout(() => child.kill('SIGKILL'), after);
    await closed;
    const refs = box.git('for-each-ref', '--format=%(refname:short)', 'refs/heads/dist');
    if (refs !== '') assert.is(box.git('rev-parse', 'dist^{tree}'), box.git('rev-parse', 'main:dist'));
    assert.is(box.visible, before);
    assert.equal(
      readdirSync(join(box.clone, '.git'), { recursive: true, encoding: 'utf8' }).filter((file) =>
        /\.lock$/.test(file),
      ),
      [],
    );
  }
  const { status, stderr } = box.publish('--push', 'origin');
  assert.is(status, 0, stderr);
  assert.is(git(box.remote, 'rev-parse', 'dist'), box.git('rev-parse', 'dist'));
  assert.is(readFileSync(join(box.clone, 'box.yaml'), 'utf8'), 'domain: studio.example\n');
});

test.run();
