import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecureVersion } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CertificateStore } from '../../src/tls/certificates.js';
import { TicketKeys } from '../../src/tls/tickets.js';
import { Authority, issue } from '../support/certificates.js';
import { EchoServer, echo, sClient } from './tls-server.js';

const newStore = (options: Partial<ConstructorParameters<typeof CertificateStore>[0]> = {}) =>
  new CertificateStore({ ticketKeys: new TicketKeys().current(), ...options });

async function serving(store: CertificateStore, run: (server: EchoServer) => Promise<void>): Promise<void> {
  const server = await EchoServer.start(store);
  try {
    await run(server);
  } finally {
    await server.stop();
  }
}

const versions: SecureVersion[] = ['TLSv1.2', 'TLSv1.3'];
const only = (version: SecureVersion) => ({ minVersion: version, maxVersion: version });

test('chooses exact before wildcard of one label before the first', async () => {
  const store = newStore();
  store.retain(['first', 'second', 'third']);
  store.replace('third', issue({ names: ['docs.box.test'] }));
  store.replace('second', issue({ names: ['*.box.test'] }));
  store.replace('first', issue({ names: ['box.test', 'constructor'] }));
  await serving(store, async (server) => {
    for (const [servername, names] of [
      ['docs.box.test', 'DNS:docs.box.test'],
      ['DOCS.Box.Test', 'DNS:docs.box.test'],
      ['meet.box.test', 'DNS:*.box.test'],
      ['a.meet.box.test', 'DNS:box.test, DNS:constructor'],
      ['box.test', 'DNS:box.test, DNS:constructor'],
      ['nobody.test', 'DNS:box.test, DNS:constructor'],
      ['__proto__', 'DNS:box.test, DNS:constructor'],
      ['x'.repeat(250), 'DNS:box.test, DNS:constructor'],
      ['', 'DNS:box.test, DNS:constructor'],
    ] as const)
      assert.is((await server.visit({ servername })).names, names, servername);
  });
  for (const host of ['docs.box.test', 'meet.box.test', 'box.test', 'BOX.test'])
    assert.ok(store.covers(host), host);
  for (const host of ['nobody.test', 'a.meet.box.test', '.box.test', '', 'test'])
    assert.not(store.covers(host), host);
  store.retain(['second']);
  assert.equal(
    store.expiries().map(({ source }) => source),
    ['second'],
  );
  store.retain(['not there yet']);
  assert.ok(store.ready, 'the last one stays until there is another');
});

test('certificates of different kinds do not mix: each name gets its own key and chain', async () => {
  const chained = Authority.root('Other Root').intermediate('Between');
  for (const [first, second] of [
    [issue({ names: ['box.test'] }), issue({ names: ['docs.box.test'], key: 'rsa' })],
    [issue({ names: ['box.test'], key: 'rsa' }), issue({ names: ['docs.box.test'] })],
    [chained.issue({ names: ['box.test'] }), issue({ names: ['docs.box.test'] })],
  ] as const) {
    const store = newStore();
    assert.equal(store.replace('first', first).warnings, []);
    await serving(store, async (server) => {
      const shown = async (...args: string[]) => {
        const text = await sClient(server.port, ...args);
        return [/^ 0 s:CN = (\S+)/m.exec(text)?.[1], /^ 1 s:CN = (\S+)/m.exec(text)?.[1]];
      };
      const between = first.ca === second.ca ? undefined : 'Between';
      assert.equal(await shown('-noservername'), ['box.test', between]);
      assert.match(
        store.replace('second', second).warnings.join(),
        /^second: certificates differ .+ issue all of them/,
      );
      for (const version of ['-tls1_2', '-tls1_3']) {
        assert.equal(await shown(version, '-servername', 'docs.box.test'), ['docs.box.test', undefined]);
        assert.equal(await shown(version, '-servername', 'box.test'), ['box.test', between]);
        assert.equal(await shown(version, '-servername', 'nobody.test'), ['box.test', between]);
        assert.equal(await shown(version, '-noservername'), [undefined, undefined]);
      }
      store.retain(['first']);
      assert.equal(await shown('-noservername'), ['box.test', between]);
    });
  }
});

test('of two that name a host serves the one that is valid, then the one that ends later', () => {
  const store = newStore();
  store.replace('old', issue({ names: ['box.test'], days: 10 }));
  const old = store.select('box.test');
  store.replace('expired', issue({ names: ['box.test'], days: -1 }));
  assert.is(store.select('box.test'), old);
  store.replace('new', issue({ names: ['box.test'], days: 20 }));
  assert.is.not(store.select('box.test'), old);
});

test('refuses a bad one and serves the old one on; the same again is no change', async () => {
  let changes = 0;
  const store = newStore({ onChange: () => changes++ });
  const good = issue({ names: ['box.test'] });
  const other = issue({ names: ['box.test'] });
  assert.is(store.replace('secret', good).changed, true);
  assert.is(store.replace('secret', good).changed, false);
  await serving(store, async (server) => {
    const bad = {
      garbage: { cert: 'garbage', key: 'garbage' },
      'the key does not belong': { cert: good.cert, key: other.key },
      'it expired on .+; the one before is kept': issue({ names: ['bad.test'], days: -1 }),
      'it is not valid before': issue({ names: ['bad.test'], days: 9, startDays: 3 }),
    };
    for (const [what, pem] of Object.entries(bad)) {
      if (what !== 'garbage') assert.throws(() => store.replace('secret', pem), new RegExp(what));
      else assert.throws(() => store.replace('secret', pem), /not PEM text/);
      assert.is((await server.visit({ servername: 'box.test' })).names, 'DNS:box.test', what);
    }
  });
  assert.is(changes, 1);
});

test('serves an expired one for want of a better, with a warning, and the better one when it comes', () => {
  const store = newStore();
  const { warnings } = store.replace('secret', issue({ names: ['box.test'], days: -1 }));
  assert.match(warnings.join(), /^secret: it expired on .+ for want of a better one$/);
  assert.ok(store.ready);
  assert.not(store.covers('box.test'), 'readiness must not count on it');
  assert.equal(store.replace('secret', issue({ names: ['box.test'] })).warnings, []);
  assert.ok(store.covers('box.test'));
});

test('without a certificate handshakes fail and the server lives; the first one makes it work', async () => {
  const store = newStore();
  assert.not(store.ready);
  await serving(store, async (server) => {
    for (const servername of ['box.test', ''])
      await server.visit({ servername }).then(
        () => assert.unreachable(),
        (error: Error) => assert.match(error.message, /handshake failure/),
      );
    store.replace('secret', issue({ names: ['box.test'] }));
    assert.is((await server.visit({ servername: 'box.test' })).names, 'DNS:box.test');
    assert.is((await server.visit()).names, 'DNS:box.test');
  });
});

test('TLS 1.2 and 1.3 with strong suites only; ALPN; no renegotiation', async () => {
  const store = newStore();
  store.replace('secret', issue({ names: ['box.test'] }));
  await serving(store, async (server) => {
    const say = (...args: string[]) => sClient(server.port, '-servername', 'box.test', ...args);
    assert.match(await say(), /TLSv1\.3, Cipher is TLS_AES_128_GCM_SHA256/);
    assert.match(await say(), /Server Temp Key: X25519/);
    const mobile = 'TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';
    assert.match(await say('-ciphersuites', mobile), /Cipher is TLS_CHACHA20_POLY1305_SHA256/);
    assert.match(await say('-tls1_2'), /Cipher is ECDHE-ECDSA-AES128-GCM-SHA256/);
    // a client that would speak them (its own level of security lowered) is not answered
    assert.match(await say('-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'), /alert protocol version/);
    assert.match(
      await say('-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA:AES128-GCM-SHA256'),
      /alert handshake failure/,
    );
    store.replace('other', issue({ names: ['rsa.test'], key: 'rsa' }));
    const rsa = await sClient(server.port, '-tls1_2', '-servername', 'rsa.test');
    assert.match(rsa, /Cipher is ECDHE-RSA-AES128-GCM-SHA256/);
    assert.match(await say('-alpn', 'h2,http/1.1'), /ALPN protocol: h2/);
    assert.match(await say('-alpn', 'http/1.1'), /ALPN protocol: http\/1\.1/);
    assert.match(await say('-alpn', 'spdy/3'), /alert no application protocol/);
    const socket = await server.connect({ ...only('TLSv1.2'), servername: 'box.test' });
    const refused = await new Promise<Error | null>((done) => {
      socket.on('error', done);
      socket.renegotiate({}, done);
    });
    assert.match(String(refused), /no.renegotiation/i);
  });
});

for (const version of versions)
  test(`${version}: a ticket is good after any reload, for the default and by name, and void with new keys`, async () => {
    const keys = new TicketKeys().current();
    const store = newStore({ ticketKeys: keys });
    store.replace('first', issue({ names: ['box.test'] }));
    store.replace('second', issue({ names: ['docs.box.test'] }));
    await serving(store, async (server) => {
      for (const servername of ['', 'box.test', 'docs.box.test']) {
        const options = { ...only(version), servername };
        let { session, reused } = await server.visit(options);
        assert.not(reused, `${servername}: first visit`);
        for (const source of ['first', 'second']) {
          const name = source === 'first' ? 'box.test' : 'docs.box.test';
          store.replace(source, issue({ names: [name] }));
          const again = await server.visit({ ...options, session });
          assert.ok(again.reused, `${servername}: after ${source} was replaced`);
          session = again.session;
        }
        store.setTicketKeys(new TicketKeys().current());
        assert.not((await server.visit({ ...options, session })).reused, `${servername}: new keys`);
        store.setTicketKeys(keys);
      }
    });
  });

test('a ticket of one worker is good at another with the same seed', async () => {
  const tickets = new TicketKeys();
  const pem = issue({ names: ['box.test'] });
  for (const version of versions) {
    const stores = [tickets, new TicketKeys({ seed: tickets.seed() })].map((one) => {
      const store = newStore({ ticketKeys: one.current() });
      store.replace('secret', pem);
      return store;
    });
    const [one, other] = stores as [CertificateStore, CertificateStore];
    await serving(one, (first) => {
      // node's own context of sessions hangs on the arguments, which may differ between workers
      process.argv.push('worker');
      return serving(other, async (second) => {
        const options = { ...only(version), servername: 'box.test' };
        const { session } = await first.visit(options);
        assert.not((await second.visit(options)).reused);
        assert.ok((await second.visit({ ...options, session })).reused, version);
      });
    });
  }
});

test('openssl resumes after a reload too, on both versions', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-sessions-'));
  const store = newStore();
  store.replace('secret', issue({ names: ['box.test'] }));
  try {
    await serving(store, async (server) => {
      for (const version of ['-tls1_2', '-tls1_3']) {
        const file = join(folder, version);
        const say = (...args: string[]) => sClient(server.port, version, '-servername', 'box.test', ...args);
        assert.match(await say('-sess_out', file), /^New, TLSv1/m);
        store.replace('secret', issue({ names: ['box.test'] }));
        assert.match(await say('-sess_in', file), /^Reused, TLSv1/m, version);
      }
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('20 rotations with 200 open connections and constant handshakes: nothing is dropped', async () => {
  const store = newStore();
  const pairs = Array.from({ length: 21 }, (_, index) => issue({ names: ['box.test', `r${index}.test`] }));
  const [first, ...rest] = pairs;
  if (first !== undefined) store.replace('secret', first);
  await serving(store, async (server) => {
    const open = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        server.connect({ ...only(versions[index % 2] ?? 'TLSv1.3'), servername: 'box.test' }),
      ),
    );
    let running = true;
    let handshakes = 0;
    const failures: string[] = [];
    let last: Buffer | undefined;
    let resumed = 0;
    const load = Array.from({ length: 4 }, async (_, worker) => {
      while (running)
        try {
          // half of them with a ticket, as browsers come back
          const session = worker % 2 === 0 ? last : undefined;
          const visit = await server.visit({
            servername: 'box.test',
            ...(session === undefined ? {} : { session }),
          });
          handshakes++;
          if (session !== undefined && visit.reused) resumed++;
          else if (session !== undefined) failures.push('a ticket was not taken');
          if (visit.session.length > 0) last = visit.session;
        } catch (error) {
          failures.push(String(error));
        }
    });
    for (const [round, pem] of rest.entries()) {
      const before = handshakes;
      assert.ok(store.replace('secret', pem).changed);
      assert.throws(() => store.replace('secret', { cert: 'bad', key: 'bad' }), /not PEM/);
      await Promise.all(open.map((socket) => echo(socket, `round ${round}`)));
      const { names } = await server.visit({ servername: 'box.test' });
      assert.is(names, `DNS:box.test, DNS:r${round + 1}.test`);
      while (handshakes < before + 4 && failures.length === 0) await new Promise(setImmediate);
    }
    running = false;
    await Promise.all(load);
    assert.equal(failures, []);
    assert.is(open.filter((socket) => socket.destroyed).length, 0);
    assert.ok(resumed > 20, `${resumed} of ${handshakes} resumed`);
    console.log(`${handshakes} handshakes, ${resumed} resumed, 0 failed, 200 of 200 connections open`);
    for (const socket of open) socket.destroy();
  });
});

test.run();
