import { Field } from '../core/fields.js';
import { names } from '../detect/signals.js';
import { actionNames } from '../detect/verdict.js';
import type { Exchange } from '../exchange.js';
import type { RequestHead } from '../http1/request-head.js';
import type { Peer } from '../peer.js';
import type { Route } from '../routing/route.js';
import { cut, IsoTime, jsonText, milliseconds } from './json-text.js';
import { redactQuery, redactUrl } from './redact.js';
import type { Sink } from './sink.js';

/** Refused heads that are logged in a second; more are counted. */
const refusalsPerSecond = 20;
/** Characters of a field value that are logged. */
const longest = 1024;

/** What a request had with it, in all 16 ways. */
const flags = Array.from({ length: 16 }, (_, bits) =>
  ['has_cookie', 'has_authorization', 'has_sec_fetch', 'has_client_hints']
    .map((name, at) => ((bits >> at) & 1 ? `,"${name}":true` : ''))
    .join(''),
);

/**
 * One line of JSON for each request, made by hand: always in the same order, so that a replay through the detector sees
 * what the proxy saw. What a request did not have is left out: no value, 0 and false are not written, and half of the
 * octets neither. Credentials never get here: of Cookie and Authorization only that they were there, of queries no value
 * that is a secret by its name.
 */
export class AccessLog {
  /** Refused heads that were not logged one by one. */
  suppressed = 0;
  private readonly clock = new IsoTime();
  /** Route and class as they stand in a line, by route id; a new table brings other routes. */
  private readonly routes: (Route | undefined)[] = [];
  private readonly routeTexts: string[] = [];
  private refusalSecond = 0;
  private refusals = 0;
  private untold = 0;

  constructor(private readonly sink: Sink) {}

  /**
   * Logs a request that is done with.
   * @param durationMs from its head to the end of its answer
   * @param time when it began, in milliseconds since 1970
   */
  finished(exchange: Exchange, durationMs: number, time: number): void {
    const { head, route, firstByte, error } = exchange;
    const has =
      (head.has(Field.cookie) ? 1 : 0) |
      (head.has(Field.authorization) ? 2 : 0) |
      (head.has(Field['sec-fetch-mode']) || head.has(Field['sec-fetch-site']) ? 4 : 0) |
      (head.has(Field['sec-ch-ua']) ? 8 : 0);
    const protocol = exchange.protocol === 2 ? '2' : head.minor === 0 ? '1.0' : '1.1';
    const { id, traceId, requestBytes, responseBytes, upstream } = exchange;
    // id, method and host need no escaping: the characters they may have were checked when they were read
    let line = `{"time":"${this.clock.text(time)}","request_id":"${id}`;
    if (traceId !== id) line += `","trace_id":"${traceId}`;
    line += `","method":"${head.method}","host":"${head.host}","path":"${jsonText(head.path)}`;
    if (head.query !== '') line += `","query":"${jsonText(redactQuery(head.query))}`;
    line +=
      `","client_ip":"${exchange.address.text}","protocol":"${protocol}","status":${exchange.status}` +
      `,"duration_ms":${milliseconds(durationMs)}`;
    if (firstByte !== 0) line += `,"ttfb_ms":${milliseconds(firstByte - exchange.started)}`;
    if (requestBytes !== 0) line += `,"request_bytes":${requestBytes}`;
    if (responseBytes !== 0) line += `,"response_bytes":${responseBytes}`;
    line += agentText(exchange.peer, head);
    line += field(',"accept":"', head.get(Field.accept));
    line += field(',"referer":"', redactUrl(head.get(Field.referer)));
    line += field(',"content_type":"', head.get(Field['content-type']));
    line += `${flags[has]},"field_count":${head.count}`;
    if (route !== undefined) line += this.routeText(route);
    if (upstream !== '') line += `,"upstream":"${upstream}"`;
    if (error !== '') line += `,"error":"${error}"`;
    if (exchange.score !== 0 || exchange.signals !== 0 || exchange.action !== 0)
      line +=
        `,"verdict":"${actionNames[exchange.action] ?? 'pass'}","score":${share(exchange.score)}` +
        `,"signals":[${signalText(exchange.signals)}]`;
    if (exchange.shadowScore >= 0) line += `,"shadow_score":${share(exchange.shadowScore)}`;
    if (exchange.signedIn) line += ',"signed_in":true';
    if (exchange.cached) line += ',"cached":true';
    this.sink.write(`${line}}\n`);
  }

  /**
   * Logs a head that nobody could read: no request came of it, so the line has no method, and no flood of them fills a
   * disk. At most 20 a second are written; the next line that is says how many were not.
   * @param code of the refusal, such as EDGE_FRAMING
   * @param problem what was wrong
   * @param time in milliseconds since 1970
   */
  refusedHead(peer: Peer, status: number, code: string, problem: string, time: number): void {
    const second = Math.floor(time / 1000);
    if (second !== this.refusalSecond) {
      this.refusalSecond = second;
      this.refusals = 0;
    }
    if (this.refusals >= refusalsPerSecond) {
      this.suppressed++;
      this.untold++;
      return;
    }
    this.refusals++;
    this.sink.write(
      `{"time":"${this.clock.text(time)}","refused":true,"client_ip":"${peer.address.text}","status":${status}` +
        `,"error":"${jsonText(code)}","problem":"${jsonText(cut(problem, longest))}","suppressed":${this.untold}}\n`,
    );
    this.untold = 0;
  }

  /** For a signal or a rotated file: writes to the file of that name from now on. */
  reopen(): void {
    this.sink.reopen();
  }

  private routeText(route: Route): string {
    const { id } = route;
    if (this.routes[id] === route) return this.routeTexts[id] as string;
    const text = `,"route":"${jsonText(route.name)}","class":"${route.trafficClass}"`;
    this.routes[id] = route;
    this.routeTexts[id] = text;
    return text;
  }
}

/**
 * What a client says of itself. It says the same again and again on one connection, so that
 * the text is made once.
 */
function agentText(peer: Peer, head: RequestHead): string {
  const agent = head.get(Field['user-agent']);
  const language = head.get(Field['accept-language']);
  const encoding = head.get(Field['accept-encoding']);
  const kept = peer.agent;
  if (kept !== undefined && kept.agent === agent && kept.language === language && kept.encoding === encoding)
    return kept.text;
  const made =
    field(',"user_agent":"', agent) +
    field(',"accept_language":"', language) +
    field(',"accept_encoding":"', encoding);
  // one piece, not a tree of pieces of the head
  const text = Buffer.from(made).toString('latin1');
  peer.agent = { agent, language, encoding, text };
  return text;
}

/** A field of the line from its comma to its closing quote; nothing when there is no value. */
function field(start: string, value: string): string {
  if (value === '') return '';
  return `${start}${jsonText(value.length <= longest ? value : cut(value, longest))}"`;
}

/** A number from 0 to 1 with four decimals, put together from a whole one: writing a fraction takes ten times as long. */
function share(value: number): string {
  const parts = Math.round(value * 1e4);
  if (parts <= 0) return '0';
  if (parts >= 10_000) return '1';
  return parts < 10
    ? `0.000${parts}`
    : parts < 100
      ? `0.00${parts}`
      : parts < 1000
        ? `0.0${parts}`
        : `0.${parts}`;
}

let lastSignals = 0;
let lastSignalText = '';

/** Names of signals as they stand in a list; the same ones come again and again. */
function signalText(bits: number): string {
  if (bits !== lastSignals) {
    lastSignals = bits;
    lastSignalText = names(bits)
      .map((name) => `"${name}"`)
      .join();
  }
  return lastSignalText;
}
