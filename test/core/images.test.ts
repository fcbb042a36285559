import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { charts, type Image, type ImageName, images } from '../../constructs/core/images.js';
import { sampleSite } from '../support/sample.js';

const site = sampleSite();

for (const [name, image] of Object.entries(images) as [ImageName, Image][]) {
  test(`${name} is pinned and has a user by number`, () => {
    assert.match(image.version, /\d/, 'a version holds a digit; names of branches and channels do not');
    assert.not.match(image.version, /latest|main|master|nightly|edge|stable|dev/);
    assert.match(site.image(name), /^[a-z0-9.-]+\.[a-z]+(\/[a-z0-9._-]+)+:[\w.-]+(@sha256:[0-9a-f]{64})?$/);
    assert.ok(image.user.uid > 0, 'root is an exception of the workload, not a property of an image');
    assert.ok(Number.isInteger(image.user.uid) && Number.isInteger(image.user.gid));
  });
}

for (const [name, { repo, chart, version }] of Object.entries(charts)) {
  test(`chart ${name} is pinned`, () => {
    assert.match(version, /^v?\d+\.\d+\.\d+$/);
    assert.match(repo, /^https:\/\//);
    assert.match(chart, /^[a-z0-9-]+$/);
  });
}

test('programs that are released together have one version', () => {
  const { docsBackend, docsFrontend, docsCollaboration, kratos, hydra } = images;
  assert.equal([docsFrontend.version, docsCollaboration.version], [docsBackend.version, docsBackend.version]);
  assert.is(kratos.version, hydra.version);
  const linkerd = [charts.linkerdCni, charts.linkerdCrds, charts.linkerdControlPlane];
  assert.is(new Set(linkerd.map(({ version }) => version)).size, 1);
});

test('Docs is one that needs no database superuser to migrate', () => {
  const [major = 0, minor = 0] = images.docsBackend.version.slice(1).split('.').map(Number);
  assert.ok(major > 5 || (major === 5 && minor >= 2), images.docsBackend.version);
});

test.run();
