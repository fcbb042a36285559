import { type Case, get, head, host, no, one, own, shown, smuggled } from './case.js';

const line = 'GET /case HTTP/1.1';
const request = (start: string, ...lines: readonly string[]) => `${[start, ...lines].join('\r\n')}\r\n\r\n`;
const other = 'other.example.test';

/** Values of Host: 0 goes on as the text, or the status of the answer. */
const hosts: readonly (readonly [string, number | string])[] = [
  [host, 'app.example.test'],
  ['APP.Example.TEST', 'app.example.test'],
  [`${host}:443`, 'app.example.test:443'],
  [`${host}:8443`, 'app.example.test:8443'],
  [`${host}.`, 'app.example.test.'],
  [`  ${host}\t`, 'app.example.test'],
  ['', 400],
  [' ', 400],
  [':443', 400],
  ['.', 400],
  [`${host}:`, 'app.example.test:'],
  [`${host}:x`, 400],
  [`${host}:-1`, 400],
  [`${host}:+443`, 400],
  [`${host}:4 4`, 400],
  [`${host}:443:443`, 400],
  [`${host}:999999`, 400],
  [`${host}, ${other}`, 400],
  [`${host},${host}`, 400],
  [`${host} ${other}`, 400],
  [`${host}/x`, 400],
  [`${host}/x@${other}`, 400],
  [`user@${host}`, 400],
  [`user:secret@${host}`, 400],
  [`http://${host}`, 400],
  [`${host}?x`, 400],
  [`${host}#x`, 400],
  [`${host}%20`, 400],
  [`%61pp.example.test`, 400],
  [`${host}\\x`, 400],
  [`"${host}"`, 400],
  [`'${host}'`, 400],
  [`${host};x`, 400],
  [`(${host})`, 400],
  ['app.ex\u00e4mple.test', 400],
  [`${host}\u00a0`, 400],
  [`${host}\u0000`, 400],
  [`${host}\u000b`, 400],
  ['[::1]', 421],
  ['[::1]:443', 421],
  ['[::1', 400],
  ['::1', 400],
  ['[app.example.test]', 400],
  ['127.0.0.1', 421],
  ['localhost', 421],
  ['example.test.evil.example', 421],
  ['app.example.test.evil.example', 421],
  ['app.evil.example', 421],
  ['evilapp.example.test', 421],
  ['a.app.example.test', 421],
  ['app..example.test', 421],
  ['*.example.test', 400],
  ['app_example_test', 421],
  [`${'a'.repeat(261)}.example.test`, 400],
];

const hostCases = hosts.map(([value, result]): Case => {
  const name = `Host: ${shown(value.length > 80 ? `${value.slice(0, 10)}…` : value)}`;
  const octets = request(line, `Host: ${value}`);
  if (typeof result === 'string')
    return one(name, octets, {}, { has: [`\r\nhost: ${result}\r\n`, `\r\nx-forwarded-host: ${result}\r\n`] });
  return result === 421 ? own(name, 421, octets) : no(name, result, octets);
});

const hostLines: readonly Case[] = [
  no('no Host', 400, request(line)),
  no('no Host in capitals of another name', 400, request(line, `Hosts: ${host}`)),
  no('two Hosts', 400, request(line, `Host: ${host}`, `Host: ${other}`)),
  no('the same Host twice', 400, request(line, `Host: ${host}`, `host: ${host}`)),
  no('two Hosts, the second empty', 400, request(line, `Host: ${host}`, 'Host:')),
  no('two Hosts, the first empty', 400, request(line, 'Host:', `Host: ${host}`)),
  no('Host with a space before the colon', 400, request(line, `Host : ${host}`)),
  no('a second Host with a space before the colon', 400, request(line, `Host: ${host}`, `Host : ${other}`)),
  no('a second Host that is folded away', 400, request(line, `Host: ${host}`, 'X: y', ` Host: ${other}`)),
  no('a second Host behind a line feed', 400, request(line, `Host: ${host}`, `X: y\nHost: ${other}`)),
  no('a second Host behind a carriage return', 400, request(line, `Host: ${host}`, `X: y\rHost: ${other}`)),
  own('no Host in HTTP/1.0', 421, request('GET /case HTTP/1.0', 'Connection: keep-alive')),
  one('X-Forwarded-Host does not route', get(`X-Forwarded-Host: ${other}`), {}, { hasNot: [other] }),
  one(
    'X-Host, X-HTTP-Host-Override and Forwarded are not Host',
    get(`X-Host: ${other}`, `X-HTTP-Host-Override: ${other}`, `Forwarded: host=${other}`),
    {},
    { hasNot: ['forwarded: host'], has: [`\r\nhost: ${host}\r\n`] },
  ),
];

/** Targets (RFC 9112 3.2): what the upstream is asked, or the status. */
const targets: readonly (readonly [string, string | number])[] = [
  ['/', '/'],
  ['/case?', '/case'],
  ['/case?a=b&c=d', '/case?a=b&c=d'],
  ['/case??', '/case??'],
  ['/case?http://evil.example/', '/case?http://evil.example/'],
  ['/case?a=%0d%0aHost:%20evil.example', '/case?a=%0d%0aHost:%20evil.example'],
  ['/case?a=%00', '/case?a=%00'],
  ['/case?a="<>\\^`{|}', '/case?a="<>\\^`{|}'],
  ["/case!$&'()*+,=:@", "/case!$&'()*+,=:@"],
  ['/c%61se', '/case'],
  ['/%63%61%73%65', '/case'],
  ['/a/../case', '/case'],
  ['/./case', '/case'],
  ['//case', '/case'],
  ['///evil.example/case', '/evil.example/case'],
  ['/../../case', '/case'],
  ['/case%20x', '/case%20x'],
  ['/caf%c3%a9', '/caf%c3%a9'],
  [`http://${host}/case`, '/case'],
  [`https://${host}/case`, '/case'],
  [`HTTPS://${host}/case`, '/case'],
  [`http://APP.example.test/case?x`, '/case?x'],
  [`http://${host}`, '/'],
  [`http://${host}?x`, '/?x'],
  ['', 400],
  ['case', 400],
  ['*', 400],
  ['?x', 400],
  ['.', 400],
  [host, 400],
  [`${host}:443`, 400],
  [`//${host}`, `/${host}`],
  [`http:/case`, 400],
  [`http:case`, 400],
  [`http:///case`, 400],
  [`ftp://${host}/case`, 400],
  [`file:///case`, 400],
  [`ws://${host}/case`, 400],
  [`http://${other}/case`, 400],
  [`http://evil.example/case`, 400],
  [`http://${host}:80/case`, 400],
  [`http://user@${host}/case`, 400],
  [`http://${host}@evil.example/case`, 400],
  [`http://${host}\\@evil.example/case`, 400],
  [`http://${host}%2f/case`, 400],
  [`http://[::1]/case`, 400],
  ['/case#x', 400],
  ['#', 400],
  [`http://${host}#/case`, 400],
  ['/case\u0000', 400],
  ['/case\u007f', 400],
  ['/case\u0080', 400],
  ['/caf\u00c3\u00a9', 400],
  ['\\case', 400],
];

const targetCases = targets.map(([target, result]): Case => {
  const name = `the target ${shown(target)}`;
  const octets = head(`GET ${target} HTTP/1.1`);
  return typeof result === 'string' ? one(name, octets, { target: result }) : no(name, result, octets);
});

/** Paths that are refused by themselves: the head is sound, so the connection goes on. */
const paths = [
  '/case%00',
  '/case%0d%0aX:%20y',
  '/case%0a',
  '/%2e%2e/case',
  '/case%5c..',
  '/case\\x',
  '/case%',
  '/case%zz',
  '/case%c0%ae',
  '/a/..;/case',
  '/%',
  '/case%0d%0a%0d%0aGET%20/smuggled',
];

const pathCases = paths.map((path) => own(`the path ${path}`, 400, head(`GET ${path} HTTP/1.1`)));

/** Requests within requests: a space or an end of line in the target is the end of the target, and refused. */
const splits = [
  '/case HTTP/1.1\nX: y\nZ:',
  '/case?a HTTP/1.1\r\n X: y',
  '/case?\r\nHost: x',
  '/case\r',
  '/case\n',
  `/case?${smuggled}`,
];

const splitCases = splits.map((text) => no(`the target ${shown(text)}`, 400, head(`GET ${text} HTTP/1.1`)));

/** Who is asked, and for what. */
export const addressCases: readonly Case[] = [
  ...hostCases,
  ...hostLines,
  ...targetCases,
  ...pathCases,
  ...splitCases,
  no('two versions hide a request', 400, head('GET /case HTTP/1.1 GET /smuggled HTTP/1.1')),
];
