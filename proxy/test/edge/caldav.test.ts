import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startEdge } from '../support/edge.js';
import { App, bodyOf } from './support/app.js';
import { type Ask, ask, askHttp2, closeClients, openHttp2, type Reply } from './support/client.js';

/** Calendars: methods of WebDAV and CalDAV, which have bodies whatever their name, and answers of many parts. */
const test = suite('caldav');
const host = 'cal.example.org';
let opened: { close(): Promise<unknown> }[] = [];

test.after.each(async () => {
  closeClients();
  await Promise.all(opened.map((one) => one.close()));
  opened = [];
});

const multistatus = `<?xml version="1.0"?>\n<multistatus xmlns="DAV:">${'<response/>'.repeat(2000)}</multistatus>`;

async function stage() {
  const bodies: string[] = [];
  const app = await new App((request, response) => {
    void bodyOf(request).then((body) => {
      bodies.push(body.toString());
      if (request.headers.authorization === undefined) {
        response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="calendar"' }).end();
        return;
      }
      const status = { MKCALENDAR: 201, MKCOL: 201, COPY: 201, MOVE: 201, DELETE: 204, UNLOCK: 204 }[
        request.method ?? ''
      ];
      if (request.method === 'OPTIONS') response.writeHead(200, { DAV: '1, 3, calendar-access' }).end();
      else if (status !== undefined) response.writeHead(status).end();
      else response.writeHead(207, { 'Content-Type': 'application/xml; charset=utf-8' }).end(multistatus);
    });
  }).listen();
  const running = await startEdge({
    hosts: [
      {
        name: host,
        routes: [
          { kind: 'redirect', path: '/.well-known/caldav', to: '/api/v1.0/caldav/', status: 301 },
          { kind: 'proxy', path: '/', class: 'caldav', upstream: app.origin },
        ],
      },
    ],
  });
  opened.push({ close: () => running.stop() }, app);
  return { running, app, bodies };
}

const body = '<propfind xmlns="DAV:"><prop><displayname/></prop></propfind>';
const authorization = `Basic ${Buffer.from('ann:secret').toString('base64')}`;
const questions: readonly (readonly [string, number, Record<string, string>, string | undefined])[] = [
  ['OPTIONS', 200, {}, undefined],
  ['PROPFIND', 207, { depth: '1' }, body],
  ['PROPFIND', 207, { depth: '0' }, undefined],
  ['PROPPATCH', 207, {}, '<propertyupdate xmlns="DAV:"/>'],
  ['REPORT', 207, { depth: '1' }, '<calendar-query xmlns="urn:ietf:params:xml:ns:caldav"/>'],
  ['MKCALENDAR', 201, {}, '<mkcalendar xmlns="urn:ietf:params:xml:ns:caldav"/>'],
  ['MKCOL', 201, {}, undefined],
  ['MOVE', 201, { destination: `https://${host}/b.ics`, overwrite: 'F' }, undefined],
  ['COPY', 201, { destination: `https://${host}/b.ics` }, undefined],
  ['LOCK', 207, { timeout: 'Second-600' }, '<lockinfo xmlns="DAV:"/>'],
  ['UNLOCK', 204, { 'lock-token': '<urn:uuid:1>' }, undefined],
  ['DELETE', 204, { 'if-match': '"1"' }, undefined],
];

for (const version of ['1.1', '2'])
  test(`every method with its fields, its body and its answer, over HTTP/${version}`, async () => {
    const { running, app, bodies } = await stage();
    const session = version === '2' ? openHttp2(running, host) : undefined;
    const request = (question: Ask): Promise<Reply> =>
      session === undefined ? ask(running, question) : askHttp2(session, question);
    for (const [method, expected, fields, text] of questions) {
      const headers = { authorization, ...(text && { 'content-type': 'application/xml' }), ...fields };
      const path = '/api/v1.0/caldav/ann/work/%C3%BC.ics';
      const reply = await request({
        host,
        method,
        path,
        headers,
        ...(text === undefined ? {} : { body: text }),
      });
      assert.is(reply.status, expected, method);
      assert.equal([app.last.method, app.last.url, bodies.at(-1)], [method, path, text ?? '']);
      for (const [name, value] of Object.entries(fields))
        assert.is(app.last.headers[name], value, `${method} ${name}`);
      assert.is(app.last.headers.host, host);
      if (expected === 207) assert.is(reply.text, multistatus, method);
      if (method === 'OPTIONS') assert.is(reply.headers.dav, '1, 3, calendar-access');
    }
  });

test('the first answer to a client is 401, and the way there a redirect', async () => {
  const { running } = await stage();
  const found = await ask(running, {
    host,
    method: 'PROPFIND',
    path: '/.well-known/caldav',
    headers: { depth: '0' },
    body,
  });
  assert.equal([found.status, found.headers.location], [301, `https://${host}/api/v1.0/caldav/`]);
  const stranger = await ask(running, { host, method: 'PROPFIND', path: '/api/v1.0/caldav/', body });
  assert.equal([stranger.status, stranger.headers['www-authenticate']], [401, 'Basic realm="calendar"']);
});

test.run();
