import { parseAddress } from '../../src/core/address.js';
import { Exchange } from '../../src/exchange.js';
import { RequestHead } from '../../src/http1/request-head.js';
import { Peer } from '../../src/peer.js';
import type { Route } from '../../src/routing/route.js';
import { RouteTable } from '../../src/routing/table.js';

/** 3 October 2026, 12:00:00.250 UTC. */
export const noon = Date.UTC(2026, 9, 3, 12, 0, 0, 250);

export const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
export const ownSpan = 'b7ad6b7169203331';

/** An exchange that nobody answers: what is known of it is set by hand. */
export class FinishedExchange extends Exchange {
  readonly bodyDone = true;
  readBody(): void {}
  pauseBody(): void {}
  resumeBody(): void {}
  sendContinue(): void {}
  sendInterim(): void {}
  start(): void {}
  relay(): void {}
  startTunnel(): void {}
  write(): boolean {
    return true;
  }
  send(): boolean {
    return true;
  }
  flush(): void {}
  end(): void {}
  abort(): void {}
}

export const peer = new Peer(parseAddress('192.0.2.17'), true, 'docs.example.org', false, false, 443);

/** A finished request. `lines` are its field lines, without Host when they have one. */
export function finished(
  target = '/',
  { method = 'GET', host = 'docs.example.org', lines = '', from = peer, protocol = 1 as 1 | 2 } = {},
): FinishedExchange {
  const head = new RequestHead({ headBytes: 65_536, targetBytes: 65_536 }, 100);
  const text = `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${lines}\r\n`;
  if (head.read(Buffer.from(text, 'latin1')) <= 0) throw new Error(`no head: ${head.problem}`);
  const exchange = new FinishedExchange(from, head, protocol, 1000);
  exchange.id = '0123456789abcdef0123456789abcdef';
  exchange.traceId = trace;
  exchange.traceLines = `traceparent: 00-${trace}-${ownSpan}-00\r\n`;
  exchange.status = 200;
  return exchange;
}

const bounds = { connect: 3, response: 60, idle: 60, tunnel: 3600 };
const proxied = {
  kind: 'proxy',
  exact: false,
  class: 'browser',
  upstream: 'http://app:8000',
  timeouts: bounds,
  bodyLimitMi: 1,
  responseHeaders: {},
  bodyRewrites: [],
  buffering: true,
  cost: 1,
  webSocket: false,
  rawPath: false,
} as const;

/** A table of proxied routes; each is a host and a path, and what else its configuration has. */
export function tableOf(
  ...routes: readonly (readonly [host: string, path: string, more?: object])[]
): RouteTable {
  const hosts = new Map<string, object[]>();
  for (const [host, path, more] of routes) {
    const list = hosts.get(host) ?? [];
    hosts.set(host, list);
    list.push({ ...proxied, path, ...more });
  }
  const config = { hosts: [...hosts].map(([name, list]) => ({ name, routes: list })) };
  return RouteTable.compile(config as unknown as Parameters<typeof RouteTable.compile>[0]);
}

/** The route of that name. */
export function routeOf(table: RouteTable, name: string): Route {
  const route = table.routes.find((candidate) => candidate.name === name);
  if (route === undefined) throw new Error(`no route ${name}`);
  return route;
}

/** Waits until something is so, looking at every turn of the loop. */
export async function until(condition: () => boolean, what: string, ms = 10_000): Promise<void> {
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
