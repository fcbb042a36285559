import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { weights } from '../../src/detect/weights.js';
import { dataFolder, hasData, read } from '../../train/data.js';
import { asRecorded, scan, shortScans, single } from '../../train/evaluate.js';
import { bare, halveSites } from '../../train/split.js';

// data sets are not part of the repository
const present = hasData();
if (!present) console.log(`skipped: no data sets in '${dataFolder()}'; set PROXY_DATA to their folder`);
const withData = present ? test : test.skip;

withData('a scan of CVE probes: 95 of 100 caught, by weights that never saw them', () => {
  for (const source of ['nuclei-cve', 'nuclei-geeknik'] as const)
    for (const perSecond of [1, 20, 200]) {
      const { rows, caught, blocked } = scan(bare(read(source).rows), weights, perSecond, 1);
      assert.ok(caught / rows >= 0.95, `${source}: ${caught} of ${rows}`);
      assert.ok(blocked > 0 && blocked <= 50, `${source}: blocked at ${blocked}`);
    }
});

withData('in scans of fifty requests as well: 95 of 100 CVE probes, 90 of 100 paths to try', () => {
  for (const [source, bar] of [
    ['nuclei-cve', 0.95],
    ['fuzzdb-paths', 0.9],
  ] as const) {
    const rows = bare(read(source).rows);
    for (const perSecond of [1, 20]) {
      const caught = shortScans(rows, weights, perSecond, 1);
      assert.ok(caught / rows.length >= bar, `${source}: ${caught} of ${rows.length}`);
    }
  }
});

withData('a scan of paths to try: 90 of 100 caught, of plain words too', () => {
  const rows = bare(read('fuzzdb-paths').rows);
  const words = rows.filter(({ group }) => group === 'KitchensinkDirectories');
  for (const list of [rows, words]) {
    const found = scan(list, weights, 20, 1);
    assert.ok(found.caught / found.rows >= 0.9, `${found.caught} of ${found.rows}`);
    assert.ok(found.blocked > 0 && found.blocked <= 50);
  }
});

withData(
  'of real browsing and of a real log at most one in a thousand is refused, alone and in a row',
  () => {
    const sites = halveSites(read('har-browser').rows, 3).test;
    const log = read('elastic-apache').rows;
    for (const rows of [sites, log]) {
      const alone = single(
        rows.filter(({ attack }) => !attack),
        weights,
      );
      assert.ok(alone.refused / alone.rows <= 0.001, `${alone.refused} of ${alone.rows}`);
      const recorded = asRecorded(rows, weights);
      assert.ok(recorded.refused / recorded.rows <= 0.001, `${recorded.refused} of ${recorded.rows}`);
    }
  },
);

withData('single probes, by the weights that never saw them, do not get worse', () => {
  const { rows, limited, refused, original } = single(bare(read('nuclei-cve').rows), weights);
  assert.ok((limited + refused) / rows > 0.72, `${limited + refused} of ${rows}`);
  assert.ok(limited + refused > original);
});

test('there is something to run, with data or without', () => assert.ok(true));

test.run();
