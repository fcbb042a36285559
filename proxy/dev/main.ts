import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { WebSocketServer } from 'ws';
import { stringify } from 'yaml';
import type { ConfigInput } from '../src/config/schema.js';
import { serve } from '../src/serve.js';

/*
 * `npm run dev`: the proxy with a certificate of its own making, a portal and a demo app behind it, for a browser on this
 * machine. Names below localhost lead here without any set-up.
 */
const domain = 'box.localhost';
const folder = mkdtempSync(join(tmpdir(), 'proxy-dev-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const names = [domain, `*.${domain}`];
const { cert, private: key } = await generate([{ name: 'commonName', value: domain }], {
  keyType: 'ec',
  curve: 'P-256',
  notAfterDate: new Date(Date.now() + 30 * 86_400_000),
  extensions: [{ name: 'subjectAltName', altNames: names.map((value) => ({ type: 2, value })) }],
});
const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
writeFileSync(files.cert, cert);
writeFileSync(files.key, key, { mode: 0o600 });

const script = `const log = document.querySelector('pre');
const socket = new WebSocket('wss://' + location.host + '/echo');
socket.onopen = () => socket.send('hello');
socket.onmessage = ({ data }) => (log.textContent += 'echo: ' + data + '\\n');
socket.onclose = () => (log.textContent += 'closed\\n');
document.querySelector('form').onsubmit = (event) => {
  event.preventDefault();
  socket.send(event.target.word.value);
};`;
const page = (head: string) => `<!doctype html><html lang="en"><title>Demo app</title>
<body style="font-family: system-ui; max-width: 50rem; margin: 2rem auto">
<h1>Demo app</h1><p>What the proxy sent:</p><code style="white-space: pre-wrap; overflow-wrap: anywhere">${head}</code>
<form><input name="word" value="hello again"><button>send over the WebSocket</button></form><pre></pre>
<script>${script}</script>`;

const app = createServer((request, response) => {
  const lines = request.rawHeaders.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\n`)).join('');
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  const hash = createHash('sha256').update(script).digest('base64');
  response.setHeader('Content-Security-Policy', `script-src 'sha256-${hash}'`);
  response.end(
    page(`${request.method} ${request.url}\n${lines}`.replace(/[&<]/g, (c) => `&#${c.charCodeAt(0)};`)),
  );
});
new WebSocketServer({ server: app }).on('connection', (socket) =>
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
);
await new Promise<void>((done) => app.listen(0, '127.0.0.1', done));
const address = app.address();
const upstream = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;

const port = (name: string, usual: number) => Number(process.env[name] ?? usual);
const https = port('HTTPS_PORT', 8443);
const origin = `${domain}:${https}`;
const config: ConfigInput = {
  version: 1,
  domain,
  listeners: {
    address: '127.0.0.1',
    http: port('HTTP_PORT', 8080),
    https,
    admin: port('ADMIN_PORT', 9090),
    publicHttps: https,
  },
  tls: { files: [files] },
  peers: {},
  limits: {},
  detection: { mode: 'off' },
  hosts: [
    { name: domain, routes: [{ kind: 'portal', path: '/' }] },
    { name: `demo.${domain}`, routes: [{ kind: 'proxy', path: '/', upstream, webSocket: true }] },
  ],
  portal: {
    brand: { name: 'Box', primary: '#7c3aed', accent: '#f59e0b' },
    tiles: [
      {
        title: 'Demo',
        url: `https://demo.${origin}/`,
        description: 'An app behind the proxy',
        group: 'apps',
      },
    ],
  },
  passthroughs: [],
  drain: { announceSeconds: 0, seconds: 2 },
};
const file = join(folder, 'config.yaml');
writeFileSync(file, stringify(config));
await serve(file);
console.error(
  `\nportal   https://${origin}/\ndemo app https://demo.${origin}/\nroutes   http://127.0.0.1:${config.listeners.admin}/debug/routes\n`,
);
