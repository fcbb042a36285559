import { copyFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigInput } from '../../../src/config/schema.js';
import { stopAll } from '../../l4/support/programs.js';
import { type Issued, issue } from '../../support/certificates.js';
import { smallest } from '../../support/config.js';
import { noLimits } from '../../support/edge.js';
import { App } from './app.js';
import { closeClients } from './client.js';
import { endAll, newFolder, ProxyProcess, writeConfig } from './process.js';

const apps: App[] = [];

/** An app that goes with the test. */
export async function startApp(app = new App()): Promise<App> {
  apps.push(await app.listen());
  return app;
}

/** Ends everything that tests have started. */
export async function endStages(): Promise<void> {
  closeClients();
  await endAll();
  await stopAll();
  await Promise.all(apps.splice(0).map((app) => app.close()));
}

/** A proxy as a process in front of one app, and what it reads. */
export interface Stage {
  readonly proxy: ProxyProcess;
  readonly app: App;
  readonly folder: string;
  readonly file: string;
  readonly certificate: Issued;
  config(changes?: Partial<ConfigInput>): ConfigInput;
}

/** Starts the proxy with routes of `app.example.org`. */
export async function stage(app = new App(), withCertificate = true): Promise<Stage> {
  await startApp(app);
  const folder = newFolder();
  const file = join(folder, 'config.yaml');
  const files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
  const certificate = issue({ names: ['example.org', '*.example.org'] });
  if (withCertificate) install(folder, certificate);
  const config = (changes: Partial<ConfigInput> = {}): ConfigInput => ({
    ...smallest,
    tls: { files: [files] },
    limits: noLimits,
    telemetry: { accessLog: 'off' },
    drain: { announceSeconds: 0, seconds: 5 },
    hosts: [hostOf(app, '/')],
    ...changes,
  });
  writeConfig(file, config());
  return { proxy: ProxyProcess.serve(file), app, folder, file, certificate, config };
}

/** A host whose routes all lead to one app. */
export const hostOf = (app: App, ...paths: string[]): ConfigInput['hosts'][number] => ({
  name: 'app.example.org',
  routes: paths.map((path) => ({ kind: 'proxy', path, upstream: app.origin, webSocket: true })),
});

/** Puts a certificate where the proxy looks, in the way cert-manager's mounts never do: one file after the other. */
export function install(folder: string, { files }: Issued): void {
  for (const [name, from] of [
    ['tls.crt', files.cert],
    ['tls.key', files.key],
  ] as const) {
    copyFileSync(from, join(folder, `${name}.new`));
    renameSync(join(folder, `${name}.new`), join(folder, name));
  }
}
