import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { referenceSettings } from '../support/reference-box.js';

const folder = mkdtempSync(join(tmpdir(), 'box-chart-command-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));
const output = join(folder, 'chart');

function chart(settings: Readonly<Record<string, unknown>> = {}) {
  const config = join(folder, 'box.yaml');
  writeFileSync(config, stringify({ ...referenceSettings(), ...settings }));
  const args = ['--import', 'tsx', 'apps/chart.ts', '--config', config, '--output', output];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stderr };
}

const contents = () =>
  readdirSync(output, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(output, file)).isFile())
    .sort()
    .map((file) => [file, readFileSync(join(output, file), 'utf8')]);

test('a second run changes nothing, and leaves nothing of another chart', () => {
  assert.is(chart().status, 0);
  const first = contents();
  writeFileSync(join(output, 'templates', 'old.yaml'), 'kind: Old\n');
  assert.is(chart().status, 0);
  assert.equal(contents(), first);
});

test('what is fixed stands in Chart.yaml, and what nothing reads is no value', () => {
  const { status, stderr } = chart({ scale: 'cluster', ai: { enabled: false }, tls: { issuer: 'local' } });
  assert.is(status, 0, stderr);
  const about = readFileSync(join(output, 'Chart.yaml'), 'utf8');
  assert.match(about, 'box/scale: cluster');
  assert.match(about, 'box/ai.enabled: "false"');
  const values = readFileSync(join(output, 'values.yaml'), 'utf8');
  assert.not.match(values, /^ai:/m);
  assert.not.match(values, /^tls:/m);
});

test('a mistake is one sentence and leaves the last good chart', () => {
  const before = contents();
  const { status, stderr } = chart({ domain: 'No Domain' });
  assert.is(status, 1);
  assert.match(stderr, /domain: "No Domain"/);
  assert.equal(contents(), before);
});

test('a folder with something else in it is left alone', () => {
  rmSync(output, { recursive: true });
  mkdirSync(output);
  writeFileSync(join(output, 'letter.txt'), 'dear');
  assert.match(chart().stderr, 'holds something else than a chart');
  assert.equal(contents(), [['letter.txt', 'dear']]);
});

test.run();
