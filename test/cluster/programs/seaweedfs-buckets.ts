import { data, rows, text } from '../../../constructs/proofs/read.js';
import { expectStatus } from './http.js';
import { about, type Bench, expect, same } from './program.js';
import { S3, type S3Keys, type S3Options } from './s3.js';
import type { Secrets } from './secrets.js';

const plan = 'ConfigMap box-system/setup-plan, key plan.json, buckets';
const identities = 'VaultStaticSecret storage/seaweedfs-s3, key s3.json';
/** A bucket that belongs to no app. */
const foreign = 'somebody-elses';

interface Bucket {
  readonly name: string;
  readonly owner: string;
  readonly versioned: boolean;
  readonly cors?: {
    readonly origins: readonly string[];
    readonly methods: readonly string[];
    readonly headers: readonly string[];
    readonly exposes: readonly string[];
  };
  readonly expireDays?: number;
}

/** Makes buckets as the set-up Job does; each app reaches its own in every way its program needs, and no other. */
export async function checkBuckets(bench: Bench, secrets: Secrets, port: number): Promise<void> {
  const section = data(bench.box.plan, 'buckets');
  const region = text(section, 'region') ?? '';
  const options: S3Options = { port, region };
  const buckets = rows(section, 'buckets') as unknown as readonly Bucket[];
  const keysAt = (path: string): S3Keys => {
    const values = secrets.at(path);
    return { accessKey: String(values['access-key']), secretKey: String(values['secret-key']) };
  };
  const admin = new S3(options, keysAt(text(section, 'admin', 'path') ?? ''));
  await about(`${identities}, identity admin`, () => make(admin, foreign));
  for (const bucket of buckets)
    await about(`${plan}, ${bucket.name}`, async () => {
      await make(admin, bucket.name);
      await configure(admin, bucket);
    });
  const apps = [...new Set(buckets.map(({ owner }) => owner))];
  for (const app of apps) {
    const keys = keysAt(`s3/${app}`);
    const own = new S3(options, keys);
    await about(`${identities}, identity ${app}`, async () => {
      for (const bucket of buckets.filter(({ owner }) => owner === app)) await use(own, bucket);
      for (const { name } of [...buckets.filter(({ owner }) => owner !== app), { name: foreign }])
        await checkRefused(own, name);
    });
    await about(`${identities}, identity ${app}, presigned`, () =>
      checkPresigned(bench, options, keys, buckets.find(({ owner }) => owner === app)?.name ?? ''),
    );
  }
  await about(`${identities}, nobody`, () =>
    checkRefused(new S3(options, undefined), buckets[0]?.name ?? foreign),
  );
  bench.note(`${buckets.length} buckets of ${apps.length} apps`);
}

async function make(admin: S3, name: string): Promise<void> {
  expectStatus(await admin.send({ method: 'PUT', path: `/${name}` }), 200, `making bucket ${name}`);
  // a set-up that runs again
  const again = await admin.send({ method: 'PUT', path: `/${name}` });
  expect([200, 409].includes(again.status), `making bucket ${name} again: ${again.status} ${again.text}`);
  expectStatus(
    await admin.send({ method: 'PUT', path: `/${name}/there`, body: 'something' }),
    200,
    'writing',
  );
}

async function configure(admin: S3, { name, versioned, cors, expireDays }: Bucket): Promise<void> {
  const put = async (query: string, body: string) =>
    expectStatus(
      await admin.send({ method: 'PUT', path: `/${name}`, query: { [query]: '' }, body }),
      [200, 204],
      query,
    );
  if (versioned)
    await put('versioning', '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>');
  if (cors !== undefined) {
    const list = (tag: string, values: readonly string[]) =>
      values.map((value) => `<${tag}>${value}</${tag}>`).join('');
    const rule = `${list('AllowedOrigin', cors.origins)}${list('AllowedMethod', cors.methods)}${list('AllowedHeader', cors.headers)}${list('ExposeHeader', cors.exposes)}`;
    await put('cors', `<CORSConfiguration><CORSRule>${rule}</CORSRule></CORSConfiguration>`);
  }
  if (expireDays !== undefined)
    await put(
      'lifecycle',
      `<LifecycleConfiguration><Rule><ID>expire</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter><Expiration><Days>${expireDays}</Days></Expiration></Rule></LifecycleConfiguration>`,
    );
}

/** What Django's storage does with a bucket, and versions where there are to be some. */
async function use(app: S3, { name, versioned }: Bucket): Promise<void> {
  const path = `/${name}/folder/a file+with (signs).txt`;
  const first = expectStatus(
    await app.send({ method: 'PUT', path, body: 'first' }),
    200,
    `writing into ${name}`,
  );
  const second = expectStatus(
    await app.send({ method: 'PUT', path, body: 'second' }),
    200,
    `writing into ${name}`,
  );
  same(
    expectStatus(await app.send({ path }), 200, `reading from ${name}`).text,
    'second',
    'what was written',
  );
  expectStatus(await app.send({ method: 'HEAD', path }), 200, `asking about an object of ${name}`);
  const query = { 'list-type': '2', prefix: 'folder/' };
  const listed = expectStatus(await app.send({ path: `/${name}`, query }), 200, `listing ${name}`);
  expect(listed.text.includes('a file+with (signs).txt'), `the list of ${name} lacks the object`);
  const tags = '<Tagging><TagSet><Tag><Key>kind</Key><Value>test</Value></Tag></TagSet></Tagging>';
  expectStatus(await app.send({ method: 'PUT', path, query: { tagging: '' }, body: tags }), 200, 'tagging');
  const version = String(first.headers['x-amz-version-id'] ?? '');
  if (versioned) {
    expect(
      version !== '' && version !== second.headers['x-amz-version-id'],
      `bucket ${name} keeps no versions`,
    );
    const old = await app.send({ path, query: { versionId: version } });
    same(expectStatus(old, 200, 'reading the first version').text, 'first', 'the first version');
    const versions = await app.send({ path: `/${name}`, query: { versions: '', prefix: 'folder/' } });
    expect(
      expectStatus(versions, 200, 'listing versions').text.includes(version),
      'the first version is not listed',
    );
  }
  expectStatus(await app.send({ method: 'DELETE', path }), 204, `deleting from ${name}`);
  expectStatus(await app.send({ path }), 404, 'reading what was deleted');
}

async function checkRefused(app: S3, bucket: string): Promise<void> {
  const requests = [
    { method: 'GET', path: `/${bucket}/there` },
    { method: 'HEAD', path: `/${bucket}/there` },
    { method: 'PUT', path: `/${bucket}/mine`, body: 'mine' },
    { method: 'DELETE', path: `/${bucket}/there` },
    { method: 'GET', path: `/${bucket}`, query: { 'list-type': '2' } },
    { method: 'PUT', path: `/${bucket}`, query: { acl: '' } },
    { method: 'DELETE', path: `/${bucket}` },
    { method: 'PUT', path: '/a-bucket-of-its-own' },
  ];
  for (const request of requests) {
    const { status } = await app.send(request);
    expect(
      status === 403,
      `${request.method} ${request.path} of a foreign bucket is answered with ${status}`,
    );
  }
}

/** A link that an app signs for the public host works when the edge hands that host on, and for no other host. */
async function checkPresigned(bench: Bench, options: S3Options, keys: S3Keys, bucket: string): Promise<void> {
  const host = `s3.${bench.box.site.settings.domain}`;
  const internal = 'seaweedfs-filer.storage.svc.cluster.local:8333';
  const path = `/${bucket}/shared`;
  expectStatus(await new S3(options, keys).send({ method: 'PUT', path, body: 'shared' }), 200, 'writing');
  for (const name of [host, internal]) {
    const link = new S3({ ...options, host: name }, keys).presigned(path);
    const fetch = (asked: string) =>
      new S3({ ...options, host: asked }, undefined).fetch(link, { 'x-forwarded-proto': 'https' });
    same(
      expectStatus(await fetch(name), 200, `a link signed for ${name}`).text,
      'shared',
      'what it leads to',
    );
    expectStatus(await fetch('elsewhere.example'), 403, `a link signed for ${name}, used at another host`);
  }
}
