import { createHash, randomFillSync } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { connect } from 'node:tls';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { start, stopAll } from '../l4/support/programs.js';
import { freePort } from '../l4/support/sockets.js';
import { type Issued, issue } from '../support/certificates.js';
import { smallest } from '../support/config.js';
import { noLimits } from '../support/edge.js';
import { App, bodyOf } from './support/app.js';
import { endAll, newFolder, ProxyProcess, until, writeConfig } from './support/process.js';
import { credentials, presign, region } from './support/sigv4.js';
import { StoreDouble } from './support/store-double.js';

/** An S3 client through the proxy: SigV4 covers host, path, query and some fields, so that any change shows. */
const test = suite('s3');
const bucket = 'sunbeam-docs';

interface Stage {
  readonly client: S3Client;
  readonly proxy: ProxyProcess;
  readonly agent: Agent;
  readonly store: string;
}

let stage: Stage;
let close = async () => {
  await endAll();
  await stopAll();
};

test.before(async () => {
  const weed = findWeed();
  const double = weed === undefined ? await new App(new StoreDouble(bucket).handle).listen() : undefined;
  const port = weed === undefined ? (double as App).port : await startWeed(weed);
  const certificate = issue({ names: ['example.org', '*.example.org'] });
  const { cert, key } = certificate.files;
  const file = join(newFolder(), 'config.yaml');
  writeConfig(file, {
    ...smallest,
    ...{ tls: { files: [{ cert, key }] }, limits: noLimits, telemetry: { accessLog: 'off' } },
    drain: { announceSeconds: 0, seconds: 1 },
    hosts: [
      {
        name: 's3.example.org',
        routes: [
          {
            ...{ kind: 'proxy', path: '/', class: 's3', rawPath: true, bodyLimitMi: 'unlimited' },
            ...{ upstream: `http://127.0.0.1:${port}`, timeouts: { response: 300 } },
          },
        ],
      },
    ],
  });
  const proxy = ProxyProcess.serve(file);
  const { https } = await proxy.ports();
  const agent = leadingTo(https, certificate);
  const client = new S3Client({
    ...{ region, credentials, forcePathStyle: true, endpoint: 'https://s3.example.org' },
    requestHandler: { httpsAgent: agent },
  });
  stage = { client, proxy, agent, store: weed === undefined ? 'a double' : 'SeaweedFS' };
  console.log(`     store: ${stage.store}`);
  close = async () => {
    client.destroy();
    agent.destroy();
    await endAll();
    await stopAll();
    await double?.close();
  };
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
});

test.after(() => close());

/** Connections for any name lead to the proxy. */
function leadingTo(port: number, { ca }: Issued): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  agent.createConnection = ({ servername }: { servername?: string }) =>
    connect({ host: '127.0.0.1', port, ca, servername: servername ?? 's3.example.org' });
  return agent;
}

/** SeaweedFS, when it has been built on this machine: BOX_TEST_CACHE names the folder for such programs. */
function findWeed(): string | undefined {
  const folder = join(process.env.BOX_TEST_CACHE ?? join(tmpdir(), 'business-box-cache'), 'go');
  const name = existsSync(folder)
    ? readdirSync(folder).find((file) => /^seaweedfs-[0-9a-f]+$/.test(file))
    : undefined;
  return name === undefined ? undefined : join(folder, name);
}

async function startWeed(weed: string): Promise<number> {
  const folder = newFolder();
  mkdirSync(join(folder, 'data'));
  const { accessKeyId: accessKey, secretAccessKey: secretKey } = credentials;
  const actions = ['Admin', 'Read', 'Write', 'List', 'Tagging'];
  const identities = [{ name: 'docs', credentials: [{ accessKey, secretKey }], actions }];
  writeFileSync(join(folder, 's3.json'), JSON.stringify({ identities }));
  const ports = await Promise.all(Array.from({ length: 8 }, () => freePort()));
  const names = ['master.port', 'volume.port', 'filer.port', 's3.port'];
  const options = names.flatMap((name, i) => [
    `-${name}=${ports[2 * i]}`,
    `-${name}.grpc=${ports[2 * i + 1]}`,
  ]);
  const port = ports[6] as number;
  await start(
    weed,
    [
      ...['server', `-dir=${join(folder, 'data')}`, '-ip=127.0.0.1', '-ip.bind=127.0.0.1', '-filer', '-s3'],
      ...[
        `-s3.config=${join(folder, 's3.json')}`,
        '-master.volumeSizeLimitMB=64',
        '-volume.max=20',
        ...options,
      ],
    ],
    port,
  );
  await until(async () => {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    return response?.status === 200;
  });
  return port;
}

const odd = [
  'plain.txt',
  'with space.txt',
  'plus+plus.txt',
  'ünï/日本 😀.txt',
  'a&b=c;d,e@f:g$h.txt',
  "(!*~'()).txt",
  'per%cent%2Fslash.txt',
  'question?hash#.txt',
  'deep/er/and/deeper.txt',
];

test('put, head, get, list, delete, with keys of all kinds', async () => {
  const { client } = stage;
  for (const Key of odd) {
    await client.send(
      new PutObjectCommand({ Bucket: bucket, Key, Body: `body of ${Key}`, Metadata: { owner: 'ann' } }),
    );
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key }));
    assert.equal(
      [head.ContentLength, head.Metadata?.owner],
      [Buffer.byteLength(`body of ${Key}`), 'ann'],
      Key,
    );
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
    assert.is(await Body?.transformToString(), `body of ${Key}`);
    const part = await client.send(new GetObjectCommand({ Bucket: bucket, Key, Range: 'bytes=0-3' }));
    assert.equal([await part.Body?.transformToString(), part.$metadata.httpStatusCode], ['body', 206]);
  }
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 100 }));
  assert.equal(Contents.map(({ Key }) => Key).sort(), [...odd].sort());
  const prefixed = await client.send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: 'with space', Delimiter: '/' }),
  );
  assert.is(prefixed.KeyCount, 1);
  await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'plus+plus.txt' }));
  const gone = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'plus+plus.txt' })).then(
    () => 'there',
    (error: Error) => error.name,
  );
  assert.is(gone, 'NotFound');
});

test('a URL that carries its signature works for whoever has it; another path does not', async () => {
  const { client, agent } = stage;
  const Key = 'shared ü+.txt';
  await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'shared' }));
  const signed = await presign('s3.example.org', `/${bucket}/${encodeURIComponent(Key)}`);
  const fetchSigned = (path: string) =>
    new Promise<[number | undefined, string]>((done, fail) =>
      get({ host: 's3.example.org', path, agent }, (response: IncomingMessage) => {
        void bodyOf(response).then((bytes) => done([response.statusCode, bytes.toString()]), fail);
      }).on('error', fail),
    );
  assert.equal(await fetchSigned(signed), [200, 'shared']);
  assert.is((await fetchSigned(signed.replace('shared', 'plain')))[0], 403);
  assert.is((await fetchSigned(signed.replace('X-Amz-Expires=60', 'X-Amz-Expires=61')))[0], 403);
});

const memoryOf = (pid: number) =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

test('200 MB in parts of 8 MB, up and down, in bounded memory', async () => {
  const { client, proxy } = stage;
  const Key = 'large.bin';
  const part = randomFillSync(Buffer.allocUnsafe(8 * 1024 * 1024));
  const count = 25;
  const before = memoryOf(proxy.pid);
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, memoryOf(proxy.pid))), 50);
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
  const parts: { PartNumber: number; ETag: string | undefined }[] = [];
  const whole = createHash('sha256');
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  const bodyOfPart = (number: number) => {
    const body = Buffer.from(part);
    body.writeUInt32BE(number);
    return body;
  };
  for (const number of numbers) whole.update(bodyOfPart(number));
  const upload = async () => {
    for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
      const Body = bodyOfPart(number);
      const where = { Bucket: bucket, Key, UploadId, PartNumber: number };
      const { ETag } = await client.send(new UploadPartCommand({ ...where, Body }));
      parts.push({ PartNumber: number, ETag });
    }
  };
  await Promise.all([upload(), upload(), upload(), upload()]);
  parts.sort((a, b) => a.PartNumber - b.PartNumber);
  await client.send(
    new CompleteMultipartUploadCommand({ Bucket: bucket, Key, UploadId, MultipartUpload: { Parts: parts } }),
  );
  const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
  assert.is(ContentLength, count * part.length);
  const came = createHash('sha256');
  for await (const piece of Body as Readable) came.update(piece as Buffer);
  clearInterval(watch);
  assert.is(came.digest('hex'), whole.digest('hex'));
  console.log(`     memory of the proxy: ${before.toFixed(0)} MB before, ${most.toFixed(0)} MB at most`);
  assert.ok(most - before < 96, `${before} MB before, ${most} MB at most`);
});

test.run();
