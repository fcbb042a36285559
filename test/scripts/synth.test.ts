import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';

const folder = mkdtempSync(join(tmpdir(), 'business-box-synth-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));
const output = join(folder, 'dist');
const reference = parse(readFileSync('box.yaml', 'utf8')) as Record<string, unknown>;

function synth(config: string) {
  const run = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'scripts/synth.ts', '--config', config, '--output', output],
    { encoding: 'utf8' },
  );
  return { status: run.status, out: run.stdout, err: run.stderr };
}

/** A configuration file: the reference with some settings changed. */
function configured(changes: Record<string, unknown>): string {
  const file = join(folder, 'box.yaml');
  writeFileSync(file, stringify({ ...reference, ...changes }));
  return file;
}

const contents = () =>
  Object.fromEntries(
    readdirSync(output, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.\w+$/.test(file))
      .sort()
      .map((file) => [file, readFileSync(join(output, file), 'utf8')]),
  );

test('the reference box is written, with a report of what a person wants to know', () => {
  const { status, out } = synth('box.yaml');
  assert.is(status, 0, out);
  assert.match(out, /sunbeam\.pt at 203\.0\.113\.10, size standard, one-server: \d+ objects/);
  assert.match(out, /^ {2}lasuite +\d+ +\d+ +\d+ +\d+$/m);
  assert.match(out, /^ {2}server +\d+ +\d+ +\d+$/m);
  assert.match(out, /https:\/\/docs\.sunbeam\.pt/);
  assert.match(out, /warnings\n {2}publicIp 203\.0\.113\.10 is an address for documentation/);
  const waves = readdirSync(output).filter((file) => file.endsWith('.yaml'));
  assert.equal(waves, [...waves].sort());
  assert.is(waves[0], '0-cluster.k8s.yaml');
});

test('what was written is what is committed', () => {
  for (const [file, text] of Object.entries(contents())) {
    if (file.startsWith('chart')) continue;
    assert.is(
      readFileSync(join('dist', file), 'utf8') === text,
      true,
      `dist/${file} is stale: run npm run synth`,
    );
  }
});

test('a second run changes no byte', () => {
  const before = contents();
  assert.is(synth('box.yaml').status, 0);
  assert.equal(contents(), before);
});

test('a run that was killed between the two renames is mended by the next', () => {
  const before = contents();
  renameSync(output, `${output}.before`);
  assert.is(synth(configured({ domain: 'not a domain' })).status, 1);
  assert.equal(contents(), before);
  assert.not.ok(existsSync(`${output}.before`));
});

const mistakes: readonly [string, Record<string, unknown>, RegExp][] = [
  ['a misspelt key', { domian: 'x.example' }, /^ {2}- domian: unknown key; did you mean 'domain'\?$/m],
  ['a misspelt app', { apps: { dcos: false } }, /^ {2}- apps\.dcos: unknown key; did you mean 'docs'\?$/m],
  [
    'an invalid domain',
    { domain: 'Sunbeam' },
    /^ {2}- domain: "Sunbeam" is not valid; expected a lower-case domain/m,
  ],
  ['an invalid address', { publicIp: '300.1.1.1' }, /^ {2}- publicIp: "300\.1\.1\.1" is not valid/m],
  ['an invalid e-mail', { adminEmail: 'me' }, /^ {2}- adminEmail: "me" is not valid/m],
  [
    'an image without tag',
    { versions: { docsBackend: 'lasuite/impress-backend' } },
    /versions\.docsBackend: .* has no tag/,
  ],
  [
    'an app that needs one that is off',
    { apps: { collabora: false } },
    /app 'docs' needs 'collabora', which is switched off: set apps\.collabora to true in box\.yaml, or switch 'docs' off too/,
  ],
  [
    'sizes that exceed the server',
    { server: { cpu: 4, memoryGi: 8 } },
    /size 'standard' does not fit the server of 4 cores and 8 GiB: memory requests \(MiB\) \d+ > \d+;.* Choose a smaller size/,
  ],
];

for (const [name, changes, message] of mistakes) {
  test(`${name} is one clear error, and nothing is written`, () => {
    const before = contents();
    const { status, err, out } = synth(configured(changes));
    assert.is(status, 1);
    assert.is(out, '');
    assert.match(err, message);
    assert.not.match(err, /\n\s+at /, 'a stack is no help to an operator');
    assert.equal(contents(), before);
  });
}

test('the trial box is written as well', () => {
  cpSync('apps/environments/trial.yaml', join(folder, 'trial.yaml'));
  const { status, err } = synth(join(folder, 'trial.yaml'));
  assert.is(status, 0, err);
});

test.run();
