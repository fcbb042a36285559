import { Detector } from '../src/detect/detector.js';
import type { EnsembleData, Weights } from '../src/detect/score.js';
import { clientFeatures } from '../src/detect/signals.js';
import { RequestView } from '../src/detect/view.js';
import { browserHeaders } from './browsing.js';
import type { Sample } from './mlp.js';
import type { Random } from './random.js';
import { fill, type Row } from './rows.js';
import { type Flow, flow, flowKinds } from './suite.js';
import { nouns } from './words.js';

/** An ensemble that holds nothing against anybody. */
export const innocent: EnsembleData = {
  tree: { feature: Int8Array.of(-1), threshold: Float32Array.of(-20), left: Uint8Array.of(0) },
  network: {
    inputs: clientFeatures,
    hidden: 1,
    first: new Float32Array(clientFeatures),
    bias: new Float32Array(1),
    second: new Float32Array(1),
    offset: -20,
  },
  limit: 0,
  refuse: 1,
};

interface Script {
  readonly attack: boolean;
  /** Requests after which a client of the kind can be told from others. */
  readonly from: number;
  readonly rows: Row[];
}

/** Rows in a row: each some time after the other. */
function paced(rows: readonly Row[], random: Random, perSecond: number): Row[] {
  let time = 0;
  return rows.map((row) => {
    time += (-Math.log(1 - random.next()) / perSecond) * 1000;
    return { ...row, time };
  });
}

function plain(target: string, status: number, attack: boolean): Row {
  return {
    method: 'GET',
    target,
    trafficClass: 'browser',
    attack,
    source: 'clients',
    group: '',
    status,
    time: 0,
    headers: {},
  };
}

/** What a box answers to a path it does not have. */
const wrongAnswer = (random: Random) => random.pick([404, 404, 404, 404, 404, 404, 404, 403, 400, 200]);

/** Scans: paths of the training side, or plain words, at any pace. */
function scan(random: Random, paths: readonly Row[]): Script {
  const perSecond = random.pick([0.5, 1, 3, 10, 30, 100]);
  const count = random.whole(60, 160);
  const words = random.chance(0.5) || paths.length === 0;
  const headers = random.chance(0.5) ? browserHeaders(random) : {};
  const rows = Array.from({ length: count }, () => {
    const row = words
      ? plain(
          `/${random.pick(nouns)}${random.pick(['', '/', random.hex(3), `-${random.pick(nouns)}`])}`,
          0,
          true,
        )
      : random.pick(paths);
    return { ...row, status: wrongAnswer(random), headers };
  });
  return { attack: true, from: perSecond < 2 ? 40 : 16, rows: paced(rows, random, perSecond) };
}

/** Names of hosts the box does not have. */
function hostScan(random: Random): Script {
  const rows = Array.from({ length: 80 }, () => ({
    ...plain('/', 421, true),
    hostFound: false,
    routeFound: false,
  }));
  return { attack: true, from: 16, rows: paced(rows, random, random.pick([1, 5, 50])) };
}

/** Floods: one address, or addresses nobody has, or requests that are taken back at once, at 150 to 3,000 per second. */
function flood(random: Random): Script {
  const perSecond = random.pick([150, 300, 1000, 3000]);
  const kind = random.pick(['one', 'query', 'random', 'cancel', 'costly']);
  const rows = Array.from({ length: Math.min(6000, perSecond * 8) }, () => {
    if (kind === 'query') return plain(`/?${random.whole(1e9, 1e12)}`, 200, true);
    if (kind === 'random') return plain(`/${random.text(6, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')}`, 404, true);
    if (kind === 'cancel') return plain('/', 499, true);
    if (kind === 'costly') return plain(`/search?q=${random.id(6)}`, random.pick([200, 503, 504]), true);
    return plain('/', 200, true);
  });
  return {
    attack: true,
    from: perSecond * 2,
    rows: limited(
      paced(rows, random, perSecond),
      random.chance(0.7) ? 50 : 1000,
      random.chance(0.7) ? 10 : 200,
    ),
  };
}

/** What the rate limiter answers: the proxy's own limits stand before the detector. */
function limited(rows: Row[], burst: number, perSecond: number): Row[] {
  let tokens = burst;
  let last = 0;
  return rows.map((row) => {
    tokens = Math.min(burst, tokens + ((row.time - last) / 1000) * perSecond);
    last = row.time;
    if (tokens < 1) return { ...row, status: 429 };
    tokens--;
    return row;
  });
}

/** Several people behind one address. */
function office(random: Random): Script {
  const people = random.whole(2, 10);
  const rows = Array.from({ length: people }, () => {
    const { rows } = flow(random.pick(flowKinds), random);
    const later = random.whole(0, 5000);
    return rows.map((row) => ({ ...row, time: row.time + later }));
  }).flat();
  rows.sort((a, b) => a.time - b.time);
  return { attack: false, from: 0, rows: random.chance(0.5) ? rows : limited(rows, 50, 10) };
}

/** The worst an honest address does: twenty tabs at once, or a colleague who synchronizes meanwhile. */
function crowd(random: Random): Script {
  const rows = [
    ...flow('tabs', random).rows,
    ...flow(random.pick(['sync', 'tabs', 'bucket', 'dashboards']), random).rows,
  ];
  rows.sort((a, b) => a.time - b.time);
  return { attack: false, from: 0, rows: random.chance(0.5) ? rows : limited(rows, 200, 50) };
}

/** Honest clients for whom much goes wrong. */
function unlucky(random: Random): Script {
  const kind = random.pick(['crawler', 'broken-page', 'poller', 'expired', 'outage', 'bookmarks', 'old-tab']);
  const rows: Row[] = [];
  const headers = browserHeaders(random);
  const add = (target: string, status: number) => rows.push({ ...plain(target, status, false), headers });
  let perSecond = 1;
  if (kind === 'crawler') {
    perSecond = random.pick([0.5, 1, 2]);
    for (let i = 0; i < 400; i++)
      add(`/${random.pick(nouns)}/${random.hex(6)}`, random.chance(0.2) ? 404 : 200);
  } else if (kind === 'broken-page') {
    perSecond = 60;
    for (let i = 0; i < 150; i++) add(`/img/${random.hex(8)}.png`, random.chance(0.25) ? 404 : 200);
  } else if (kind === 'poller') {
    perSecond = random.pick([0.2, 1, 5]);
    for (let i = 0; i < 200; i++) add('/api/status', 404);
  } else if (kind === 'expired') {
    perSecond = 3;
    // an app asks for the same few things over and over
    for (let i = 0; i < 200; i++)
      add(`/api/v1.0/${nouns[random.whole(0, 7)]}/`, random.pick([401, 403, 403]));
  } else if (kind === 'outage') {
    perSecond = random.pick([1, 30]);
    for (let i = 0; i < 200; i++)
      add(`/${random.pick(nouns)}/${random.hex(4)}`, random.pick([502, 503, 504]));
  } else if (kind === 'bookmarks') {
    perSecond = 0.2;
    for (let i = 0; i < 8; i++) add(`/old/${random.pick(nouns)}`, 404);
  } else {
    perSecond = 5;
    for (let i = 0; i < 60; i++) add(`/assets/chunk-${random.hex(8)}.js`, random.chance(0.1) ? 404 : 200);
    for (let i = 0; i < 6; i++) add(`/assets/chunk-${random.hex(8)}.js`, 404);
  }
  return { attack: false, from: 0, rows: paced(rows, random, perSecond) };
}

/**
 * Clients at work: what the table of clients holds after each of their requests, through the very detector. There are no
 * recordings of floods or of scans with answers to learn from, so these are made up, and honest ones are the flows of the
 * suite, alone and several behind one address.
 */
export function clientSamples(
  request: EnsembleData,
  scans: readonly Row[],
  random: Random,
  rounds: number,
): Sample[] {
  const weights: Weights = { version: 'training', request, client: innocent };
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round++) {
    const scripts: Script[] = [
      scan(random, scans),
      scan(random, scans),
      hostScan(random),
      flood(random),
      office(random),
      unlucky(random),
      crowd(random),
      alone(flow(flowKinds[round % flowKinds.length] ?? 'docs', random), random),
    ];
    for (const script of scripts) samples.push(...play(script, weights));
  }
  return samples;
}

function alone(one: Flow, random: Random): Script {
  return { attack: false, from: 0, rows: random.chance(0.7) ? one.rows : limited(one.rows, 50, 10) };
}

/** One client through the detector; its history after each request that can be judged. */
function play(script: Script, weights: Weights): Sample[] {
  const detector = new Detector({ weights, mode: 'observe', clients: 8 });
  const view = new RequestView();
  const out: Sample[] = [];
  const step = Math.max(1, Math.floor((script.rows.length - script.from) / 60));
  script.rows.forEach((row, index) => {
    const { trace } = detector.judge(fill(view, row), 1, 1, row.time);
    const slot = detector.clients.find(1, 1, row.time);
    if (index >= script.from && index % step === 0) {
      const x = new Float32Array(clientFeatures);
      detector.clients.features(slot, x);
      out.push({ x: coarse(x), attack: script.attack, weight: 1 });
    }
    detector.observe(1, 1, trace, row.status, row.time);
  });
  for (const sample of out) sample.weight = 1 / out.length;
  return out;
}

/** Fewer distinct points: steps of 1/32. */
function coarse(x: Float32Array): Float32Array {
  return x.map((value) => Math.round(value * 32) / 32);
}
