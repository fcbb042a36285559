import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { chromium } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { contrast, inkOn, mix, readable } from '../../src/content/colours.js';
import { ErrorPages } from '../../src/content/error-page.js';
import { Look } from '../../src/content/look.js';
import { type PortalConfig } from '../../src/content/portal.js';
import { Stage } from './stage.js';

const hostile = '</style><script>alert(1)</script>"\'&';
const portal: PortalConfig = {
  brand: {
    name: `Box ${hostile}`,
    primary: '#7c3aed',
    accent: '#f59e0b',
    logo: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8" width="80" height="8"><rect width="8" height="8" fill="red"/><script>document.title="ran"</script></svg>',
  },
  tiles: [
    {
      title: 'Docs',
      description: `Write ${hostile}`,
      url: 'https://docs.example.org/?a="&b=<c>',
      group: 'apps',
    },
    { title: `Tile ${hostile}`, url: 'https://meet.example.org/', group: 'apps' },
    { title: 'Logs', url: 'https://logs.example.org/', group: 'admin' },
  ],
};

const test = suite<{ stage: Stage }>('pages');

test.before(async (context) => {
  context.stage = await Stage.open(
    (_, res) => res.end(),
    () => [
      { kind: 'portal', path: '/' },
      { kind: 'deny', path: '/no/', status: 403 },
    ],
    { config: { portal: portal as never } },
  );
});

test.after(({ stage }) => stage.close());

test('the portal: one page, whole, revalidated', async ({ stage }) => {
  const { status, headers, text } = await stage.ask('/');
  assert.is(status, 200);
  assert.is(headers['content-type'], 'text/html; charset=utf-8');
  assert.is(headers['cache-control'], 'no-cache');
  assert.is(headers['x-content-type-options'], 'nosniff');
  assert.match(
    String(headers['content-security-policy']),
    /^default-src 'none'; style-src 'sha256-[^']+'; img-src data:;/,
  );
  assert.not.match(text, /<script/i, 'nothing hostile, nothing of the logo');
  assert.is(text.match(/<li>/g)?.length, 3);
  assert.not.match(text, /Developer/, 'no heading without tiles');
  const { etag = '' } = headers;
  assert.is((await stage.ask('/', { headers: { 'if-none-match': etag } })).status, 304);
  const head = await stage.ask('/', { method: 'HEAD' });
  assert.equal([head.headers['content-length'], head.text], [String(Buffer.byteLength(text)), '']);
  const br = await stage.ask('/', { headers: { 'accept-encoding': 'br' } });
  assert.is(brotliDecompressSync(br.body).toString(), text);
  const gzip = await stage.ask('/', { headers: { 'accept-encoding': 'gzip' } });
  assert.is(gunzipSync(gzip.body).toString(), text);
  assert.is(new Set([etag, br.headers.etag, gzip.headers.etag]).size, 3);
});

test('the portal speaks the visitor’s language', async ({ stage }) => {
  for (const [accept, language, word] of [
    ['de-CH,en;q=0.5', 'de', 'Willkommen'],
    ['sv, fr;q=0.8, de;q=0.7', 'fr', 'Bienvenue'],
    ['de;q=0, sv', 'en', 'Welcome'],
    ['', 'en', 'Welcome'],
  ] as const) {
    const { headers, text } = await stage.ask('/', {
      headers: accept === '' ? {} : { 'accept-language': accept },
    });
    assert.is(headers['content-language'], language);
    assert.match(text, `<html lang="${language}">`);
    assert.match(text, word);
    assert.match(String(headers.vary), /Accept-Language/);
  }
});

test('a browser draws the pages: styled, readable, nothing loaded, nothing run', async ({ stage }) => {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ colorScheme, viewport: { width: 360, height: 700 } });
      const complaints: string[] = [];
      const asked: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('request', (request) => asked.push(request.url()));
      await page.route('http://example.org/**', async (route) => {
        const { pathname } = new URL(route.request().url());
        const answer = await stage.ask(pathname, { headers: { accept: 'text/html' } });
        const fields = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
        await route.fulfill({
          status: answer.status,
          headers: Object.fromEntries(fields),
          body: answer.body,
        });
      });
      for (const path of ['/', '/no/']) {
        await page.goto(`http://example.org${path}`);
        const seen = await page.evaluate(`(() => {
          const style = getComputedStyle(document.body);
          const image = document.querySelector('.brand img');
          return {
            title: document.title,
            display: style.display,
            font: style.fontFamily,
            wide: document.documentElement.scrollWidth > innerWidth,
            image: image.naturalWidth > 0 && image.getBoundingClientRect().height === 32,
            headings: document.querySelectorAll('h1').length,
          };
        })()`);
        const { title, ...rest } = seen as { title: string };
        assert.match(title, 'Box </style>');
        assert.equal(rest, {
          display: 'grid',
          font: (rest as { font: string }).font,
          wide: false,
          image: true,
          headings: 1,
        });
        assert.match((rest as { font: string }).font, /system-ui/);
      }
      assert.equal(
        complaints.filter((text) => !text.includes('403')),
        [],
      );
      assert.ok(
        asked.every((url) => url.startsWith('http://example.org/') || url.startsWith('data:')),
        asked.join(),
      );
      await page.close();
    }
  } finally {
    await browser.close();
  }
});

test('errors: a page for people, JSON for programs that ask, one line for others', async ({ stage }) => {
  const page = await stage.ask('/no/', {
    headers: { accept: 'text/html,*/*;q=0.8', 'accept-language': 'de' },
  });
  assert.is(page.status, 403);
  assert.match(page.headers['content-type'] ?? '', 'text/html');
  assert.match(page.text, 'Das ist nicht für Sie');
  assert.match(page.text, String(page.headers['x-request-id']));
  const json = await stage.ask('/no/', { headers: { accept: 'application/json' } });
  assert.is(json.headers['content-type'], 'application/problem+json');
  assert.is((JSON.parse(json.text) as { status: number }).status, 403);
  const line = await stage.ask('/no/');
  assert.is(line.text, `403 Forbidden (request ${line.headers['x-request-id']})\n`);
  assert.is(line.headers['cache-control'], 'no-store');
});

test('every status has words in every language, and ids are escaped', () => {
  const pages = new ErrorPages(portal.brand);
  for (const language of ['en', 'de', 'fr'])
    for (let status = 400; status < 600; status++) {
      const { body, lines } = pages.body(status, '<b>', 'text/html', language);
      assert.match(body, '&#60;b&#62;');
      assert.match(body, `<html lang="${language}">`);
      assert.not.match(body, /undefined|\{\{/);
      assert.match(lines, "default-src 'none'");
    }
  assert.match(pages.body(429, 'x', 'text/html', 'en').body, 'Wait a few seconds');
  assert.match(pages.body(503, 'x', 'text/html', 'en').body, 'may be restarting');
});

test('whatever the brand’s colours, text can be read (WCAG AA)', () => {
  const colour = fc
    .array(fc.nat(255), { minLength: 3, maxLength: 3 })
    .map((parts) => `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`);
  fc.assert(
    fc.property(colour, colour, (primary, accent) => {
      const { html } = new Look({ name: 'Box', primary, accent }).page('en', '', '', '');
      const themes = [
        ...html.matchAll(
          /--ground:(#.{6});--paper:(#.{6});--ink:(#.{6});--muted:(#.{6});.*?--brand:(#.{6});--soft:(#.{6});--text:(#.{6});--glow:(#.{6});--focus:(#.{6})/g,
        ),
      ];
      assert.is(themes.length, 2);
      for (const [
        ,
        ground,
        paper,
        ink,
        muted,
        brand,
        soft,
        text,
        glow,
        focus,
      ] of themes as unknown as string[][]) {
        for (const [front, back] of [
          [ink, ground],
          [ink, paper],
          [ink, glow],
          [muted, ground],
          [muted, glow],
          [muted, paper],
          [ink, soft],
          [text, soft],
          [brand, paper],
        ])
          assert.ok(contrast(front as string, back as string) >= 4.5, `${front} on ${back} for ${primary}`);
        assert.ok(contrast(focus as string, paper as string) >= 3);
        assert.ok(contrast(focus as string, ground as string) >= 3);
      }
      assert.ok(contrast(inkOn(primary), primary) >= 4.2);
    }),
    { seed: 3, numRuns: 500 },
  );
  assert.is(mix('#000000', '#ffffff', 0.5), '#808080');
  assert.is(readable('#000000', '#ffffff'), '#000000');
});

test.run();
