import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OtlpExporter, type OtlpOptions } from '../../src/observe/otlp.js';
import { Sampler } from '../../src/observe/sampler.js';
import { finished, noon, ownSpan, routeOf, tableOf, trace, until } from './support.js';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
  readonly status: { readonly code?: number };
}

interface Body {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { readonly key: string; readonly value: object }[] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

/** A collector that keeps what it is sent. */
class Collector {
  readonly bodies: Body[] = [];
  readonly paths: string[] = [];
  headers: IncomingHttpHeaders = {};
  /** Answers instead of 200, one for each request. */
  readonly answers: ((response: ServerResponse) => void)[] = [];
  private readonly server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const other = this.answers.shift();
      this.paths.push(`${request.method} ${request.url}`);
      this.headers = request.headers;
      if (other === undefined) {
        this.bodies.push(JSON.parse(Buffer.concat(chunks).toString()));
        response.setHeader('content-type', 'application/json').end('{}');
      } else other(response);
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get spans(): Span[] {
    return this.bodies.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap((r) => r.scopeSpans.flatMap((s) => s.spans)),
    );
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

async function withCollector(
  options: Partial<OtlpOptions>,
  run: (exporter: OtlpExporter, collector: Collector) => Promise<void>,
): Promise<void> {
  const collector = new Collector();
  const endpoint = await collector.listen();
  const exporter = new OtlpExporter({ endpoint, version: '1.2.3', delayMs: 10, pauseMs: 10, ...options });
  try {
    await run(exporter, collector);
  } finally {
    await exporter.close();
    await collector.close();
  }
}

function chosen(target = '/', lines = '') {
  const exchange = finished(target, { lines });
  exchange.traceLines = `traceparent: 00-${trace}-${ownSpan}-01\r\n`;
  return exchange;
}

const plain = (span: Span | undefined) =>
  Object.fromEntries((span?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]));

test('a span says what the conventions ask for, and hangs below the span of the client', async () => {
  await withCollector({ headers: { authorization: 'Bearer abc' } }, async (exporter, collector) => {
    const exchange = chosen(
      '/api/"x?token=topsecret&a=1',
      `User-Agent: curl/8 "q"\xe9\r\ntraceparent: 00-${trace}-00f067aa0ba902b7-00\r\n`,
    );
    exchange.route = routeOf(tableOf(['docs.example.org', '/api']), 'docs.example.org/api');
    exchange.responseBytes = 7;
    exchange.upstream = '10.0.0.1:8000';
    exporter.finished(exchange, 12.25, noon + 0.5);
    await until(() => exporter.sent === 1, 'the span is sent');
    const { attributes: _attributes, ...span } = collector.spans[0] as Span;
    assert.equal(span, {
      traceId: trace,
      spanId: ownSpan,
      parentSpanId: '00f067aa0ba902b7',
      name: 'GET /api',
      kind: 2,
      startTimeUnixNano: `${noon}500000`,
      endTimeUnixNano: `${noon + 12}750000`,
      status: {},
    });
    assert.equal(plain(collector.spans[0]), {
      'http.request.method': 'GET',
      'url.scheme': 'https',
      'url.path': '/api/"x',
      'server.address': 'docs.example.org',
      'server.port': '443',
      'client.address': '192.0.2.17',
      'network.protocol.name': 'http',
      'network.protocol.version': '1.1',
      'user_agent.original': 'curl/8 "q"\xe9',
      'http.request.body.size': '0',
      'http.response.body.size': '7',
      'edge.request_id': exchange.id,
      'url.query': 'token=REDACTED&a=1',
      'http.response.status_code': '200',
      'http.route': '/api',
      'edge.route': 'docs.example.org/api',
      'edge.upstream': '10.0.0.1:8000',
    });
    assert.equal(collector.paths, ['POST /v1/traces']);
    assert.is(collector.headers.authorization, 'Bearer abc');
    assert.is(collector.headers['content-type'], 'application/json');
    assert.equal(collector.bodies[0]?.resourceSpans[0]?.resource.attributes, [
      { key: 'service.name', value: { stringValue: 'edge' } },
      { key: 'service.version', value: { stringValue: '1.2.3' } },
    ]);
  });
});

test('a trace that begins here has no parent, nor has one the client spelt wrong', async () => {
  await withCollector({}, async (exporter, collector) => {
    exporter.finished(chosen(), 1, noon);
    exporter.finished(chosen('/', 'traceparent: 00-zz\r\n'), 1, noon);
    exporter.finished(chosen('/', `traceparent: 00-${'a'.repeat(32)}-${'b'.repeat(16)}-01\r\n`), 1, noon);
    await until(() => exporter.sent === 3, 'the spans are sent');
    for (const span of collector.spans) assert.is(span.parentSpanId, undefined);
  });
});

test('what was not chosen is sent when it failed or was slow, and a client that left is no failure', async () => {
  await withCollector({ slowMs: 500 }, async (exporter, collector) => {
    const ask = (change: (exchange: ReturnType<typeof finished>) => void, ms = 1) => {
      const exchange = finished('/', { lines: 'Connection: Upgrade\r\nUpgrade: websocket\r\n' });
      change(exchange);
      exporter.finished(exchange, ms, noon);
    };
    ask(() => {});
    ask((exchange) => {
      exchange.error = 'EDGE_CLIENT_GONE';
    });
    ask((exchange) => {
      exchange.status = 101;
    }, 60_000);
    ask((exchange) => {
      exchange.status = 503;
    });
    ask((exchange) => {
      exchange.error = 'EDGE_UPSTREAM_TIMEOUT';
      exchange.status = 504;
    });
    ask(() => {}, 500);
    await until(() => exporter.sent === 3, 'three spans are sent');
    assert.equal(
      collector.spans.map((span) => [span.status.code, plain(span)['error.type']]),
      [
        [2, '503'],
        [2, 'EDGE_UPSTREAM_TIMEOUT'],
        [undefined, undefined],
      ],
    );
  });
});

test('one in N is chosen', () => {
  const sampler = new Sampler(10);
  assert.is(Array.from({ length: 1000 }, () => sampler.next()).filter(Boolean).length, 100);
  const none = new Sampler(0);
  assert.not.ok(Array.from({ length: 1000 }, () => none.next()).some(Boolean));
});

test('full batches go one after the other, and the end sends the rest', async () => {
  await withCollector({ batch: 10, delayMs: 60_000 }, async (exporter, collector) => {
    for (let count = 0; count < 34; count++) exporter.finished(chosen(`/${count}`), 1, noon);
    await until(() => exporter.sent === 30, 'the full batches are sent');
    await exporter.close();
    assert.equal([collector.bodies.length, exporter.sent, exporter.dropped], [4, 34, 0]);
    assert.equal(
      collector.spans.map((span) => plain(span)['url.path']),
      Array.from({ length: 34 }, (_, count) => `/${count}`),
    );
  });
});

test('a collector that is busy is asked again, and one that refuses is not', async () => {
  await withCollector({}, async (exporter, collector) => {
    const troubles: string[] = [];
    const telling = new OtlpExporter({
      endpoint: `http://127.0.0.1:${(collector as unknown as { server: { address(): AddressInfo } }).server.address().port}/v1/traces`,
      version: '1',
      delayMs: 5,
      pauseMs: 5,
      onTrouble: (problem) => troubles.push(problem),
    });
    const status = (code: number) => (response: ServerResponse) => response.writeHead(code).end();
    collector.answers.push(status(503), status(429), (response) => response.destroy());
    telling.finished(chosen(), 1, noon);
    await until(() => telling.sent === 1, 'the span is sent in the end');
    assert.is(collector.paths.length, 4);
    assert.equal(troubles.length, 1);
    collector.answers.push(status(400));
    telling.finished(chosen(), 1, noon);
    await until(() => telling.dropped === 1, 'the span is given up');
    assert.is(collector.paths.length, 5);
    await telling.close();
    assert.is(exporter.sent, 0);
  });
});

test('a collector that never answers holds nothing up: the queue is bounded, the rest is counted', async () => {
  await withCollector({ queue: 100, batch: 10, timeoutMs: 300 }, async (exporter, collector) => {
    // it takes the request and says nothing
    for (let count = 0; count < 10; count++) collector.answers.push(() => {});
    const start = performance.now();
    for (let count = 0; count < 5000; count++) exporter.finished(chosen(), 1, noon);
    assert.ok(performance.now() - start < 1000);
    assert.is(exporter.dropped, 4890);
    await exporter.close();
    assert.is(exporter.sent + exporter.dropped, 5000);
    assert.is(exporter.sent, 0);
  });
});

test('nobody at the other end', async () => {
  const exporter = new OtlpExporter({ endpoint: 'http://127.0.0.1:1', version: '1', delayMs: 1, pauseMs: 1 });
  exporter.finished(chosen(), 1, noon);
  await until(() => exporter.dropped === 1, 'the span is given up');
  await exporter.close();
});

test.run();
