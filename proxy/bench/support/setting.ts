/** Everything around the contenders: certificate, upstreams, bundles, cores, and the folder that goes with the run. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { freePort, portOpen, startChild } from './children.js';
import { answer, bodyBytes, host } from './request.js';

/** What measurements and contenders share. */
export interface Setting {
  readonly folder: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly answers: number;
  readonly bodies: number;
  readonly bundle: (entry: string) => Promise<string>;
  /** Core of the contenders; undefined on a machine with one core. The rest runs on another. */
  readonly core: number | undefined;
  /** Environment of the load generators. */
  readonly loadEnv: Readonly<Record<string, string>>;
}

/** Makes the setting; its folder is removed when the process ends. */
export async function makeSetting(): Promise<Setting> {
  const folder = mkdtempSync(join(tmpdir(), 'edge-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const core = availableParallelism() > 1 ? 0 : undefined;
  if (core !== undefined) {
    // this process, the generators and the upstreams share the second core
    execFileSync('taskset', ['-a', '-p', '-c', '1', String(process.pid)]);
  }
  const bundle = (entry: string) => bundleInto(folder, entry);
  const shared = {
    folder,
    core,
    bundle,
    ...certificate(folder),
    // wrk has no option for the cipher; without this each contender would use another
    loadEnv: { OPENSSL_CONF: opensslConfiguration(folder) },
  };
  return { ...shared, answers: await startAnswers(folder), bodies: await startBodies(folder, bundle) };
}

async function bundleInto(folder: string, entry: string): Promise<string> {
  const outfile = join(folder, `${basename(entry, '.ts')}.mjs`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
  });
  return outfile;
}

function certificate(folder: string): { certFile: string; keyFile: string } {
  const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  // wrk names the address it connects to in SNI
  const names = `subjectAltName=DNS:${host},DNS:*.${host.slice(host.indexOf('.') + 1)},IP:127.0.0.1`;
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile];
  execFileSync(
    'openssl',
    ['req', '-x509', ...key, '-out', certFile, '-days', '2', '-subj', `/CN=${host}`, '-addext', names],
    { stdio: 'ignore' },
  );
  return { certFile, keyFile };
}

function opensslConfiguration(folder: string): string {
  const file = join(folder, 'openssl.cnf');
  const text = `openssl_conf = init
[init]
ssl_conf = ssl
[ssl]
system_default = tls
[tls]
MinProtocol = TLSv1.3
Ciphersuites = TLS_AES_128_GCM_SHA256
Groups = X25519
`;
  writeFileSync(file, text);
  return file;
}

/** nginx that answers out of its configuration, so that the upstream is never what is measured. */
async function startAnswers(folder: string): Promise<number> {
  const port = await freePort();
  const file = join(folder, 'answers.conf');
  writeFileSync(join(folder, 'download.bin'), randomBytes(bodyBytes));
  const text = `${process.getuid?.() === 0 ? 'user root;\n' : ''}daemon off;
worker_processes 1;
pid ${folder}/answers.pid;
error_log ${folder}/answers.log warn;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  keepalive_timeout 600s;
  keepalive_requests 1000000000;
  open_file_cache max=10;
  client_body_temp_path ${folder}/answers-body;
  proxy_temp_path ${folder}/answers-proxy;
  fastcgi_temp_path ${folder}/answers-fastcgi;
  uwsgi_temp_path ${folder}/answers-uwsgi;
  scgi_temp_path ${folder}/answers-scgi;
  server {
    listen 127.0.0.1:${port};
    default_type application/json;
    location / { return 200 '${answer}'; }
    location /bodies/ { alias ${folder}/; default_type application/octet-stream; }
  }
}
`;
  writeFileSync(file, text);
  const argv = ['nginx', '-p', folder, '-e', join(folder, 'answers.log'), '-c', file];
  await portOpen(await startChild({ argv, log: join(folder, 'answers.out') }), port);
  return port;
}

async function startBodies(folder: string, bundle: Setting['bundle']): Promise<number> {
  const port = await freePort();
  const entry = fileURLToPath(new URL('../programs/upstream.ts', import.meta.url));
  const argv = [process.execPath, await bundle(entry)];
  const env = { PORT: String(port) };
  await portOpen(await startChild({ argv, env, log: join(folder, 'bodies.out') }), port);
  return port;
}
