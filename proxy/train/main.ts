/** `npm run train -w proxy`: trains the detector, writes `src/detect/weights.ts`, `train/report.md` and the golden scores. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sizeOf, type Weights } from '../src/detect/score.js';
import { browsing } from './browsing.js';
import { dataFolder, hasData, read, type Source, sources } from './data.js';
import { asRecorded, scan, shortScans, single } from './evaluate.js';
import { fit } from './fit.js';
import { golden, goldenText } from './golden.js';
import { Random } from './random.js';
import { type AttackFigures, attackTable, type HonestFigures, honestTable } from './report.js';
import { reportText } from './report-text.js';
import type { Row } from './rows.js';
import { bare, halveSites, tools, trainingSources, withoutFamilies } from './split.js';
import { suite } from './suite.js';
import { weightsJson, weightsModule } from './write-weights.js';

const seed = 20_250;

if (!hasData()) {
  console.error(
    `no data in '${dataFolder()}': set PROXY_DATA to the folder with nuclei-cve.jsonl.gz and the others`,
  );
  process.exit(1);
}

const log = (line: string) => console.log(line);
const hashes = new Map<string, string>();
const data = new Map<string, Row[]>();
for (const source of sources) {
  const { rows, hash } = read(source);
  hashes.set(source, hash);
  data.set(source, isHonest(source) ? rows : bare(rows));
}
const rowsOf = (source: string): Row[] => data.get(source) ?? [];
const made = (offset: number) => [
  ...suite(new Random(seed + offset), 220).flatMap(({ rows }) => rows),
  ...browsing(new Random(seed + offset + 1), 20_000),
];
const sites = halveSites(rowsOf('har-browser'), 3);

const base = [
  ...rowsOf('fuzzdb-paths'),
  ...rowsOf('crs'),
  ...rowsOf('httpparams'),
  ...sites.train,
  ...made(10),
];
const heldBack = [...rowsOf('nuclei-cve'), ...rowsOf('nuclei-geeknik'), ...rowsOf('crowdsec-hub')];
const training = withoutFamilies(base, heldBack);
log(`training on ${training.length} rows`);
const trained = fit(training, seed, '', log);
const version = `t${createHash('sha256').update(weightsModule(trained, [])).digest('hex').slice(0, 8)}`;
const weights: Weights = { ...trained, version };
log(`${sizeOf(weights).numbers} numbers, ${sizeOf(weights).bytes} bytes`);

const committed = 'committed';
/** Requests per second of a scan. */
const paces = [1, 20, 200];
const attacks: AttackFigures[] = [];
const honest: HonestFigures[] = [];
const judgeAttacks = (source: string, rows: Row[], by: string, w: Weights) =>
  attacks.push({
    source,
    by,
    single: single(rows, w),
    scans: isScan(source) ? paces.map((perSecond) => scan(rows, w, perSecond, seed)) : [],
    short: Math.min(...paces.map((perSecond) => shortScans(rows, w, perSecond, seed))),
  });
const judgeHonest = (source: string, rows: Row[], by: string, w: Weights, everyone: Row[] | undefined) =>
  honest.push({
    source,
    by,
    single: single(rows, w),
    recorded: everyone && asRecorded(everyone, w),
  });
const isAttack = (row: Row) => row.attack;
const isBenign = (row: Row) => !row.attack;

for (const source of ['nuclei-cve', 'nuclei-geeknik', 'crowdsec-hub'])
  judgeAttacks(source, rowsOf(source), committed, weights);
// each source that took part is asked of weights that have never seen it, nor anything of its tool or site
for (const source of ['fuzzdb-paths', 'crs', 'httpparams', 'nuclei-cve', 'nuclei-geeknik'] as const) {
  const w = fitWithout(source);
  judgeAttacks(source, rowsOf(source).filter(isAttack), 'left out', w);
  if (source === 'httpparams') judgeHonest(source, rowsOf(source).filter(isBenign), 'left out', w, undefined);
}
judgeHonest('har-browser, other half', sites.test, committed, weights, sites.test);
const w = fit(
  withoutFamilies([...base.filter((row) => row.source !== 'har-browser'), ...sites.test], heldBack),
  seed,
  'left-out',
);
judgeHonest('har-browser, this half', sites.train, 'left out', w, sites.train);
judgeHonest(
  'elastic-apache',
  rowsOf('elastic-apache').filter(isBenign),
  committed,
  weights,
  rowsOf('elastic-apache'),
);
attacks.push({
  source: 'elastic-apache',
  by: committed,
  single: single(rowsOf('elastic-apache').filter(isAttack), weights),
  scans: [],
  short: 0,
});
const flows = suite(new Random(seed + 500), 330);
const app = flows.flatMap(({ rows }, i) => rows.map((row) => ({ ...row, group: `${i}` })));
judgeHonest('suite flows, other seed', app, committed, weights, app);
judgeHonest(
  'browsing, other seed',
  browsing(new Random(seed + 501), 20_000).filter(isBenign),
  committed,
  weights,
  undefined,
);

const provenance = [
  `Seed ${seed}; trained on ${trainingSources.join(', ')}.`,
  'SHA-256 of the data:',
  ...[...hashes].map(([source, hash]) => `  ${source} ${hash}`),
  `${sizeOf(weights).numbers} learned numbers, ${sizeOf(weights).bytes} bytes as float32.`,
];
const json = process.argv.indexOf('--json');
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
// weights on trial: the ones in use stay
if (json > 0) {
  writeFileSync(process.argv[json + 1] ?? 'weights.json', weightsJson(weights));
  process.exit(0);
}
writeFileSync(here('../src/detect/weights.ts'), weightsModule(weights, provenance));
writeFileSync(
  here('report.md'),
  reportText({
    weights,
    seed,
    hashes,
    attacks: attackTable(attacks),
    honest: honestTable(honest),
    flows: flows.length,
    requests: app.length,
  }),
);
writeFileSync(here('../test/detect/golden.json'), goldenText(golden(weights)));
log('wrote src/detect/weights.ts, train/report.md and test/detect/golden.json');

function fitWithout(source: Source): Weights {
  const tool = tools[source] ?? source;
  const others = sources
    .filter((other) => (tools[other] ?? other) !== tool && other !== 'har-browser')
    .flatMap((other) => rowsOf(other));
  const left = sources.filter((other) => (tools[other] ?? other) === tool).flatMap((other) => rowsOf(other));
  log(`without ${tool}`);
  return fit(withoutFamilies([...others, ...sites.train, ...made(10)], left), seed, 'left-out');
}

function isHonest(source: string): boolean {
  return source === 'har-browser' || source === 'elastic-apache';
}

/** Whether a set lists what a scanner asks for, rather than values or rules. */
function isScan(source: string): boolean {
  return source.startsWith('nuclei') || source === 'fuzzdb-paths';
}
