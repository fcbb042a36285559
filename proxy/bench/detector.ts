/** `node --import tsx bench/detector.ts`: what a verdict costs, on one core. Prints; asserts nothing. */
import { Detector } from '../src/detect/detector.js';
import { FeatureExtractor } from '../src/detect/features.js';
import { Ensemble } from '../src/detect/score.js';
import { RequestView } from '../src/detect/view.js';
import { weights } from '../src/detect/weights.js';

interface Case {
  readonly name: string;
  readonly path: string;
  readonly query: string;
}

const cases: readonly Case[] = [
  { name: 'asset', path: '/_next/static/chunks/main-0f1e2d3c4b5a6978.js', query: '' },
  {
    name: 'api',
    path: '/api/v1.0/documents/3f2b8a44-9d3e-4d59-8a57-0c2f1d0f7b11/',
    query: 'page=1&ordering=-updated_at',
  },
  { name: 'search', path: '/search', query: 'q=how%20to%20select%20a%20column%20from%20a%20table&page=2' },
  {
    name: 'attack',
    path: '/index.php',
    query: 'id=1%27%20union%20all%20select%20concat(0x7e,version())%20from%20users--',
  },
];

const rounds = 300_000;
const view = new RequestView();
view.routeFound = true;
view.hostFound = true;
view.trafficClass = 'browser';
view.userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0';
view.accept = 'text/html,*/*;q=0.8';
view.acceptLanguage = 'de,en;q=0.7';

const extractor = new FeatureExtractor();
const request = new Ensemble(weights.request);
const detector = new Detector({ weights });
let sink = 0;

function measure(run: (i: number) => number): string {
  const times: number[] = [];
  for (let repeat = 0; repeat < 7; repeat++) {
    const start = process.cpuUsage();
    for (let i = 0; i < rounds; i++) sink += run(i);
    times.push((process.cpuUsage(start).user * 1000) / rounds);
  }
  times.sort((a, b) => a - b);
  return `${Math.round(times[3] ?? 0)}`.padStart(6);
}

console.log('nanoseconds of CPU a request, median of 7 x 300,000; 1,000 clients\n');
console.log('case     features  score  judge+observe');
for (const { name, path, query } of cases) {
  view.path = path;
  view.query = query;
  // a string of its own each time, as the parser makes them
  const features = measure(() => extractor.extract(view)[0] ?? 0);
  const x = extractor.extract(view).slice();
  const score = measure(() => request.score(x));
  let now = 0;
  const whole = measure((i) => {
    now += 0.02;
    const client = i % 1000;
    const verdict = detector.judge(view, client, 7, now);
    detector.observe(client, 7, verdict.trace, 200, now + 1);
    return verdict.score;
  });
  console.log(name.padEnd(8), features, score, whole);
}
if (Number.isNaN(sink)) console.log(sink);
