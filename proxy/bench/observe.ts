/** `node --import tsx bench/observe.ts`: what counting and logging a request cost. Prints, never judges. */
import { signalSet, upperBit } from '../src/detect/signals.js';
import { AccessLog } from '../src/observe/access-log.js';
import { expositionOf } from '../src/observe/exposition.js';
import { jsonText } from '../src/observe/json-text.js';
import { Metrics } from '../src/observe/metrics.js';
import { OtlpExporter } from '../src/observe/otlp.js';
import { redactQuery } from '../src/observe/redact.js';
import { Sink } from '../src/observe/sink.js';
import { finished, noon, routeOf, tableOf } from '../test/observe/support.js';

/** Best of five rounds, in ns for one call. */
async function measure(name: string, calls: number, run: (index: number) => unknown, after?: () => unknown) {
  let best = Number.POSITIVE_INFINITY;
  let kept: unknown;
  for (let round = 0; round < 6; round++) {
    const before = process.cpuUsage();
    for (let index = 0; index < calls; index++) {
      kept = run(index);
      // lets batches go, as a turn of the loop does
      if (after !== undefined && index % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
    }
    await after?.();
    const { user, system } = process.cpuUsage(before);
    // the first one warms up
    if (round > 0) best = Math.min(best, ((user + system) * 1000) / calls);
  }
  console.log(`${name.padEnd(52)} ${best.toFixed(0).padStart(7)} ns${kept === Symbol.iterator ? '!' : ''}`);
}

const table = tableOf(...Array.from({ length: 34 }, (_, i) => ['docs.example.org', `/app${i}`] as const));
const route = routeOf(table, 'docs.example.org/app7');
const browser = `User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r
Accept: application/json, text/plain, */*\r
Accept-Language: en-GB,en;q=0.9,fr;q=0.8\r
Accept-Encoding: gzip, deflate, br, zstd\r
Referer: https://docs.example.org/docs/5b1c6d0e/\r
Cookie: session=MTc1NzQyNjk0NXxEWDhFQVFMX2dBQUJFQUVRQUFBcF80QUFB\r
Sec-Fetch-Mode: cors\r
Sec-CH-UA: "Chromium";v="140"\r
`;
const request = (target: string) => {
  const exchange = finished(target, { lines: browser });
  exchange.route = route;
  exchange.firstByte = 1003.2;
  exchange.responseBytes = 812;
  exchange.upstream = '10.42.0.7:8000';
  return exchange;
};
const plain = request('/app7/api/v1.0/documents/');
const query = request('/app7/api/v1.0/documents/?page=2&page_size=20');
const suspect = request('/app7/%2e%2e/?q=1');
suspect.signals = signalSet(3, upperBit('burst'));
suspect.action = 1;
suspect.score = 0.61;

console.log(`node ${process.version}, ${process.arch}; CPU of all threads for one request`);
const metrics = new Metrics();
metrics.adopt(table.routes);
await measure('metrics.finished', 2e6, (index) => metrics.finished(plain, index % 300));
await measure('metrics.finished, with signals and a verdict', 2e6, (index) =>
  metrics.finished(suspect, index % 300),
);

for (const [where, target] of [
  ['', '/dev/null'],
  [' to a file', `${process.env.TMPDIR ?? '/tmp'}/edge-bench-observe.log`],
] as const)
  for (const [what, exchange] of [
    ['', plain],
    [', with a query', query],
    [', with signals', suspect],
  ] as const) {
    const sink = new Sink(target, { limit: 1e9 });
    const log = new AccessLog(sink);
    await measure(
      `access log${where}${what}`,
      40_000,
      (index) => log.finished(exchange, index % 300, noon + index),
      () => sink.flush(),
    );
    await sink.close();
  }
await measure('redactQuery, two harmless parameters', 1e6, () => redactQuery('page=2&page_size=20'));
await measure('jsonText, a user agent', 1e6, () => jsonText(browser.slice(12, 110)));

const otlp = new OtlpExporter({ endpoint: 'http://127.0.0.1:1', version: '1', queue: 0 });
await measure('otlp.finished, not chosen', 2e6, () => otlp.finished(plain, 5, noon));
await otlp.close();

const registry = expositionOf(metrics);
for (const route of table.routes)
  for (const status of [200, 204, 304, 404, 502]) {
    plain.route = route;
    plain.status = status;
    metrics.finished(plain, 3);
  }
for (const [name, page] of [
  ['34 routes', registry],
  ['34 routes, without the process', expositionOf(metrics, false)],
] as const) {
  const times: number[] = [];
  let octets = 0;
  for (let round = 0; round < 30; round++) {
    const { user } = process.cpuUsage();
    octets = (await page.metrics()).length;
    times.push((process.cpuUsage().user - user) / 1000);
  }
  const first = times[0] ?? 0;
  const usual = times.sort((a, b) => a - b)[15] ?? 0;
  console.log(
    `/metrics, ${name}: ${usual.toFixed(1)} ms, the first time ${first.toFixed(1)} ms, ${octets} octets`,
  );
}
