import { randomBytes } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namespaces } from '../../constructs/core/namespaces.js';
import { Tier } from '../../constructs/core/tier.js';
import { Workload } from '../../constructs/core/workload.js';
import { Valkey } from '../../constructs/data/valkey.js';
import { hasRedis, type Login, TestRedis } from '../support/redis.js';
import { fill, guard, VaultBox } from '../support/vault-box.js';

class ValkeyBox extends VaultBox {
  readonly valkey = new Valkey(this.tier('stores', namespaces.data), 'Valkey', { vault: this.vault });
  readonly apps: Tier = this.tier('lasuite', namespaces.lasuite);

  get conf(): string {
    return String(this.read('ConfigMap', 'valkey', 'data', 'valkey.conf'));
  }

  template(secret: string, key: string): string {
    return String(
      this.read(
        'VaultStaticSecret',
        secret,
        'spec',
        'destination',
        'transformation',
        'templates',
        key,
        'text',
      ),
    );
  }
}

function twoApps(): ValkeyBox {
  const box = new ValkeyBox();
  box.valkey.client(box.apps, 'docs', { cache: 1, broker: 9 });
  box.valkey.client(box.apps, 'find', { cache: 5 });
  return box;
}

test('an app gets URLs with its own user and indices, in its own namespace', () => {
  const box = twoApps();
  const password = '{{ get .Secrets "password" }}';
  const server = 'valkey.data.svc.cluster.local:6379';
  assert.is(box.read('VaultStaticSecret', 'docs-valkey', 'metadata', 'namespace'), 'lasuite');
  const made = '{{ if not (hasKey .Secrets "password") }}{{ fail "password is not made yet" }}{{ end }}';
  assert.is(box.template('docs-valkey', 'cache-url'), `${made}redis://docs:${password}@${server}/1`);
  assert.is(box.template('docs-valkey', 'broker-url'), `${made}redis://docs:${password}@${server}/9`);
  assert.is(box.template('find-valkey', 'cache-url'), `${made}redis://find:${password}@${server}/5`);
  assert.is(box.template('find-valkey', 'broker-url'), 'undefined');
});

test('an app without queues has no URL for them', () => {
  const box = new ValkeyBox();
  const client = box.valkey.client(box.apps, 'find', { cache: 5 });
  assert.is(client.brokerUrl, undefined);
  assert.is(client.cacheUrl.key, 'cache-url');
  assert.is(client.cacheUrl.secret.name, 'find-valkey');
});

test('whoever holds a URL may connect, and is restarted when the password changes', () => {
  const box = new ValkeyBox();
  const client = box.valkey.client(box.apps, 'docs', { cache: 1 });
  new Workload(box.apps, 'Docs', {
    name: 'docs-backend',
    image: 'docsBackend',
    size: 'docs-backend',
    env: { REDIS_URL: client.cacheUrl },
  });
  assert.equal(box.edges('docs-backend').to, ['data/valkey:6379']);
  assert.equal(box.edges('valkey'), { from: ['lasuite/docs-backend:6379'], to: [] });
  assert.equal(box.read('VaultStaticSecret', 'docs-valkey', 'spec', 'rolloutRestartTargets'), [
    { kind: 'Deployment', name: 'docs-backend' },
  ]);
});

test('the server knows a hash of each password, and restarts when one changes', () => {
  const box = twoApps();
  assert.equal(box.template('valkey-acl', 'users.acl').replace(guard, '').split('\n'), [
    'user default off',
    'user health on #{{ get .Secrets "health-password" | sha256sum }} -@all +ping',
    ...['docs', 'find'].map(
      (user) =>
        `user ${user} on #{{ get .Secrets "${user}" | sha256sum }} ~* &* +@all -@admin -@dangerous +info +keys +flushdb`,
    ),
    '',
  ]);
  assert.equal(box.read('VaultStaticSecret', 'valkey-acl', 'spec', 'rolloutRestartTargets'), [
    { kind: 'StatefulSet', name: 'valkey' },
  ]);
});

test('the server learns the passwords from what the apps declare', () => {
  const paths = (twoApps().plan('vault') as { kv: { paths: Record<string, unknown> } }).kv.paths;
  assert.equal(paths['valkey/docs'], { password: { kind: 'random', bytes: 24 } });
  assert.equal(paths.valkey, {
    'health-password': { kind: 'random', bytes: 24 },
    docs: { kind: 'copy', path: 'valkey/docs', key: 'password' },
    find: { kind: 'copy', path: 'valkey/find', key: 'password' },
  });
});

test('the server fits 64 MiB, keeps what it has on a disk, and stays one server in a cluster', () => {
  const box = new ValkeyBox('cluster');
  assert.is(box.read('StatefulSet', 'valkey', 'spec', 'replicas'), 1);
  assert.equal(box.container('StatefulSet', 'valkey', 'resources'), {
    limits: { memory: '64Mi' },
    requests: { cpu: '50m', memory: '64Mi' },
  });
  const storage = ['spec', 'volumeClaimTemplates', 0, 'spec', 'resources', 'requests', 'storage'];
  assert.is(box.read('StatefulSet', 'valkey', ...storage), '1Gi');
});

test('an index belongs to one use', () => {
  const box = twoApps();
  const claim = (app: string, cache: number, broker?: number) => () =>
    box.valkey.client(box.apps, app, { cache, ...(broker === undefined ? {} : { broker }) });
  assert.throws(
    claim('drive', 9),
    /index 9 is claimed for the cache of 'drive' \(lasuite\).*queues of 'docs'/,
  );
  assert.throws(claim('drive', 9), /take one that is free: 0, 2, 3/);
  assert.throws(claim('meet', 3, 3), /queues of 'meet'.*holds the cache of 'meet'/);
  assert.throws(claim('people', 32), /index 32 does not exist; use a whole number from 0 to 31/);
  assert.throws(claim('people', -1), /index -1 does not exist/);
  assert.throws(claim('people', 1.5), /index 1.5 does not exist/);
  claim('people', 31, 0)();
});

test('a user name is an app name, and is declared once', () => {
  const box = twoApps();
  for (const name of ['default', 'health', 'Docs', 'a b', ''])
    assert.throws(() => box.valkey.client(box.apps, name, { cache: 20 }), /cannot be a Valkey user/);
  assert.throws(
    () => box.valkey.client(box.apps, 'docs', { cache: 21 }),
    /'valkey\/docs' is declared by lasuite already/,
  );
});

if (hasRedis()) prove();
test.run();

/** The rendered configuration in a real server. */
function prove(): void {
  const box = twoApps();
  const secret = () => randomBytes(24).toString('base64url');
  const passwords = { 'health-password': secret(), docs: secret(), find: secret() };
  const acl = fill(box.template('valkey-acl', 'users.acl'), passwords);
  const docs: Login = { user: 'docs', password: passwords.docs };
  const find: Login = { user: 'find', password: passwords.find };

  async function withServer(run: (server: TestRedis) => void, settings: Record<string, string> = {}) {
    const server = await TestRedis.start(box.conf, acl, settings);
    try {
      run(server);
    } finally {
      await server.stop();
    }
  }

  test('nobody gets in without a password of their own', () =>
    withServer((server) => {
      assert.match(server.ask(undefined, 'PING').text, /NOAUTH/);
      assert.match(server.ask({ user: 'default', password: '' }, 'PING').text, /NOAUTH|WRONGPASS/);
      assert.match(server.ask({ user: 'docs', password: passwords.find }, 'PING').text, /WRONGPASS/);
      assert.match(server.ask({ user: 'docs', password: '' }, 'PING').text, /NOAUTH|WRONGPASS/);
      assert.match(server.ask({ user: 'drive', password: passwords.docs }, 'PING').text, /WRONGPASS/);
      assert.equal(server.ask(docs, 'PING'), { text: 'PONG', ok: true });
      assert.equal(server.ask(find, 'ACL', 'WHOAMI'), { text: 'find', ok: true });
      assert.ok(server.ask(docs, '-n', '31', 'SET', 'a', 'b').ok);
      assert.match(server.ask(docs, 'SELECT', '32').text, /out of range/);
    }));

  test('the probe asks as a user that can do nothing else', () =>
    withServer((server) => {
      const probe = box.container('StatefulSet', 'valkey', 'readinessProbe') as {
        exec: { command: string[] };
      };
      const [program, ...words] = probe.exec.command;
      assert.equal([program, words.at(-1)], ['valkey-cli', 'ping']);
      const user = words[words.indexOf('--user') + 1] ?? '';
      const health = { user, password: passwords['health-password'] };
      assert.equal(server.ask(health, 'ping'), { text: 'PONG', ok: true });
      assert.match(server.ask(health, 'GET', 'a').text, /NOPERM/);
      // what `-e` is for: without it a refusal counts as healthy
      assert.not.ok(server.ask({ ...health, password: 'wrong' }, 'ping').ok);
      assert.ok(words.includes('-e'));
    }));

  test('an app may do what its libraries do, and nothing to the server', () =>
    withServer((server) => {
      for (const command of [
        'SET session 1 EX 60',
        'KEYS *',
        'INFO server',
        'SCAN 0',
        'EVAL return(1) 0',
        'LPUSH celery 1',
        'BRPOP celery 1',
        'ZADD unacked_index 1 a',
        'PUBLISH /9.celery.pidbox x',
        'CLIENT SETNAME a',
        'HELLO 3',
        'FLUSHDB',
      ])
        assert.ok(server.ask(docs, ...command.split(' ')).ok, command);
      for (const command of [
        'FLUSHALL',
        'CONFIG GET maxmemory',
        'CONFIG SET maxmemory 0',
        'SHUTDOWN NOSAVE',
        'ACL LIST',
        'ACL SETUSER docs allcommands',
        'CLIENT LIST',
        'CLIENT KILL ID 1',
        'MONITOR',
        'SAVE',
        'REPLICAOF 192.0.2.1 6379',
        'MODULE LIST',
        'SWAPDB 0 1',
      ])
        assert.match(server.ask(docs, ...command.split(' ')).text, /NOPERM/, command);
    }));

  /** Puts 200 tasks into a queue and then 100 MB into the cache; what is left of the queue. */
  function overfill(server: TestRedis): { tasks: number; evicted: number } {
    const tasks = Array.from({ length: 200 }, (_, i) => ['LPUSH', 'celery', `task ${i}`]);
    server.send(docs, 9, tasks);
    const value = 'x'.repeat(1_000_000);
    server.send(
      docs,
      1,
      Array.from({ length: 100 }, (_, i) => ['SET', `page-${i}`, value, 'EX', '3600']),
    );
    const evicted = /evicted_keys:(\d+)/.exec(server.ask(docs, 'INFO', 'stats').text)?.[1];
    return { tasks: Number(server.ask(docs, '-n', '9', 'LLEN', 'celery').text), evicted: Number(evicted) };
  }

  test('a full server forgets cached pages and keeps every queued task', () =>
    withServer((server) => {
      const { tasks, evicted } = overfill(server);
      assert.is(tasks, 200);
      assert.ok(evicted > 50, `${evicted} keys were evicted`);
    }));

  test('with another policy the queue would be lost', () =>
    withServer((server) => assert.is(overfill(server).tasks, 0), { 'maxmemory-policy': 'allkeys-lru' }));
}
