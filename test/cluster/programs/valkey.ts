import { text } from '../../../constructs/proofs/read.js';
import { hasRedis, TestRedis } from '../../support/redis.js';
import { about, type ConfigCheck, expect } from './program.js';
import { Secrets } from './secrets.js';

const config = 'ConfigMap data/valkey, key valkey.conf';
const acl = 'VaultStaticSecret data/valkey-acl, key users.acl';
/** The probe's password is in a Secret of the server's own; nobody else needs one in the file. */
const url = /^redis:\/\/([^:]+):([^@]+)@valkey\.data\.svc\.cluster\.local:6379\/(\d+)$/;

/** The cache and queue server: every URL that an app of this box has gets in, with its own user. */
export const valkey: ConfigCheck = {
  name: 'Valkey',
  version: "Debian's redis-server for 8.1",
  reads: ['ConfigMap data/valkey', 'VaultStaticSecret data/valkey-acl', "every app's URLs"],
  obtain: () => {
    expect(hasRedis(), 'no redis-server; install the Debian package redis-server');
    return Promise.resolve('redis-server');
  },
  async check(bench) {
    const { box } = bench;
    const secrets = await Secrets.of(box);
    const server = await about(config, () =>
      TestRedis.start(box.file('data/valkey', 'valkey.conf'), secrets.value('data/valkey-acl', 'users.acl')),
    );
    bench.atEnd(() => server.stop());
    let urls = 0;
    for (const sync of box.all('VaultStaticSecret')) {
      const place = `${sync.metadata.namespace}/${text(sync, 'spec', 'destination', 'name')}`;
      for (const [key, value] of Object.entries(secrets.secret(place))) {
        const [, user = '', password = '', index = ''] = url.exec(String(value)) ?? [];
        if (user === '') continue;
        urls++;
        await about(`${acl}, and Secret ${place}, key ${key}`, () => {
          const login = { user, password: decodeURIComponent(password) };
          const set = server.ask(login, '-n', index, 'SET', 'a-key', 'a value', 'EX', '60');
          expect(set.ok, `user ${user} may not write: ${set.text}`);
          expect(!server.ask(login, 'CONFIG', 'GET', '*').ok, `user ${user} may read the configuration`);
          expect(
            !server.ask({ user, password: 'guessed' }, 'PING').ok,
            `user ${user} gets in with any password`,
          );
        });
      }
    }
    expect(urls > 0, `${acl}: no app has a URL`);
    bench.note(`${urls} URLs`);
  },
  faults: [
    {
      what: 'an unknown directive',
      plant: (copy) => {
        const text = copy.file('data/valkey', 'valkey.conf');
        copy.setFile('data/valkey', 'valkey.conf', text.replace(/^maxmemory-policy/m, 'maxmemory-polizy'));
      },
      says: /ConfigMap data\/valkey/,
    },
    {
      what: 'a user who may administer the server',
      plant: (copy) => {
        const { destination } = copy.object('VaultStaticSecret', 'data/valkey-acl').spec as Sync;
        const users = destination.transformation.templates['users.acl'];
        if (users !== undefined) users.text = users.text.replace(/-@admin -@dangerous/g, '');
      },
      says: /valkey-acl.*may read the configuration/,
    },
  ],
};

interface Sync {
  destination: { transformation: { templates: Record<string, { text: string }> } };
}
