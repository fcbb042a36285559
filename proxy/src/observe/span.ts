import { Field } from '../core/fields.js';
import type { Exchange } from '../exchange.js';
import { isTraceparent } from '../policy/trace-context.js';
import { cut, jsonText } from './json-text.js';
import { methodLabels } from './labels.js';
import { redactQuery } from './redact.js';
import { spanId } from './trace-ids.js';

/** Characters of a value. */
const longest = 1024;
const methods: ReadonlySet<string> = new Set(methodLabels);
const other = 'other';

/**
 * A request as a span of OTLP's JSON form, with the attributes of OpenTelemetry's semantic conventions for HTTP servers
 * (stable since 1.23) and a few of our own beginning with 'edge.'. Empty when the request has no trace.
 * @param time when it began, in ms since 1970
 */
export function spanOf(exchange: Exchange, durationMs: number, time: number): string {
  const { head, route, status, error, peer } = exchange;
  const trace = exchange.traceId;
  if (trace === '') return '';
  const known = methods.has(head.method) && head.method !== other;
  const method = known ? head.method : '_OTHER';
  // the span before ours is the client's only when its trace is the one that goes on
  const given = head.get(Field.traceparent);
  const parent =
    isTraceparent(given) && given.startsWith(trace, 3) ? `"parentSpanId":"${given.slice(36, 52)}",` : '';
  const failed = status >= 500 || (error !== '' && error !== 'EDGE_CLIENT_GONE');
  let attributes =
    string('http.request.method', method) +
    string('url.scheme', peer.secure ? 'https' : 'http') +
    string('url.path', head.path) +
    string('server.address', head.host) +
    number('server.port', peer.port) +
    string('client.address', exchange.address.text) +
    string('network.protocol.name', 'http') +
    string('network.protocol.version', exchange.protocol === 2 ? '2' : head.minor === 0 ? '1.0' : '1.1') +
    string('user_agent.original', head.get(Field['user-agent'])) +
    number('http.request.body.size', exchange.requestBytes) +
    number('http.response.body.size', exchange.responseBytes) +
    string('edge.request_id', exchange.id);
  if (!known) attributes += string('http.request.method_original', head.method);
  if (head.query !== '') attributes += string('url.query', redactQuery(head.query));
  if (status !== 0) attributes += number('http.response.status_code', status);
  if (failed) attributes += string('error.type', error === '' ? String(status) : error);
  if (route !== undefined) attributes += string('http.route', route.path) + string('edge.route', route.name);
  if (exchange.upstream !== '') attributes += string('edge.upstream', exchange.upstream);
  if (exchange.cached) attributes += '{"key":"edge.cached","value":{"boolValue":true}},';
  const name = route === undefined ? method : `${method} ${route.path}`;
  return (
    `{"traceId":"${trace}","spanId":"${spanId(exchange.traceLines)}",${parent}"name":"${jsonText(name)}","kind":2,` +
    `"startTimeUnixNano":"${nanoseconds(time)}","endTimeUnixNano":"${nanoseconds(time + durationMs)}",` +
    `"attributes":[${attributes.slice(0, -1)}],"status":{${failed ? '"code":2' : ''}}}`
  );
}

/** Milliseconds since 1970 as a decimal of nanoseconds, which no number holds exactly. */
function nanoseconds(ms: number): string {
  const whole = Math.floor(ms);
  return `${whole}${String(Math.floor((ms - whole) * 1e6)).padStart(6, '0')}`;
}

function string(key: string, value: string): string {
  return `{"key":"${key}","value":{"stringValue":"${jsonText(cut(value, longest))}"}},`;
}

/** Integers of 64 bits are strings in the JSON of protobuf. */
function number(key: string, value: number): string {
  return `{"key":"${key}","value":{"intValue":"${value}"}},`;
}
