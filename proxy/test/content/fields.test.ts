/** Small readers of fields and names: media types, codings, languages, dates, tags, ranges, hashes, paths. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { holdsTag, httpDate, readDate, readRange } from '../../src/content/conditions.js';
import { decodePath, isHashed } from '../../src/content/file-name.js';
import { charsetOf, contentTypeOf, isCompressible, mediaType } from '../../src/content/mime.js';
import { Coding, chooseCoding, chooseLanguage } from '../../src/content/negotiation.js';

test('media types of files', () => {
  for (const [name, type] of [
    ['index.HTML', 'text/html; charset=utf-8'],
    ['a.min.js', 'text/javascript; charset=utf-8'],
    ['logo.SVG', 'image/svg+xml'],
    ['font.woff2', 'font/woff2'],
    ['app.webmanifest', 'application/manifest+json'],
    ['archive.tar.gz', 'application/gzip'],
    ['README', 'application/octet-stream'],
    ['x.unknown', 'application/octet-stream'],
    ['x.constructor', 'application/octet-stream'],
  ] as const)
    assert.is(contentTypeOf(name), type, name);
  assert.is(mediaType('Text/HTML ; charset=x'), 'text/html');
  assert.is(charsetOf('text/html; Charset="ISO-8859-1"; a=b'), 'iso-8859-1');
  assert.equal(
    [
      'text/plain',
      'text/event-stream',
      'application/json',
      'a/b+json',
      'image/svg+xml',
      'image/png',
      'font/woff2',
    ].map(isCompressible),
    [true, false, true, true, true, false, false],
  );
});

test('content codings', () => {
  const { identity, gzip, br } = Coding;
  for (const [accept, expected] of [
    ['', identity],
    ['gzip, deflate, br, zstd', br],
    ['gzip, deflate', gzip],
    ['x-gzip', gzip],
    ['GZIP;Q=0.5', gzip],
    ['br;q=0.5, gzip', gzip],
    ['br;q=0', identity],
    ['*', br],
    ['*;q=0.5, br;q=0', gzip],
    ['*;q=0', identity],
    ['identity, gzip;q=0.9', identity],
    ['identity;q=0.5, gzip;q=0.9', gzip],
    ['identity;q=0', identity],
    ['gzip;q=nonsense', identity],
    ['gzip;q=2', identity],
    ['gzip;a=b;q=0.1', gzip],
    ['brotli, zstd', identity],
    [' , ,br ,', br],
  ] as const)
    assert.is(chooseCoding(accept, true, true), expected, accept);
  assert.is(chooseCoding('gzip, br', true, false), gzip);
  assert.is(chooseCoding('gzip, br', false, false), identity);
});

test('languages', () => {
  for (const [accept, expected] of [
    ['', 'en'],
    ['de-AT', 'de'],
    ['FR', 'fr'],
    ['sv, de;q=0.3, fr;q=0.4', 'fr'],
    ['de;q=0', 'en'],
    ['*', 'en'],
  ] as const)
    assert.is(chooseLanguage(accept), expected, accept);
});

test('dates in their three forms, and nothing else', () => {
  const moment = Date.UTC(1994, 10, 6, 8, 49, 37);
  assert.is(readDate('Sun, 06 Nov 1994 08:49:37 GMT'), moment);
  assert.is(readDate('Sunday, 06-Nov-94 08:49:37 GMT'), moment);
  assert.is(readDate('Sun Nov  6 08:49:37 1994'), moment);
  for (const text of [
    '',
    '0',
    '-1',
    '1994-11-06',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 1994 08:49:37 CET',
    'now',
  ])
    assert.ok(Number.isNaN(readDate(text)), text);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
      assert.is(readDate(httpDate(seconds * 1000)), seconds * 1000);
    }),
  );
});

test('entity tags', () => {
  for (const [list, tag, weak, strong] of [
    ['*', '"a"', true, true],
    ['"a"', '"a"', true, true],
    ['"b", "a"', '"a"', true, true],
    ['"b","a"', '"a"', true, true],
    ['W/"a"', '"a"', true, false],
    ['"a"', 'W/"a"', true, false],
    ['W/"a", "a"', '"a"', true, true],
    ['"ba"', '"a"', false, false],
    ['"a"b"', '"a"', false, false],
    ['"x,"a"', '"a"', false, false],
    ['"b', '"b"', false, false],
    ['', '"a"', false, false],
    ['"a"', '', false, false],
  ] as const) {
    assert.is(holdsTag(list, tag, false), weak, `${list} ${tag}`);
    assert.is(holdsTag(list, tag, true), strong, `${list} ${tag} strong`);
  }
});

test('ranges never leave the body', () => {
  const part = fc.oneof(fc.constant(''), fc.nat(30).map(String), fc.bigInt({ min: 0n }).map(String));
  fc.assert(
    fc.property(part, part, fc.nat(20), (from, to, size) => {
      const range = readRange(`bytes=${from}-${to}`, size);
      if (range === undefined || range === 'none') return;
      assert.ok(0 <= range.first && range.first <= range.last && range.last < size);
    }),
    { seed: 5, numRuns: 2000 },
  );
});

test('names with a hash of their content, and names that only look like it', () => {
  for (const path of [
    '/assets/app-3f2a9c1b.js',
    '/static/js/main.3f2a9c1b.chunk.js',
    '/static/css/main.3F2A9C1B.css.map',
    '/assets/index-BkR3xa9Q.css',
    '/assets/index-b_9xR-2Q.js',
    '/assets/chunk-7XKQ2PLM.js',
    '/media/inter.5d0b3d4c9f1e7a22.woff2',
    '/a/0123456789abcdef0123456789abcdef.png',
    '/_next/static/chunks/pages/_app.js',
    '/_next/static/AbCd/_buildManifest.js',
  ])
    assert.ok(isHashed(path), path);
  for (const path of [
    '/app.js',
    '/jquery-migrate.js',
    '/react-dom-production.js',
    '/icon-accessibility.svg',
    '/DarkModeSwitch-UserList.js',
    '/photo-20240101.png',
    '/report-1234567890.pdf',
    '/chart-Version2.js',
    '/deadbeef.js',
    '/assets/page-3f2a9c1b.html',
    '/avatars/550e8400-e29b-41d4-a716-446655440000.png',
    '/3f2a9c1b',
    '/3f2a9c1b/app.js',
  ])
    assert.not.ok(isHashed(path), path);
});

test('paths are decoded strictly', () => {
  for (const [path, name] of [
    ['', '/'],
    ['a', '/a'],
    ['/a%20b', '/a b'],
    ['/%C3%A4', '/ä'],
    ['/%25', '/%'],
    ['/a%2Fb', undefined],
    ['/a%5cb', undefined],
    ['/a\\b', undefined],
    ['/%00', undefined],
    ['/%0a', undefined],
    ['/%7F', undefined],
    ['/%ff', undefined],
    ['/%c0%af', undefined],
    ['/%', undefined],
    ['/%zz', undefined],
  ] as const)
    assert.is(decodePath(path), name, path);
});

test.run();
