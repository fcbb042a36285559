import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort } from '../l4/support/sockets.js';
import { admin, endAll, home, Program, until } from './support/process.js';

/** What `npm run dev` starts, in a real browser. */
const test = suite('portal');
const executablePath = [process.env.CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (file) => file !== '' && existsSync(file),
);
if (executablePath === undefined) console.log('     skipped: there is no Chromium; CHROMIUM may name one');

let browser: Browser | undefined;
let program: Program | undefined;
test.after.each(async () => {
  await browser?.close();
  // in peace, so that it takes its folder away
  program?.signal('SIGTERM');
  await program?.code;
  await endAll();
});

interface Dev {
  readonly proxy: Program;
  readonly portal: string;
  readonly demo: string;
  readonly admin: number;
}

/** The command behind `npm run dev`, without npm between: it would not hand signals on. */
async function dev(): Promise<Dev> {
  const { scripts } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
    scripts: { dev: string };
  };
  const [node, ...args] = scripts.dev.split(' ');
  assert.is(node, 'node');
  const [http, https, adminPort] = [await freePort(), await freePort(), await freePort()];
  const env = { HTTP_PORT: String(http), HTTPS_PORT: String(https), ADMIN_PORT: String(adminPort) };
  const proxy = new Program(process.execPath, args, { env });
  program = proxy;
  await proxy.says('routes   http');
  await proxy.line('serving TLS');
  const origin = (name: string) => `https://${name}box.localhost:${https}/`;
  return { proxy, portal: origin(''), demo: origin('demo.'), admin: adminPort };
}

async function open(path: string): Promise<{ page: Page; complaints: string[] }> {
  browser = await chromium.launch({
    executablePath: path,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-background-networking'],
  });
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB' });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on('console', (message) => (message.type() === 'error' ? complaints.push(message.text()) : undefined));
  page.on('pageerror', (error) => complaints.push(error.message));
  return { page, complaints };
}

/** Lines of the access log. */
const requests = ({ proxy }: Dev) =>
  proxy.output
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('the portal over TLS, its tile, the demo app, and the echo of its WebSocket', async () => {
  if (executablePath === undefined) return;
  const running = await dev();
  const { page, complaints } = await open(executablePath);
  const answer = await page.goto(running.portal);
  assert.is(answer?.status(), 200);
  const { protocol } = (await answer?.securityDetails()) ?? {};
  assert.is(protocol, 'TLS 1.3');
  assert.is(await page.getByRole('heading', { level: 1 }).count(), 1);
  const tile = page.getByRole('link', { name: /Demo/ });
  assert.is(await tile.getAttribute('href'), running.demo);
  await tile.click();
  await page.waitForURL(running.demo);
  await page.getByText('echo: hello', { exact: false }).waitFor();
  // what the proxy told the app
  const told = (await page.locator('code').textContent()) ?? '';
  assert.match(told, /X-Forwarded-Proto: https\n/);
  assert.match(told, /X-Forwarded-For: 127\.0\.0\.1\n/);
  assert.match(told, /Host: demo\.box\.localhost:\d+\n/);
  await page.getByRole('textbox').fill('through the proxy');
  await page.getByRole('button').click();
  await page.getByText('echo: through the proxy').waitFor();
  assert.equal(complaints, []);
  await page.goto('about:blank');

  await until(() => requests(running).some(({ path }) => path === '/echo'));
  const echo = requests(running).find(({ path }) => path === '/echo');
  // RFC 8441: the browser takes the HTTP/2 connection that it has
  assert.equal([echo?.protocol, echo?.status], ['2', 200]);
});

test('a page over HTTP is moved to HTTPS; the table of routes shows', async () => {
  if (executablePath === undefined) return;
  const running = await dev();
  const { page } = await open(executablePath);
  const { text } = await admin(running.admin, '/debug/routes');
  assert.match(text, /^box\.localhost +\/ .*portal/m);
  assert.match(text, /^demo\.box\.localhost +\/ .*proxy/m);
  assert.is((await admin(running.admin, '/readyz')).status, 200);
  const { http } = await running.proxy.line('serving');
  await page.goto(`http://demo.box.localhost:${http}/a?b=c`);
  assert.is(page.url(), `${running.demo}a?b=c`);
  running.proxy.signal('SIGTERM');
  assert.is(await running.proxy.code, 0);
});

test('a browser without HTTP/2 opens its WebSocket by an upgrade', async () => {
  if (executablePath === undefined) return;
  const running = await dev();
  browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-http2'],
  });
  const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
  await page.goto(running.demo);
  await page.getByText('echo: hello', { exact: false }).waitFor();
  await page.goto('about:blank');
  await until(() => requests(running).some(({ path }) => path === '/echo'));
  const echo = requests(running).find(({ path }) => path === '/echo');
  assert.equal([echo?.protocol, echo?.status], ['1.1', 101]);
});

test.run();
