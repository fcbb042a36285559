import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SniRouter } from '../../src/l4/sni-route.js';
import { type Passthrough, TcpPassthrough } from '../../src/l4/tcp-passthrough.js';
import { Authority } from '../support/certificates.js';
import { folder, installed, run, start, stopAll } from './support/programs.js';
import { closeAll, freePort, open, readAll, serve, until } from './support/sockets.js';

/** Real programs behind the passthrough: what a double may take from us, they may not. */
const test = suite('programs');
let running: TcpPassthrough[] = [];
test.after.each(async () => {
  closeAll();
  await Promise.all(running.map((passthrough) => passthrough.stop(0)));
  running = [];
  await stopAll();
});

async function pass(port: number, settings: Partial<Passthrough> = {}): Promise<TcpPassthrough> {
  const passthrough = new TcpPassthrough({
    ...{ name: 'ssh', port: 0, upstream: { host: '127.0.0.1', port } },
    ...settings,
  });
  running.push(passthrough);
  await passthrough.listen();
  return passthrough;
}

/** An OpenSSH server for the user of the test, and what a client needs to log in. */
async function startSshd(): Promise<{ port: number; options: string[]; home: string; log: string }> {
  const home = folder();
  for (const name of ['host', 'user'])
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(home, name)]);
  writeFileSync(join(home, 'authorized'), readFileSync(join(home, 'user.pub')));
  chmodSync(home, 0o700);
  const port = await freePort();
  const log = join(home, 'log');
  writeFileSync(
    join(home, 'sshd_config'),
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${join(home, 'host')}`,
      `AuthorizedKeysFile ${join(home, 'authorized')}`,
      `PidFile ${join(home, 'pid')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'LogLevel VERBOSE',
      '',
    ].join('\n'),
  );
  mkdirSync('/run/sshd', { recursive: true });
  await start('/usr/sbin/sshd', ['-D', '-f', join(home, 'sshd_config'), '-E', log], port);
  const options = ['-F', 'none', '-i', join(home, 'user'), '-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR'];
  options.push('-o', 'StrictHostKeyChecking=no', '-o', `UserKnownHostsFile=${join(home, 'known')}`);
  return { port, options, home, log };
}

test('ssh: a session, its status, its streams, 20 MB each way', async () => {
  if (!installed('/usr/sbin/sshd') || !installed('ssh')) return;
  const { port, options } = await startSshd();
  const passthrough = await pass(port);
  const ssh = (command: string, input = '') =>
    run('ssh', [...options, '-p', String(passthrough.port), '127.0.0.1', command], { input });
  const said = await ssh('cat; echo err >&2; exit 7', 'hello');
  assert.equal([said.status, said.stdout, said.stderr.trim()], [7, 'hello', 'err']);
  const data = 'x'.repeat(20e6);
  const there = await ssh('cat', data);
  assert.is(there.stdout.length, data.length, there.stderr);
  await until(() => passthrough.counters.open === 0, 'closed');
  assert.equal([passthrough.counters.accepted, passthrough.counters.unreachable], [2, 0]);
  assert.ok(passthrough.counters.received > 20e6 && passthrough.counters.sent > 20e6);
});

test('git over ssh: push, clone, fetch', async () => {
  if (!installed('/usr/sbin/sshd') || !installed('ssh') || !installed('git')) return;
  const { port, options, home } = await startSshd();
  const passthrough = await pass(port);
  const env = {
    GIT_SSH_COMMAND: ['ssh', ...options, '-p', String(passthrough.port)].join(' '),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
  };
  const git = async (cwd: string, ...args: string[]) => {
    const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.test'];
    const ran = await run('git', [...who, ...args], { cwd, env });
    assert.is(ran.status, 0, `git ${args.join(' ')}: ${ran.stderr}`);
    return ran.stdout.trim();
  };
  const [bare, work, copy] = ['bare.git', 'work', 'copy'].map((name) => join(home, name)) as [
    string,
    string,
    string,
  ];
  await git(home, 'init', '-q', '--bare', '-b', 'main', bare);
  await git(home, 'init', '-q', '-b', 'main', work);
  // not compressible, so that the pack is as large
  for (let file = 0; file < 20; file++) writeFileSync(join(work, `${file}`), noise(file, 200_000));
  await git(work, 'add', '.');
  await git(work, 'commit', '-qm', 'first');
  const url = `ssh://127.0.0.1${bare}`;
  await git(work, 'push', '-q', url, 'main');
  await git(home, 'clone', '-q', url, copy);
  assert.is(await git(copy, 'rev-parse', 'HEAD'), await git(work, 'rev-parse', 'HEAD'));
  writeFileSync(join(work, '0'), 'changed');
  await git(work, 'commit', '-qam', 'second');
  await git(work, 'push', '-q', url, 'main');
  await git(copy, 'pull', '-q', '--ff-only');
  assert.is(readFileSync(join(copy, '0'), 'utf8'), 'changed');
  await git(copy, 'fsck', '--strict');
  assert.is(passthrough.counters.accepted, 4);
  assert.ok(passthrough.counters.sent > 4e6);
});

/** Bytes that do not compress, the same each time. */
function noise(seed: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let index = 0, state = seed + 1; index < size; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

test('haproxy with accept-proxy sees the client through the passthrough', async () => {
  if (!installed('haproxy')) return;
  const home = folder();
  const port = await freePort();
  const config = join(home, 'haproxy.cfg');
  writeFileSync(
    config,
    `defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend told
  bind 127.0.0.1:${port} accept-proxy
  http-request return status 200 content-type text/plain lf-string "%[src] %[src_port] %[dst] %[dst_port]"
`,
  );
  await start('haproxy', ['-db', '-q', '-f', config], port);
  const passthrough = await pass(port, { proxyProtocol: true });
  for (const host of ['127.0.0.1', '::1']) {
    const client = await open(passthrough.port, host);
    const local = client.localPort;
    client.write('GET / HTTP/1.0\r\n\r\n');
    const answer = String(await readAll(client));
    assert.is(answer.split('\r\n\r\n')[1], `${host} ${local} ${host} ${passthrough.port}`, answer);
  }
  const untold = await open((await pass(port)).port);
  untold.write('GET / HTTP/1.0\r\n\r\n');
  assert.not.match(String(await readAll(untold).catch(() => '')), /200 OK/);
});

test('nginx with proxy_protocol on TLS sees the client through the router of names', async () => {
  if (!installed('nginx') || !installed('curl')) return;
  const home = folder();
  const port = await freePort();
  const { files } = Authority.root().issue({ names: ['turn.example.test'] });
  const config = join(home, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; master_process off; pid ${home}/pid; error_log ${home}/error.log;
events {}
http {
  access_log off;
  client_body_temp_path ${home}/b; proxy_temp_path ${home}/p; fastcgi_temp_path ${home}/f;
  uwsgi_temp_path ${home}/u; scgi_temp_path ${home}/s;
  server {
    listen 127.0.0.1:${port} ssl proxy_protocol;
    ssl_certificate ${files.cert}; ssl_certificate_key ${files.key};
    return 200 "$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_port";
  }
}
`,
  );
  await start('nginx', ['-p', home, '-c', config], port);
  const target = { upstream: { host: '127.0.0.1', port }, proxyProtocol: true };
  const router = new SniRouter({
    routes: new Map([['turn.example.test', target]]),
    fallback: (socket) => socket.destroy(),
  });
  const clients: (number | undefined)[] = [];
  const { port: ours } = await serve((socket) => {
    clients.push(socket.remotePort);
    router.handle(socket);
  });
  const told = await run('curl', [
    ...['-sS', '--cacert', files.ca, '--resolve', `turn.example.test:${ours}:127.0.0.1`],
    `https://turn.example.test:${ours}/`,
  ]);
  assert.is(told.stdout, `127.0.0.1 ${clients[0]} ${ours}`, told.stderr);
  await router.stop(0);
});

test('haproxy sends version 1 and 2: read from the wire', async () => {
  if (!installed('haproxy')) return;
  const { readProxyHeader } = await import('../../src/l4/proxy-protocol.js');
  const home = folder();
  const heads: Buffer[] = [];
  const { port: upstream } = await serve((socket) => {
    // the header and what follows may come one after the other
    let head = Buffer.alloc(0);
    socket.on('data', (data) => {
      head = Buffer.concat([head, data]);
      if (!head.subarray(-5).equals(Buffer.from('hello'))) return;
      heads.push(head);
      socket.destroy();
    });
  });
  const [one, two] = [await freePort(), await freePort()];
  const config = join(home, 'haproxy.cfg');
  const listen = (name: string, port: number, option: string) => `listen ${name}
  bind 127.0.0.1:${port}
  server upstream 127.0.0.1:${upstream} ${option}
`;
  writeFileSync(
    config,
    `defaults
  mode tcp
  timeout client 5s
  timeout server 5s
  timeout connect 5s
${listen('one', one, 'send-proxy')}${listen('two', two, 'send-proxy-v2 proxy-v2-options crc32c,unique-id')}`,
  );
  await start('haproxy', ['-db', '-q', '-f', config], one);
  for (const port of [one, two]) {
    heads.length = 0;
    const client = await open(port);
    const local = client.localPort;
    client.write('hello');
    await readAll(client).catch(() => '');
    const sources = heads.map((head) => {
      const read = readProxyHeader(head);
      if (typeof read !== 'object' || !('length' in read)) throw new Error(String(read));
      return `${read.source?.address} ${read.source?.port} ${read.destination?.port} ${head.subarray(read.length)}`;
    });
    assert.ok(sources.includes(`127.0.0.1 ${local} ${port} hello`), sources.join());
  }
});

test.run();
